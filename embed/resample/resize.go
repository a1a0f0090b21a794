package resample

import (
	"fmt"
	"image"
	"math"
	"sync"

	"faceid/embed/photo"
)

// Norm turns 8-bit samples into the values of an input tensor: (x − mean[c]) / std[c] for channel c in tensor order.
type Norm struct {
	Channels int        // 1 (grey) or 3
	src      [3]int     // offset in R, G, B of each tensor channel
	scale    [3]float32 // 1/std
	bias     [3]float32 // −mean/std
}

// Grey leaves grey levels as they are, 0 to 255.
var Grey = Norm{Channels: 1, scale: [3]float32{1}}

// NewNorm returns the norm of a model's input contract: channels "RGB", "BGR" or "GRAY", one mean and std per
// channel (none means 0 and 1). Grey is 0.299 R + 0.587 G + 0.114 B, as OpenCV's.
func NewNorm(channels string, mean, std []float32) (Norm, error) {
	var n Norm
	switch channels {
	case "RGB":
		n.Channels, n.src = 3, [3]int{0, 1, 2}
	case "BGR":
		n.Channels, n.src = 3, [3]int{2, 1, 0}
	case "GRAY":
		n.Channels = 1
	default:
		return Norm{}, fmt.Errorf("embed: channel order %q is not one of RGB, BGR, GRAY", channels)
	}
	if len(mean) != 0 && len(mean) != n.Channels || len(std) != 0 && len(std) != n.Channels {
		return Norm{}, fmt.Errorf("embed: %d means and %d standard deviations for %d channels", len(mean), len(std),
			n.Channels)
	}
	for c := range n.Channels {
		m, s := 0.0, 1.0
		if len(mean) > 0 {
			m = float64(mean[c])
		}
		if len(std) > 0 {
			s = float64(std[c])
		}
		if s == 0 || math.IsNaN(s) || math.IsInf(s, 0) || math.IsNaN(m) || math.IsInf(m, 0) {
			return Norm{}, fmt.Errorf("embed: mean %v and standard deviation %v of channel %d", m, s, c)
		}
		n.scale[c], n.bias[c] = float32(1/s), float32(-m/s)
	}
	return n, nil
}

// Placement says where a picture, or a part of it, came to lie in a tensor: (x, y) of the source is at (x·SX + DX, y·SY
// + DY). Detectors count from the picture's edge, not from the centre of the first pixel, so a scale is a plain factor.
// The half pixel by which their points then differ from Point's origin is left in, as in the programs the embedders
// were trained with.
type Placement struct{ SX, SY, DX, DY float32 }

// Source maps a place in the tensor back to the photo.
func (p Placement) Source(q photo.Point) photo.Point {
	return photo.Point{X: (q.X - p.DX) / p.SX, Y: (q.Y - p.DY) / p.SY}
}

// Options vary Letterbox and Stretch; nil means the zero value.
type Options struct {
	Part   image.Rectangle // the part of the photo to take, clipped to it; empty means all
	Center bool            // letterbox: padding on both sides instead of right and below
	// average over pixels when shrinking by more than 2, instead of sampling as OpenCV's INTER_LINEAR does
	Area bool
}

// Letterbox scales m to fit into w × h with its aspect kept and writes it to dst, planar, n.Channels·w·h values.
// What is left over is black: (0 − mean)/std.
func Letterbox(m *photo.Image, dst []float32, w, h int, n Norm, o *Options) Placement {
	var f Options
	if o != nil {
		f = *o
	}
	r := part(m, f.Part)
	s := min(float64(w)/float64(r.Dx()), float64(h)/float64(r.Dy()))
	tw, th := clampInt(int(math.Round(s*float64(r.Dx()))), 1, w), clampInt(int(math.Round(s*float64(r.Dy()))), 1, h)
	var ox, oy int
	if f.Center {
		ox, oy = (w-tw)/2, (h-th)/2
	}
	to := image.Rect(ox, oy, ox+tw, oy+th)
	for c := range n.Channels {
		for y := range h {
			line := dst[(c*h+y)*w : (c*h+y+1)*w]
			left, right := line[:to.Min.X], line[to.Max.X:]
			if y < to.Min.Y || y >= to.Max.Y {
				left, right = line, nil
			}
			for i := range left {
				left[i] = n.bias[c]
			}
			for i := range right {
				right[i] = n.bias[c]
			}
		}
	}
	resizeTo(m, dst, w, h, to, r, n, f.Area)
	sx, sy := float32(tw)/float32(r.Dx()), float32(th)/float32(r.Dy()) // equal but for the rounding of tw and th
	return Placement{sx, sy, float32(ox) - sx*float32(r.Min.X), float32(oy) - sy*float32(r.Min.Y)}
}

// Stretch scales m to exactly w × h and writes it to dst, planar, n.Channels·w·h values.
func Stretch(m *photo.Image, dst []float32, w, h int, n Norm, o *Options) Placement {
	var f Options
	if o != nil {
		f = *o
	}
	r := part(m, f.Part)
	resizeTo(m, dst, w, h, image.Rect(0, 0, w, h), r, n, f.Area)
	sx, sy := float32(w)/float32(r.Dx()), float32(h)/float32(r.Dy())
	return Placement{sx, sy, -sx * float32(r.Min.X), -sy * float32(r.Min.Y)}
}

// put stores one sample.
func (n *Norm) put(dst []float32, plane, i int, r, g, b float32) {
	if n.Channels == 1 {
		dst[i] = (0.299*r+0.587*g+0.114*b)*n.scale[0] + n.bias[0]
		return
	}
	v := [3]float32{r, g, b}
	for c := range 3 {
		dst[c*plane+i] = v[n.src[c]]*n.scale[c] + n.bias[c]
	}
}

func part(m *photo.Image, r image.Rectangle) image.Rectangle {
	if r = r.Intersect(m.Bounds()); r.Empty() {
		return m.Bounds()
	}
	return r
}

func clampInt(x, lo, hi int) int { return max(lo, min(x, hi)) }

// resizeTo writes the part r of m into the rectangle to of a tensor of w × h by the arithmetic of OpenCV's 8-bit
// INTER_LINEAR: between the two nearest pixels on each axis, whatever the scale, pixel centres at halves, edges
// repeated, weights of 11 bits, whole grey levels. The detectors' published figures were made that way, and where two
// candidates for a face are nearly tied the rounding decides. With area, a picture more than twice too large is first
// averaged over squares of pixels.
func resizeTo(m *photo.Image, dst []float32, w, h int, to, r image.Rectangle, n Norm, area bool) {
	fx, fy := float64(r.Dx())/float64(to.Dx()), float64(r.Dy())/float64(to.Dy())
	pix, pitch, sw, sh := m.Pix[3*(r.Min.Y*m.W+r.Min.X):], 3*m.W, r.Dx(), r.Dy()
	if k := int(min(fx, fy)); area && k >= 2 {
		k = min(k, 256) // 256 samples of 255 fit a uint16
		buf := averages.Get().(*averaged)
		defer averages.Put(buf)
		pix, pitch, sw, sh = average(m, buf, r, k)
		fx, fy = fx/float64(k), fy/float64(k)
	}
	sample(dst[to.Min.Y*w+to.Min.X:], w*h, w, n, pix, pitch, newTaps(to.Dx(), fx, sw, 3), newTaps(to.Dy(), fy, sh, 1))
}

// averaged is what average works on. The tiles of a large photo follow each other, and left over they would soon be as
// large as the photo.
type averaged struct {
	pix  []uint8
	sums []uint16
}

var averages = sync.Pool{New: func() any { return &averaged{} }}

func (a *averaged) grow(pix, sums int) ([]uint8, []uint16) {
	if cap(a.pix) < pix {
		a.pix = make([]uint8, pix)
	}
	if cap(a.sums) < sums {
		a.sums = make([]uint16, sums)
	}
	return a.pix[:pix], a.sums[:sums]
}

// average returns the part r of m shrunk by k: each pixel is the mean of k × k, at the right and lower edge of fewer.
// It returns the samples, their pitch in bytes and the size. The samples lie in buf where one is given.
func average(m *photo.Image, buf *averaged, r image.Rectangle, k int) (pix []uint8, pitch, w, h int) {
	w, h = (r.Dx()+k-1)/k, (r.Dy()+k-1)/k
	if buf == nil {
		buf = &averaged{}
	}
	pix, sums := buf.grow(3*w*h, 3*r.Dx())
	means(pix, m.Pix[3*(r.Min.Y*m.W+r.Min.X):], 3*m.W, r.Dx(), r.Dy(), k, sums)
	return pix, 3 * w, w, h
}

// newTaps returns the taps of n samples that are f source samples apart, among size; places count step each. The
// weights are rounded to 11 bits as OpenCV rounds them.
func newTaps(n int, f float64, size, step int) taps {
	v := make([]int32, 4*n)
	t := taps{v[:n], v[n : 2*n], v[2*n : 3*n], v[3*n:]}
	for k := range n {
		s := float32((float64(k)+0.5)*f - 0.5)
		i := int(math.Floor(float64(s)))
		w := s - float32(i)
		if i < 0 {
			i, w = 0, 0
		}
		if i >= size-1 {
			i, w = size-1, 0
		}
		t.a[k], t.b[k] = int32(step*i), int32(step*min(i+1, size-1))
		t.wa[k], t.wb[k] = int32(math.RoundToEven(float64((1-w)*2048))), int32(math.RoundToEven(float64(w*2048)))
	}
	return t
}

// Shrunk returns m at 1/k of its sides, rounded up, as average makes it; m itself for k ≤ 1. k is at most 256.
func Shrunk(m *photo.Image, k int) *photo.Image {
	if k <= 1 {
		return m
	}
	pix, _, w, h := average(m, nil, m.Bounds(), k)
	return (&photo.Image{Pix: pix, W: w, H: h}).Follow(m)
}

// Scaled returns m stretched to w × h pixels.
func Scaled(m *photo.Image, w, h int) *photo.Image {
	buf := make([]float32, 3*w*h)
	n, _ := NewNorm("RGB", nil, nil)
	Stretch(m, buf, w, h, n, &Options{Area: true})
	d := photo.NewImage(w, h)
	for i := range w * h {
		for c := range 3 {
			d.Pix[3*i+c] = uint8(max(0, min(255, buf[c*w*h+i]+0.5)))
		}
	}
	return d
}
