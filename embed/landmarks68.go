package embed

import (
	"fmt"

	"faceid/embed/onnx"
	"faceid/embed/photo"
	"faceid/embed/resample"
	"faceid/models"
)

// Landmarker finds five points in a face box, by a model of 68 points in the order of iBUG 300-W. It is safe for
// concurrent use.
type Landmarker struct {
	s     *onnx.Session
	names []string
	in    models.Input
	norm  resample.Norm
}

// NewLandmarker returns the landmark model of a catalogue entry. model is the file's content.
// It returns ErrModel, or ErrRuntime before Init.
func NewLandmarker(e models.Entry, model []byte) (*Landmarker, error) {
	if e.Decoder != models.DecoderLandmarks68 {
		return nil, fmt.Errorf("%w: %s: landmarks are not decoded by %q", ErrModel, e.Name, e.Decoder)
	}
	c, err := onnx.NewContract(e, model)
	if err != nil {
		return nil, err
	}
	s, err := onnx.NewSession(e.Name, model, c.In.Name, c.Out.Names[:1], false)
	if err != nil {
		return nil, err
	}
	return &Landmarker{s: s, names: c.Out.Names[:1], in: c.In, norm: c.Norm}, nil
}

// Close frees the session.
func (l *Landmarker) Close() error { return l.s.Close() }

// Points returns the five points of the face in b. It returns ErrModel if the model does not answer with 68 points.
func (l *Landmarker) Points(m *Image, b Box) (Landmarks, error) {
	if m.Smaller() && b.X1-b.X0 < float32(l.in.Width) { // m shows the face smaller than the model will see it
		w, err := m.Whole()
		if err != nil {
			return Landmarks{}, err
		}
		p, err := l.Points(w, b.Scale(float32(m.Times())))
		return Similarity{A: 1 / float64(m.Times())}.Landmarks(p), err
	}
	t, err := l.s.Acquire(1, int64(l.norm.Channels), int64(l.in.Height), int64(l.in.Width))
	if err != nil {
		return Landmarks{}, err
	}
	defer l.s.Release(t)
	if photo.Overlap(b, Box{X1: float32(m.W - 1), Y1: float32(m.H - 1)}) == 0 {
		return Landmarks{}, fmt.Errorf("%w: box %v lies outside the photo", ErrPoints, b)
	}
	at := b.Shift(m.Within(), m.Within())
	resample.SampleBox(m, t.Input(), l.in.Width, l.in.Height, at, l.norm)
	if err := l.s.Run(t); err != nil {
		return Landmarks{}, err
	}
	o := t.Output(0)
	if len(o) != 136 {
		return Landmarks{}, fmt.Errorf("%w: %s: %d values where 68 points are 136", ErrModel, l.s.Name(), len(o))
	}
	return five(o, func(x, y float32) Point {
		return Point{X: b.X0 + x*(b.X1-b.X0), Y: b.Y0 + y*(b.Y1-b.Y0)}
	}), nil
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

func (l *Landmarker) selfTest(e models.Entry) error {
	return l.s.SelfTest(e.SelfTest, l.names, 1, int64(l.norm.Channels), int64(l.in.Height), int64(l.in.Width))
}
