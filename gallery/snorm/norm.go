package snorm

import (
	"fmt"
	"math"
	"slices"
)

// shrink is the share of the identity in S.
const shrink = 0.5

// Norm normalises scores. It is safe for concurrent use.
type Norm struct {
	base *Moments // the strangers'
	own  int      // people of the gallery who joined

	dim  int
	mean []float32 // m
	cov  []float32 // S, dim × dim

	low, high   float64 // of σ: the median and the most of the strangers', each by the others; 0 < low <= high
	least, most float64 // of μ/σ, the same
}

// Sides is what the cohort says of a face: mean and deviation of its cosines with strangers.
type Sides struct{ Mean, Dev float64 }

// New makes the normalisation by strangers, a unit embedding of each. It returns ErrCohort.
func New(strangers [][]float32) (*Norm, error) {
	base, err := Fit(strangers)
	if err != nil {
		return nil, err
	}
	n := &Norm{base: base, high: math.Inf(1), least: math.Inf(-1), most: math.Inf(1)}
	n.use(base)
	devs, ratios := make([]float64, len(strangers)), make([]float64, len(strangers))
	for i, e := range strangers {
		s := n.apart(e)
		if !(s.Dev > 1e-6) {
			return nil, fmt.Errorf("%w: all people are one", ErrCohort)
		}
		devs[i], ratios[i] = s.Dev, s.Mean/s.Dev
	}
	slices.Sort(devs)
	slices.Sort(ratios)
	n.low, n.high = devs[len(devs)/2], devs[len(devs)-1]
	n.least, n.most = ratios[len(ratios)/2], ratios[len(ratios)-1]
	return n, nil
}

// apart is Sides of a stranger as if the others were the cohort: of n people with mean m and covariance C the others
// have m − d/(n−1) and n/(n−1)·(C − d·dᵀ/(n−1)), d the stranger's distance from m. Their part of S alone counts.
func (n *Norm) apart(e []float32) Sides {
	var trace float64
	for i := range n.dim {
		trace += n.base.Cov[i*n.dim+i]
	}
	same := shrink * trace / float64(n.dim)
	others := float64(n.base.People - 1)
	s := n.Sides(e)
	d := 1 - s.Mean // along e
	v := (others + 1) / others * ((s.Dev*s.Dev-same)/(1-shrink) - d*d/others)
	return Sides{s.Mean - d/others, math.Sqrt(math.Max(0, (1-shrink)*v+same))}
}

// use makes m the moments.
func (n *Norm) use(m *Moments) {
	d := len(m.Mean)
	n.dim, n.mean, n.cov = d, make([]float32, d), make([]float32, d*d)
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
}

// With returns the normalisation by the same strangers and own, a photo of each of the gallery's people, in place of
// those who had joined before; fewer than two are none. The bounds stay the strangers'. It returns ErrCohort.
func (n *Norm) With(own [][]float32) (*Norm, error) {
	out := *n
	out.own = 0
	m := n.base
	if len(own) > 1 {
		o, err := Fit(own)
		if err != nil {
			return nil, err
		}
		if len(o.Mean) != n.dim {
			return nil, fmt.Errorf("%w: embeddings of %d values, not %d", ErrCohort, len(o.Mean), n.dim)
		}
		m, out.own = m.Join(o, ownWeight(len(own))), len(own)
	}
	out.use(m)
	return &out, nil
}

// ownWeight is the weight with which so many people of the gallery join: the fewer, the less they say of others like
// them.
func ownWeight(people int) float64 { return OwnWeight * float64(people) / float64(people+20) }

// People is the number of strangers that the normalisation rests on.
func (n *Norm) People() int { return n.base.People }

// Own is the number of the gallery's people who joined them.
func (n *Norm) Own() int { return n.own }

// Dim is the length of the embeddings.
func (n *Norm) Dim() int { return n.dim }

// Sides returns what the cohort says of a unit embedding, within what its own faces have. It panics where the length is
// not Dim.
func (n *Norm) Sides(e []float32) Sides {
	if len(e) != n.dim {
		panic("snorm: an embedding of another length")
	}
	var v float64
	for i, x := range e { // S is symmetric: the half below its diagonal counts twice
		row := n.cov[i*n.dim:]
		v += float64(x) * (2*float64(dot(row[:i], e[:i])) + float64(row[i])*float64(x))
	}
	return n.bounded(Sides{float64(dot(n.mean, e)), math.Sqrt(math.Max(v, 0))})
}

func (n *Norm) bounded(s Sides) Sides {
	s.Dev = math.Min(math.Max(s.Dev, n.low), n.high)
	s.Mean = math.Min(math.Max(s.Mean, n.least*s.Dev), n.most*s.Dev)
	return s
}

// Score is the normalised score of two faces with this cosine similarity. It rises with cos, is symmetric, and is never
// above a cos of 0 or more; two faces like the most of the strangers score cos. The sides are of Sides.
func (n *Norm) Score(cos float64, p, t Sides) float64 {
	return n.low * (((cos-p.Mean)/p.Dev+(cos-t.Mean)/t.Dev)/2 + n.least)
}

// Pair is Score of two unit embeddings.
func (n *Norm) Pair(a, b []float32) float64 {
	return n.Score(float64(dot(a, b)), n.Sides(a), n.Sides(b))
}

// Bound is the highest score that any two faces whose cosine is at most cos can have: cos, and below 0, where a large σ
// brings scores nearer to 0, what the largest makes of it.
func (n *Norm) Bound(cos float64) float64 { return math.Max(cos, cos*n.low/n.high) }

// BoundOf is Bound where one of the two faces has these sides: what the other would have to be for the highest score.
func (n *Norm) BoundOf(p Sides, cos float64) float64 {
	dev := n.low
	if cos < 0 {
		dev = n.high
	}
	return n.Score(cos, p, Sides{n.least * dev, dev})
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
