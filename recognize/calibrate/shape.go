package calibrate

import (
	"math"
	"slices"
)

// The excess of LFW's scores over a normal curve: at the rates below, the threshold lies lfwZ standard deviations above
// the mean. One photo of each of LFW's 5,748 people, the default pack, 16.5 million pairs; `go run ./bench/trust
// -reference` prints it. Only this shape is shipped; every model brings its own mean and deviation.
var (
	lfwFAR = [...]float64{1e-1, 1e-2, 1e-3, 1e-4, 1e-5}
	lfwZ   = [...]float64{1.276, 2.455, 3.411, 4.208, 4.951}
)

var normalZ, excess = func() (z, d [len(lfwFAR)]float64) {
	for i, far := range lfwFAR {
		z[i] = normalAbove(far)
		d[i] = lfwZ[i] - z[i]
	}
	return z, d
}()

// normalAbove returns the z that a share p of a normal curve lies above.
func normalAbove(p float64) float64 { return math.Sqrt2 * math.Erfcinv(2*p) }

// above returns the share of a normal curve that lies above z.
func above(z float64) float64 { return math.Erfc(z/math.Sqrt2) / 2 }

// shapeZ returns how many standard deviations above the mean the family with shape λ has the threshold whose normal
// curve's is z: z plus λ times LFW's excess, on straight lines between the measured rates and beyond the last.
func shapeZ(z, lambda float64) float64 {
	i, slope := segment(z)
	return z + lambda*(excess[i]+slope*(z-normalZ[i]))
}

// segment returns the measured rate from which on z is interpolated, and the slope of the excess there.
func segment(z float64) (i int, slope float64) {
	last := len(normalZ) - 1
	if z <= normalZ[0] {
		return 0, 0
	}
	for i < last-1 && z > normalZ[i+1] {
		i++
	}
	return i, (excess[i+1] - excess[i]) / (normalZ[i+1] - normalZ[i])
}

// rateAbove is the inverse of shapeZ, as a rate: the share of scores that lie y or more standard deviations above the
// mean. λ is taken into [minLambda, maxLambda], where shapeZ rises in z.
func rateAbove(y, lambda float64) float64 {
	lambda = math.Min(math.Max(lambda, minLambda), maxLambda)
	if y <= normalZ[0]+lambda*excess[0] {
		return above(y - lambda*excess[0])
	}
	i, last := 0, len(normalZ)-1
	for i < last-1 && y > normalZ[i+1]+lambda*excess[i+1] {
		i++
	}
	slope := (excess[i+1] - excess[i]) / (normalZ[i+1] - normalZ[i])
	return above(normalZ[i] + (y-normalZ[i]-lambda*excess[i])/(1+lambda*slope))
}

const (
	minLambda = -0.5
	maxLambda = 4
)

// Point is a threshold and the false accept rate that it was measured to give.
type Point struct {
	FAR   float64 // in (0, 1)
	Score float64 // cosine similarity
}

// Reference is the mean and the standard deviation of the scores between different people in the set on which a model
// was measured. The zero value means that nothing is known: then a sample speaks for itself, and more people are
// needed.
type Reference struct {
	Mean, SD float64
}

// Threshold returns the score that has the false accept rate far, in (0, 1), in that set; NaN for another far and for
// the zero Reference.
func (r Reference) Threshold(far float64) float64 {
	if r == (Reference{}) || !(far > 0 && far < 1) {
		return math.NaN()
	}
	return r.Mean + r.SD*shapeZ(normalAbove(far), 1)
}

// NewReference reads a model's shipped thresholds backwards: by least squares, the mean and deviation that give them
// under LFW's shape. Fewer than two points give the zero Reference. It returns ErrReference where scores do not rise as
// rates fall, or are not numbers in [-1, 1].
func NewReference(points []Point) (Reference, error) {
	p := slices.Clone(points)
	slices.SortFunc(p, func(a, b Point) int {
		switch {
		case a.FAR > b.FAR:
			return -1
		case a.FAR < b.FAR:
			return 1
		}
		return 0
	})
	var n, sx, sy, sxx, sxy float64
	for i, q := range p {
		rises := i == 0 || q.Score > p[i-1].Score && q.FAR < p[i-1].FAR
		if !(q.FAR > 0 && q.FAR < 1) || !(q.Score >= -1 && q.Score <= 1) || !rises {
			return Reference{}, ErrReference
		}
		x := shapeZ(normalAbove(q.FAR), 1)
		n, sx, sy, sxx, sxy = n+1, sx+x, sy+q.Score, sxx+x*x, sxy+x*q.Score
	}
	if n < 2 {
		return Reference{}, nil
	}
	sd := (n*sxy - sx*sy) / (n*sxx - sx*sx)
	return Reference{Mean: (sy - sd*sx) / n, SD: sd}, nil
}

// Rate is the inverse of Threshold: the share of scores between different people at or above t; NaN for the zero
// Reference.
func (r Reference) Rate(t float64) float64 {
	if r == (Reference{}) {
		return math.NaN()
	}
	return rateAbove((t-r.Mean)/r.SD, 1)
}
