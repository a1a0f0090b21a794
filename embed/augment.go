package embed

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
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
}

// RandomAugmentation draws an augmentation of moderate strength for an aligned crop; a seed always gives the same one. Half
// are mirrored, half brighter or darker by up to 25 %, a third blurred by up to 2 pixels, a third shrunk to 16 … 64 pixels,
// and half compressed with a quality of 40 … 95.
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
	if !(a.Brightness >= -100 && a.Brightness <= 100) || !(a.Blur >= 0 && a.Blur <= 100) || a.LowRes < 0 || a.JPEG < 0 || a.JPEG > 100 {
		return fmt.Errorf("embed: augmentation out of range: %+v", a)
	}
	return nil
}

// Augment returns a copy of m with a applied, in the order mirror, brightness, blur, low resolution with JPEG. The size stays,
// and the same arguments give the same pixels. It returns an error if a is out of its ranges.
func Augment(m *Image, a Augmentation) (*Image, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	var p image.Image = m.NRGBA()
	if a.Mirror {
		p = imaging.FlipH(p)
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
