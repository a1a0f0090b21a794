package embed

import (
	"fmt"
	"math"

	"faceid/models"
)

// Landmarker finds five points in a face box, by a model of 68 points in the order of iBUG 300-W. It is safe for
// concurrent use.
type Landmarker struct {
	s     *session
	names []string
	in    models.Input
	norm  norm
}

// NewLandmarker returns the landmark model of a catalogue entry. model is the file's content.
// It returns ErrModel, or ErrRuntime before Init.
func NewLandmarker(e models.Entry, model []byte) (*Landmarker, error) {
	if e.Decoder != models.DecoderLandmarks68 {
		return nil, fmt.Errorf("%w: %s: landmarks are not decoded by %q", ErrModel, e.Name, e.Decoder)
	}
	c, err := newContract(e, model)
	if err != nil {
		return nil, err
	}
	s, err := newSession(e.Name, model, c.in.Name, c.out.Names[:1], false)
	if err != nil {
		return nil, err
	}
	return &Landmarker{s: s, names: c.out.Names[:1], in: c.in, norm: c.norm}, nil
}

// Close frees the session.
func (l *Landmarker) Close() error { return l.s.close() }

// Points returns the five points of the face in b. It returns ErrModel if the model does not answer with 68 points.
func (l *Landmarker) Points(m *Image, b Box) (Landmarks, error) {
	if m.finer != nil && b.X1-b.X0 < float32(l.in.Width) { // m shows the face smaller than the model will see it
		w, err := m.whole()
		if err != nil {
			return Landmarks{}, err
		}
		p, err := l.Points(w, b.scale(m.times()))
		return Similarity{A: 1 / float64(m.times())}.landmarks(p), err
	}
	t, err := l.s.acquire(1, int64(l.norm.channels), int64(l.in.Height), int64(l.in.Width))
	if err != nil {
		return Landmarks{}, err
	}
	defer l.s.release(t)
	if overlap(b, Box{0, 0, float32(m.W - 1), float32(m.H - 1)}) == 0 {
		return Landmarks{}, fmt.Errorf("%w: box %v lies outside the photo", ErrPoints, b)
	}
	at := b.shift(m.within(), m.within())
	m.sampleBox(t.input(), l.in.Width, l.in.Height, at, l.norm)
	if err := l.s.run(t); err != nil {
		return Landmarks{}, err
	}
	o := t.output(0)
	if len(o) != 136 {
		return Landmarks{}, fmt.Errorf("%w: %s: %d values where 68 points are 136", ErrModel, l.s.name, len(o))
	}
	return five(o, func(x, y float32) Point {
		return Point{b.X0 + x*(b.X1-b.X0), b.Y0 + y*(b.Y1-b.Y0)}
	}), nil
}

// sampleBox fills dst, planar, with w × h samples of b: sample (x, y) is the photo at (b.X0 + x·width/w, b.Y0 +
// y·height/h), bilinear, of m's mean colour outside. The box is not rounded to whole pixels: on small faces that moves
// the points by a third of a pixel.
func (m *Image) sampleBox(dst []float32, w, h int, b Box, n norm) {
	fx, fy := (b.X1-b.X0)/float32(w), (b.Y1-b.Y0)/float32(h)
	type column struct {
		x0, x1 int
		w0, w1 float32
	}
	out := meanColour(m.Pix)
	// weights makes the two samples of a place and their weights; a sample outside has weight 0.
	weights := func(s float32, n int) column {
		f := float32(math.Floor(float64(s)))
		i := int(f)
		c := column{clampInt(i, 0, n-1), clampInt(i+1, 0, n-1), 1 - (s - f), s - f}
		if i < 0 || i >= n {
			c.w0 = 0
		}
		if i+1 < 0 || i+1 >= n {
			c.w1 = 0
		}
		return c
	}
	cols := make([]column, w)
	for x := range cols {
		cols[x] = weights(b.X0+float32(x)*fx, m.W)
	}
	for y := range h {
		r := weights(b.Y0+float32(y)*fy, m.H)
		top, bottom := m.Pix[3*r.x0*m.W:], m.Pix[3*r.x1*m.W:]
		for x, c := range cols {
			p, q := top[3*c.x0:3*c.x0+3], top[3*c.x1:3*c.x1+3]
			s, t := bottom[3*c.x0:3*c.x0+3], bottom[3*c.x1:3*c.x1+3]
			var v [3]float32
			outside := 1 - (c.w0+c.w1)*(r.w0+r.w1)
			for k := range v {
				v[k] = float32(out[k])*outside + (float32(p[k])*c.w0+float32(q[k])*c.w1)*r.w0 +
					(float32(s[k])*c.w0+float32(t[k])*c.w1)*r.w1
			}
			n.put(dst, w*h, y*w+x, v[0], v[1], v[2])
		}
	}
}

// five makes the five points from 68: the eyes' centres from the six points round each (36–41, 42–47), the nose tip
// (30) and the mouth's corners (48, 54).
func five(o []float32, place func(x, y float32) Point) Landmarks {
	at := func(i int) Point { return place(o[2*i], o[2*i+1]) }
	mean := func(lo int) (p Point) {
		for i := lo; i < lo+6; i++ {
			q := at(i)
			p.X += q.X / 6
			p.Y += q.Y / 6
		}
		return p
	}
	return Landmarks{mean(36), mean(42), at(30), at(48), at(54)}
}
