package embed

import (
	"image"
	"math"
)

// window is a part of a photo as a picture of its own: shrunk to what the models need, turned upright, with the photo's
// mean colour where the part reaches past the photo. It costs what its own pixels cost, however large the photo is.
type window struct {
	m    *Image
	back Similarity // from pixels of m to pixels of the photo
}

// window returns the part b of m, shrunk by a whole number until no side is longer than 2·side − 1 pixels, and turned
// clockwise by turn quarters of a circle.
func (m *Image) window(b Box, turn, side int) window {
	r := image.Rect(int(math.Floor(float64(b.X0))), int(math.Floor(float64(b.Y0))),
		int(math.Ceil(float64(b.X1))), int(math.Ceil(float64(b.Y1))))
	if m.finer != nil && max(r.Dx(), r.Dy()) < side { // m shows it smaller than it will be seen
		if f, err := m.whole(); err == nil {
			k := m.times()
			w := f.window(b.scale(k), turn, side)
			w.back = Similarity{A: 1 / float64(k)}.after(w.back)
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
	pix, w, h := m.squares(in, k)
	// The border is whole pixels of the window.
	left, top := (in.Min.X-r.Min.X+k-1)/k, (in.Min.Y-r.Min.Y+k-1)/k
	right, bottom := max(0, r.Max.X-in.Max.X+k-1)/k, max(0, r.Max.Y-in.Max.Y+k-1)/k
	d := NewImage(left+w+right, top+h+bottom)
	if d.W != w || d.H != h {
		d.fill(meanColour(pix))
	}
	for y := range h {
		copy(d.Pix[3*((top+y)*d.W+left):], pix[3*y*w:3*(y+1)*w])
	}
	turned := d.orient(quarterTurns[turn])
	turned.ctx = m.ctx
	half := float64(k-1) / 2 // a pixel of the window is the middle of k of the photo
	s := Similarity{float64(k), 0, float64(in.Min.X-k*left) + half, float64(in.Min.Y-k*top) + half}
	return window{turned, s.after(backTurn(turn, d.W, d.H))}
}

// squares returns the samples of the part r of m, averaged over squares of k × k pixels, and the size in those.
func (m *Image) squares(r image.Rectangle, k int) (pix []uint8, w, h int) {
	if k > 1 {
		pix, _, w, h = m.average(nil, r, k)
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

// quarterTurns are the EXIF orientations that turn a picture clockwise by so many quarters of a circle.
var quarterTurns = [4]int{1, 6, 3, 8}

// backTurn maps a pixel of what a picture of w × h became, turned clockwise by so many quarters, to where it was.
func backTurn(turn, w, h int) Similarity {
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

// after is the map that applies t first and then s.
func (s Similarity) after(t Similarity) Similarity {
	return Similarity{s.A*t.A - s.B*t.B, s.B*t.A + s.A*t.B,
		s.A*t.TX - s.B*t.TY + s.TX, s.B*t.TX + s.A*t.TY + s.TY}
}

// box maps b; the result is the box of what the map makes of it, so it is exact for turns by quarters.
func (s Similarity) box(b Box) Box {
	p, q := s.Apply(Point{b.X0, b.Y0}), s.Apply(Point{b.X1, b.Y1})
	return Box{min(p.X, q.X), min(p.Y, q.Y), max(p.X, q.X), max(p.Y, q.Y)}
}

// landmarks maps five points.
func (s Similarity) landmarks(p Landmarks) Landmarks {
	for i := range p {
		p[i] = s.Apply(p[i])
	}
	return p
}

// detection maps a detection.
func (s Similarity) detection(d Detection) Detection {
	d.Box = s.box(d.Box)
	if d.Points != nil {
		p := s.landmarks(*d.Points)
		d.Points = &p
	}
	return d
}

// grown is b with each side k times as long, about the same middle.
func (b Box) grown(k float32) Box {
	x, y := (k-1)/2*(b.X1-b.X0), (k-1)/2*(b.Y1-b.Y0)
	return Box{b.X0 - x, b.Y0 - y, b.X1 + x, b.Y1 + y}
}

// square is the square about b's middle with sides k times b's longer one.
func (b Box) square(k float32) Box {
	s := k / 2 * max(b.X1-b.X0, b.Y1-b.Y0)
	x, y := (b.X0+b.X1)/2, (b.Y0+b.Y1)/2
	return Box{x - s, y - s, x + s, y + s}
}

// fill paints the whole of m in one colour.
func (m *Image) fill(c [3]uint8) {
	for i := 0; i < len(m.Pix); i += 3 {
		m.Pix[i], m.Pix[i+1], m.Pix[i+2] = c[0], c[1], c[2]
	}
}

// meanColour is the mean of samples R, G, B; of a large picture that of some ten thousand pixels spread over it.
func meanColour(pix []uint8) (c [3]uint8) {
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
