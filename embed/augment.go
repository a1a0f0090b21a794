package embed

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"image"
	"image/jpeg"
	"math"
	"math/rand/v2"

	"github.com/disintegration/imaging"
)

// Augmentation spoils a picture the way a poor camera does. The zero value changes nothing.
type Augmentation struct {
	Mirror     bool
	Brightness float64 // percent in [-100, 100]: added to every sample
	Blur       float64 // standard deviation of a Gaussian in pixels, in [0, 100]
	LowRes     int     // > 0: shrink until no side is longer than this many pixels, then enlarge to the old size
	JPEG       int     // 1 to 100: compress with this quality, at the low resolution if there is one
	Occlusion  Occlusion
}

// Occlusion hides a part of an aligned crop, as a thing worn or held before the face does. Colour, size and place vary
// with the picture's pixels, so that photos differ and the same picture always gives the same.
type Occlusion string

const (
	OccludeMask       Occlusion = "mask"       // a cloth from the bridge of the nose down to the chin
	OccludeSunglasses Occlusion = "sunglasses" // two dark lenses and a bridge
	OccludeBlock      Occlusion = "block"      // a hand's size of one colour, anywhere on the face
)

// RandomAugmentation draws an augmentation of moderate strength for an aligned crop; a seed always gives the same one.
// Half are mirrored, half brighter or darker by up to 25 %, a third blurred by up to 2 pixels, a third shrunk to 16 …
// 64 pixels, and half compressed with a quality of 40 … 95.
func RandomAugmentation(seed uint64) Augmentation {
	r := rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)) // the second word only has to be fixed
	a := Augmentation{Mirror: r.IntN(2) == 0}
	if r.IntN(2) == 0 {
		a.Brightness = 50*r.Float64() - 25
	}
	if r.IntN(3) == 0 {
		a.Blur = 2 * r.Float64()
	}
	if r.IntN(3) == 0 {
		a.LowRes = 16 + r.IntN(49)
	}
	if r.IntN(2) == 0 {
		a.JPEG = 40 + r.IntN(56)
	}
	return a
}

func (a Augmentation) check() error {
	if !(a.Brightness >= -100 && a.Brightness <= 100) || !(a.Blur >= 0 && a.Blur <= 100) || a.LowRes < 0 ||
		a.JPEG < 0 || a.JPEG > 100 {
		return fmt.Errorf("embed: augmentation out of range: %+v", a)
	}
	switch a.Occlusion {
	case "", OccludeMask, OccludeSunglasses, OccludeBlock:
		return nil
	}
	return fmt.Errorf("embed: occlusion %q is not mask, sunglasses or block", a.Occlusion)
}

// Augment returns a copy of m with a applied, in the order mirror, occlusion, brightness, blur, low resolution with
// JPEG. The size stays, and the same arguments give the same pixels. It returns an error if a is out of its ranges.
func Augment(m *Image, a Augmentation) (*Image, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	var p image.Image = m.NRGBA()
	if a.Mirror {
		p = imaging.FlipH(p)
	}
	if a.Occlusion != "" {
		p = occlude(p, a.Occlusion)
	}
	if a.Brightness != 0 {
		p = imaging.AdjustBrightness(p, a.Brightness)
	}
	if a.Blur > 0 {
		p = imaging.Blur(p, a.Blur)
	}
	if a.LowRes > 0 {
		p = imaging.Fit(p, a.LowRes, a.LowRes, imaging.Box)
	}
	if a.JPEG > 0 {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, p, &jpeg.Options{Quality: a.JPEG}); err != nil {
			return nil, fmt.Errorf("embed: augment: %w", err)
		}
		q, err := jpeg.Decode(&b)
		if err != nil {
			return nil, fmt.Errorf("embed: augment: %w", err)
		}
		p = FromImage(q) // with interpolated chroma, which imaging would repeat
	}
	if a.LowRes > 0 {
		p = imaging.Resize(p, m.W, m.H, imaging.Linear)
	}
	return FromImage(p), nil
}

// occlude paints over a part of an aligned crop. The places are those of the template's five points, in units of its
// side: eyes at (0.34, 0.46) and (0.66, 0.46), the nose's tip at (0.5, 0.64), the mouth's corners at height 0.82.
func occlude(p image.Image, how Occlusion) *image.NRGBA {
	d := imaging.Clone(p)
	h := fnv.New64a()
	h.Write(d.Pix)
	r := rand.New(rand.NewPCG(h.Sum64(), 0x6f63636c756465))
	between := func(lo, hi float64) float64 { return lo + (hi-lo)*r.Float64() }
	var c [3]float64 // colour
	var inside func(x, y float64) bool
	switch how {
	case OccludeMask:
		c = [][3]float64{{235, 238, 240}, {150, 190, 215}, {40, 40, 45}, {120, 120, 125}, {170, 60, 70}}[r.IntN(5)]
		top, dip, side := between(0.54, 0.62), between(0.03, 0.08), between(0.06, 0.14)
		inside = func(x, y float64) bool { // the upper edge falls from the nose to the ears
			u := math.Abs(x-0.5) / 0.5
			return y > top+dip*u*u && x > side*(2-y) && x < 1-side*(2-y)
		}
	case OccludeSunglasses:
		grey := between(5, 45)
		c = [3]float64{grey, grey, grey}
		rx, ry, bar := between(0.13, 0.18), between(0.09, 0.14), between(0.015, 0.03)
		inside = func(x, y float64) bool {
			u, v := (math.Abs(x-0.5)-0.17)/rx, (y-0.465)/ry
			return u*u*u*u+v*v*v*v < 1 || math.Abs(y-0.42) < bar
		}
	case OccludeBlock:
		c = [3]float64{between(30, 230), between(30, 230), between(30, 230)}
		if r.IntN(2) == 0 { // skin: a hand
			tone := between(0.4, 1)
			c = [3]float64{235 * tone, 190 * tone, 160 * tone}
		}
		w, t := between(0.3, 0.45), between(0.3, 0.45)
		x0, y0 := between(0, 1-w), between(0.2, 1-t)
		inside = func(x, y float64) bool { return x >= x0 && x < x0+w && y >= y0 && y < y0+t }
	}
	light := between(-0.25, 0.25) // cloth and skin are lit from one side
	b := d.Bounds()
	for y := range b.Dy() {
		for x := range b.Dx() {
			u, v := (float64(x)+0.5)/float64(b.Dx()), (float64(y)+0.5)/float64(b.Dy())
			if !inside(u, v) {
				continue
			}
			f := 1 + light*(u-0.5) - 0.2*(v-0.6)
			for k, s := range c {
				d.Pix[y*d.Stride+4*x+k] = uint8(min(max(s*f, 0), 255))
			}
		}
	}
	return d
}
