package embed

import (
	"fmt"
	"math"
)

// CropSize is the side of an aligned face crop in pixels.
const CropSize = 112

// Template holds the five points of the 112×112 crop that ArcFace-type embedders were trained on (insightface,
// face_align.py).
var Template = Landmarks{{38.2946, 51.6963}, {73.5318, 51.5014}, {56.0252, 71.7366}, {41.5493, 92.3655},
	{70.7299, 92.2041}}

// Similarity is the map (x, y) → (A·x − B·y + TX, B·x + A·y + TY): rotation, uniform scale and shift, no reflection.
type Similarity struct{ A, B, TX, TY float64 }

// Apply maps a point.
func (s Similarity) Apply(p Point) Point {
	x, y := float64(p.X), float64(p.Y)
	return Point{float32(s.A*x - s.B*y + s.TX), float32(s.B*x + s.A*y + s.TY)}
}

// Scale is the factor by which s enlarges.
func (s Similarity) Scale() float64 { return math.Hypot(s.A, s.B) }

// Invert returns the map back. s must not be degenerate: Scale() > 0.
func (s Similarity) Invert() Similarity {
	d := s.A*s.A + s.B*s.B
	a, b := s.A/d, -s.B/d
	return Similarity{a, b, -(a*s.TX - b*s.TY), -(b*s.TX + a*s.TY)}
}

// Umeyama returns the similarity that moves from onto to with the least sum of squared distances (Umeyama, PAMI 13(4),
// 1991; without reflection it has the closed form a = Σp·q/Σ|p|², b = Σp×q/Σ|p|² on centred points). It returns
// ErrPoints if from holds non-finite values or is all on one spot, or the result would shrink it to one.
func Umeyama(from, to Landmarks) (Similarity, error) {
	var fx, fy, tx, ty float64
	for i := range from {
		fx += float64(from[i].X) / 5
		fy += float64(from[i].Y) / 5
		tx += float64(to[i].X) / 5
		ty += float64(to[i].Y) / 5
	}
	var dot, cross, sq float64
	for i := range from {
		px, py := float64(from[i].X)-fx, float64(from[i].Y)-fy
		qx, qy := float64(to[i].X)-tx, float64(to[i].Y)-ty
		dot += px*qx + py*qy
		cross += px*qy - py*qx
		sq += px*px + py*py
	}
	a, b := dot/sq, cross/sq
	if s := math.Hypot(a, b); !(sq > 0.05) || !(s > 1e-6) || math.IsInf(s, 0) {
		return Similarity{}, fmt.Errorf("%w: %v", ErrPoints, from)
	}
	return Similarity{a, b, tx - a*fx + b*fy, ty - b*fx - a*fy}, nil
}

// Align returns the 112×112 crop in which the points p of m lie on Template as nearly as a similarity can move them.
// Samples are bilinear, of squares of pixels where the face is more than twice as large as the crop; what lies outside
// m has m's mean colour. It returns ErrPoints.
func Align(m *Image, p Landmarks) (*Image, error) {
	s, err := Umeyama(p, Template)
	if err != nil {
		return nil, err
	}
	if s.Scale() > 1 && m.finer != nil { // m shows the face smaller than the crop will be
		w, err := m.whole()
		if err != nil {
			return nil, err
		}
		return Align(w, Similarity{A: float64(m.times())}.landmarks(p))
	}
	back := s.Invert()
	back.TX, back.TY = back.TX+float64(m.within()), back.TY+float64(m.within())
	around := emptyBox
	for _, c := range []Point{{0, 0}, {CropSize, 0}, {0, CropSize}, {CropSize, CropSize}} {
		q := back.Apply(c)
		around = Box{min(around.X0, q.X), min(around.Y0, q.Y), max(around.X1, q.X), max(around.Y1, q.Y)}
	}
	part, k, at := m.smaller(around, 1/s.Scale())
	if k > 1 {
		back = Similarity{A: 1 / float64(k), TX: -float64(at.X / k), TY: -float64(at.Y / k)}.after(back)
	}
	d := NewImage(CropSize, CropSize)
	part.warp(d, back, meanColour(m.Pix))
	return d, nil
}

// emptyBox is one that any point makes larger.
var emptyBox = Box{math.MaxFloat32, math.MaxFloat32, -math.MaxFloat32, -math.MaxFloat32}
