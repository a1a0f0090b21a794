package embed

import (
	"fmt"
	"image"
	"math"

	"faceid/models"
)

// Landmarker finds five points in a face box, by a model of 68 points in the order of iBUG 300-W. It is safe for concurrent use.
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
	t, err := l.s.acquire(1, int64(l.norm.channels), int64(l.in.Height), int64(l.in.Width))
	if err != nil {
		return Landmarks{}, err
	}
	defer l.s.release(t)
	r := b.rect().Intersect(m.Bounds())
	if r.Empty() {
		return Landmarks{}, fmt.Errorf("%w: box %v lies outside the photo", ErrPoints, b)
	}
	p := m.stretch(t.input(), l.in.Width, l.in.Height, l.norm, &fitOptions{Part: r})
	if err := l.s.run(t); err != nil {
		return Landmarks{}, err
	}
	o := t.output(0)
	if len(o) != 136 {
		return Landmarks{}, fmt.Errorf("%w: %s: %d values where 68 points are 136", ErrModel, l.s.name, len(o))
	}
	return five(o, func(x, y float32) Point {
		return p.source(Point{x * float32(l.in.Width), y * float32(l.in.Height)})
	}), nil
}

// rect is the box in whole pixels.
func (b Box) rect() image.Rectangle {
	r := func(x float32) int { return int(math.Round(float64(max(-1e6, min(1e6, x))))) }
	return image.Rect(r(b.X0), r(b.Y0), r(b.X1), r(b.Y1))
}

// five makes the five points from 68: the eyes' centres from the six points round each (36–41, 42–47), the nose tip (30) and the
// mouth's corners (48, 54).
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
