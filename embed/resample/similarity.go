package resample

import (
	"math"

	"faceid/embed/photo"
)

// Similarity is the map (x, y) → (A·x − B·y + TX, B·x + A·y + TY): rotation, uniform scale and shift, no reflection.
type Similarity struct{ A, B, TX, TY float64 }

// Apply maps a point.
func (s Similarity) Apply(p photo.Point) photo.Point {
	x, y := float64(p.X), float64(p.Y)
	return photo.Point{X: float32(s.A*x - s.B*y + s.TX), Y: float32(s.B*x + s.A*y + s.TY)}
}

// Scale is the factor by which s enlarges.
func (s Similarity) Scale() float64 { return math.Hypot(s.A, s.B) }

// Invert returns the map back. s must not be degenerate: Scale() > 0.
func (s Similarity) Invert() Similarity {
	d := s.A*s.A + s.B*s.B
	a, b := s.A/d, -s.B/d
	return Similarity{a, b, -(a*s.TX - b*s.TY), -(b*s.TX + a*s.TY)}
}

// After is the map that applies t first and then s.
func (s Similarity) After(t Similarity) Similarity {
	return Similarity{s.A*t.A - s.B*t.B, s.B*t.A + s.A*t.B,
		s.A*t.TX - s.B*t.TY + s.TX, s.B*t.TX + s.A*t.TY + s.TY}
}

// Box maps b; the result is the box of what the map makes of it, so it is exact for turns by quarters.
func (s Similarity) Box(b photo.Box) photo.Box {
	p, q := s.Apply(photo.Point{X: b.X0, Y: b.Y0}), s.Apply(photo.Point{X: b.X1, Y: b.Y1})
	return photo.Box{X0: min(p.X, q.X), Y0: min(p.Y, q.Y), X1: max(p.X, q.X), Y1: max(p.Y, q.Y)}
}

// Landmarks maps five points.
func (s Similarity) Landmarks(p photo.Landmarks) photo.Landmarks {
	for i := range p {
		p[i] = s.Apply(p[i])
	}
	return p
}
