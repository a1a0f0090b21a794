package snorm

import (
	"fmt"
	"math"
)

// shrink is the share of the identity in S.
const shrink = 0.5

// Norm normalises scores. It is safe for concurrent use.
type Norm struct {
	dim    int
	people int
	mean   []float32 // m
	cov    []float32 // S, dim × dim

	offset, gain float64 // score = offset + gain·z, gain > 0
	low, high    float64 // of σ, 0 < low <= high
	least, most  float64 // of μ/σ
}

// Sides is what the cohort says of a face: mean and deviation of its cosines with strangers.
type Sides struct{ Mean, Dev float64 }

// New makes the normalisation of m. Over the pairs of people, unit embeddings of strangers, the scores have the mean
// and the deviation given; people are the cohort itself, or some two thousand of it. It returns ErrCohort.
func New(m *Moments, people [][]float32, mean, sd float64) (*Norm, error) {
	d := len(m.Mean)
	if len(people) < 2 || !(sd > 0 && sd < 1 && math.Abs(mean) <= 1) {
		return nil, fmt.Errorf("%w: %d people, mean %v, deviation %v", ErrCohort, len(people), mean, sd)
	}
	n := &Norm{dim: d, people: m.People, mean: make([]float32, d), cov: make([]float32, d*d), gain: 1,
		high: math.Inf(1), least: math.Inf(-1), most: math.Inf(1)}
	var trace float64
	for i := range d {
		n.mean[i] = float32(m.Mean[i])
		trace += m.Cov[i*d+i]
	}
	for i := range n.cov {
		n.cov[i] = float32((1 - shrink) * m.Cov[i])
	}
	for i := range d {
		n.cov[i*d+i] += float32(shrink * trace / float64(d))
	}
	sides := make([]Sides, len(people))
	low, high, least, most := math.Inf(1), 0.0, math.Inf(1), math.Inf(-1)
	for i, e := range people {
		if err := checkUnit(e, d); err != nil {
			return nil, err
		}
		s := n.Sides(e)
		if !(s.Dev > 0) {
			return nil, fmt.Errorf("%w: all people are one", ErrCohort)
		}
		sides[i] = s
		low, high = math.Min(low, s.Dev), math.Max(high, s.Dev)
		least, most = math.Min(least, s.Mean/s.Dev), math.Max(most, s.Mean/s.Dev)
	}
	n.low, n.high, n.least, n.most = low, high, least, most
	var count, sum, sq float64
	for i, a := range people {
		for j, b := range people[:i] {
			z := n.z(float64(dot(a, b)), sides[i], sides[j])
			sum, sq, count = sum+z, sq+z*z, count+1
		}
	}
	zMean := sum / count
	zSD := math.Sqrt(sq/count - zMean*zMean)
	if !(zSD > 1e-6) {
		return nil, fmt.Errorf("%w: all pairs of people score the same", ErrCohort)
	}
	n.gain = sd / zSD
	n.offset = mean - n.gain*zMean
	return n, nil
}

// People is the number of strangers that the normalisation rests on.
func (n *Norm) People() int { return n.people }

// Dim is the length of the embeddings.
func (n *Norm) Dim() int { return n.dim }

// Sides returns what the cohort says of a unit embedding, within what its own faces have. It panics where the length is
// not Dim.
func (n *Norm) Sides(e []float32) Sides {
	if len(e) != n.dim {
		panic("snorm: an embedding of another length")
	}
	var v float64
	for i, x := range e {
		v += float64(x) * float64(dot(n.cov[i*n.dim:][:n.dim], e))
	}
	s := Sides{float64(dot(n.mean, e)), math.Sqrt(math.Max(v, 0))}
	s.Dev = math.Min(math.Max(s.Dev, n.low), n.high)
	s.Mean = math.Min(math.Max(s.Mean, n.least*s.Dev), n.most*s.Dev)
	return s
}

func (n *Norm) z(cos float64, p, t Sides) float64 {
	return ((cos-p.Mean)/p.Dev + (cos-t.Mean)/t.Dev) / 2
}

// Score is the normalised score of two faces with this cosine similarity. It rises with cos, and is symmetric. The
// sides are of Sides.
func (n *Norm) Score(cos float64, p, t Sides) float64 { return n.offset + n.gain*n.z(cos, p, t) }

// Pair is Score of two unit embeddings.
func (n *Norm) Pair(a, b []float32) float64 {
	return n.Score(float64(dot(a, b)), n.Sides(a), n.Sides(b))
}

// Bound is the highest score that any face whose cosine with p's is at most cos can have: of (cos − μ)/σ neither cos/σ
// nor −μ/σ can be higher than with the least σ, or the highest where cos is negative, and the least μ/σ.
func (n *Norm) Bound(cos float64, p Sides) float64 {
	dev := n.low
	if cos < 0 {
		dev = n.high
	}
	return n.offset + n.gain*((cos-p.Mean)/p.Dev+cos/dev-n.least)/2
}

// dot is summed in four lanes.
func dot(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	b = b[:len(a)]
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return (s0 + s1) + (s2 + s3)
}
