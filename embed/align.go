package embed

import (
	"fmt"
	"math"

	"faceid/embed/resample"
)

// CropSize is the side of an aligned face crop in pixels.
const CropSize = 112

// Template holds the five points of the 112×112 crop that ArcFace-type embedders were trained on (insightface,
// face_align.py).
var Template = Landmarks{
	{X: 38.2946, Y: 51.6963}, {X: 73.5318, Y: 51.5014}, {X: 56.0252, Y: 71.7366},
	{X: 41.5493, Y: 92.3655}, {X: 70.7299, Y: 92.2041},
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
	return Similarity{A: a, B: b, TX: tx - a*fx + b*fy, TY: ty - b*fx - a*fy}, nil
}

// Align returns the 112×112 crop in which the points p of m lie on Template as nearly as a similarity can move them.
// Samples are bilinear, of squares of pixels where the face is more than twice as large as the crop; what lies outside
// m has m's mean colour. It returns ErrPoints.
func Align(m *Image, p Landmarks) (*Image, error) {
	s, err := Umeyama(p, Template)
	if err != nil {
		return nil, err
	}
	if s.Scale() > 1 && m.Smaller() { // m shows the face smaller than the crop will be
		w, err := m.Whole()
		if err != nil {
			return nil, err
		}
		return Align(w, Similarity{A: float64(m.Times())}.Landmarks(p))
	}
	back := s.Invert()
	back.TX, back.TY = back.TX+float64(m.Within()), back.TY+float64(m.Within())
	around := emptyBox
	for _, c := range []Point{{X: 0, Y: 0}, {X: CropSize, Y: 0}, {X: 0, Y: CropSize}, {X: CropSize, Y: CropSize}} {
		q := back.Apply(c)
		around = Box{X0: min(around.X0, q.X), Y0: min(around.Y0, q.Y), X1: max(around.X1, q.X), Y1: max(around.Y1, q.Y)}
	}
	part, k, at := resample.Smaller(m, around, 1/s.Scale())
	if k > 1 {
		back = Similarity{A: 1 / float64(k), TX: -float64(at.X / k), TY: -float64(at.Y / k)}.After(back)
	}
	d := NewImage(CropSize, CropSize)
	resample.Warp(part, d, back, resample.MeanColour(m.Pix))
	return d, nil
}

// emptyBox is one that any point makes larger.
var emptyBox = Box{X0: math.MaxFloat32, Y0: math.MaxFloat32, X1: -math.MaxFloat32, Y1: -math.MaxFloat32}
