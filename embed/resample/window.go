package resample

import (
	"image"
	"math"

	"faceid/embed/photo"
)

// Window is a part of a photo as a picture of its own: shrunk to what the models need, turned upright, with the photo's
// mean colour where the part reaches past the photo. It costs what its own pixels cost, however large the photo is.
type Window struct {
	*photo.Image
	Back Similarity // from pixels of the window to pixels of the photo
}

// NewWindow returns the part b of m, shrunk by a whole number until no side is longer than 2·side − 1 pixels, and
// turned clockwise by turn quarters of a circle. A part that m, read smaller than the photo, shows with fewer pixels
// than side is taken from the whole.
func NewWindow(m *photo.Image, b photo.Box, turn, side int) Window {
	r := image.Rect(int(math.Floor(float64(b.X0))), int(math.Floor(float64(b.Y0))),
		int(math.Ceil(float64(b.X1))), int(math.Ceil(float64(b.Y1))))
	if m.Smaller() && max(r.Dx(), r.Dy()) < side { // m shows it smaller than it will be seen
		if f, err := m.Whole(); err == nil {
			k := m.Times()
			w := NewWindow(f, b.Scale(float32(k)), turn, side)
			w.Back = Similarity{A: 1 / float64(k)}.After(w.Back)
			return w
		}
	}
	in := r.Intersect(m.Bounds())
	if in.Empty() {
		in = m.Bounds()
		r = in
	}
	k := clampInt(max(r.Dx(), r.Dy())/side, 1, 256)
	in.Max.X, in.Max.Y = min(m.W, in.Min.X+(in.Dx()+k-1)/k*k), min(m.H, in.Min.Y+(in.Dy()+k-1)/k*k) // whole squares
	pix, w, h := squares(m, in, k)
	// The border is whole pixels of the window.
	left, top := (in.Min.X-r.Min.X+k-1)/k, (in.Min.Y-r.Min.Y+k-1)/k
	right, bottom := max(0, r.Max.X-in.Max.X+k-1)/k, max(0, r.Max.Y-in.Max.Y+k-1)/k
	d := photo.NewImage(left+w+right, top+h+bottom)
	if d.W != w || d.H != h {
		fill(d, MeanColour(pix))
	}
	for y := range h {
		copy(d.Pix[3*((top+y)*d.W+left):], pix[3*y*w:3*(y+1)*w])
	}
	turned := d.Orient(QuarterTurns[turn]).Follow(m)
	half := float64(k-1) / 2 // a pixel of the window is the middle of k of the photo
	s := Similarity{float64(k), 0, float64(in.Min.X-k*left) + half, float64(in.Min.Y-k*top) + half}
	return Window{turned, s.After(BackTurn(turn, d.W, d.H))}
}

// squares returns the samples of the part r of m, averaged over squares of k × k pixels, and the size in those.
func squares(m *photo.Image, r image.Rectangle, k int) (pix []uint8, w, h int) {
	if k > 1 {
		pix, _, w, h = average(m, nil, r, k)
		return pix, w, h
	}
	w, h = r.Dx(), r.Dy()
	pix = make([]uint8, 3*w*h)
	for y := range h {
		i := 3 * ((r.Min.Y+y)*m.W + r.Min.X)
		copy(pix[3*y*w:3*(y+1)*w], m.Pix[i:])
	}
	return pix, w, h
}

// QuarterTurns are the EXIF orientations that turn a picture clockwise by so many quarters of a circle.
var QuarterTurns = [4]int{1, 6, 3, 8}

// BackTurn maps a pixel of what a picture of w × h became, turned clockwise by so many quarters, to where it was.
func BackTurn(turn, w, h int) Similarity {
	switch x, y := float64(w-1), float64(h-1); turn {
	case 1:
		return Similarity{0, -1, 0, y}
	case 2:
		return Similarity{-1, 0, x, y}
	case 3:
		return Similarity{0, 1, x, 0}
	}
	return Similarity{A: 1}
}

// fill paints the whole of m in one colour.
func fill(m *photo.Image, c [3]uint8) {
	for i := 0; i < len(m.Pix); i += 3 {
		m.Pix[i], m.Pix[i+1], m.Pix[i+2] = c[0], c[1], c[2]
	}
}

// MeanColour is the mean of samples R, G, B; of a large picture that of some ten thousand pixels spread over it.
func MeanColour(pix []uint8) (c [3]uint8) {
	var sum [3]int
	n, step := 0, 3*max(1, len(pix)/3/10007)
	for i := 0; i+2 < len(pix); i += step {
		sum[0], sum[1], sum[2] = sum[0]+int(pix[i]), sum[1]+int(pix[i+1]), sum[2]+int(pix[i+2])
		n++
	}
	for k := range c {
		c[k] = uint8((sum[k] + n/2) / max(1, n))
	}
	return c
}
