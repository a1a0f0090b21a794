package gate

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Interval is a figure with its 95 % interval. People are what varies, not pairs: photos of one person are not
// independent.
type Interval struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

func (v Interval) String() string { return fmt.Sprintf("%.4f [%.4f, %.4f]", v.Value, v.Low, v.High) }

// Change is a figure before and after, and the difference after − before on the same people.
type Change struct {
	Before Interval `json:"before"`
	After  Interval `json:"after"`
	Diff   Interval `json:"diff"`
}

// figure is a mean over people with each person's share in its error: where people are drawn anew, its variance is
// Σ psi²/(n·(n−1)).
type figure struct {
	value float64
	psi   []float64 // by person, 0 for those without a say
	// own is the part of psi that is of the person's own genuine pairs, without its pull on the threshold; nil: all
	own []float64
	n   int // people with a say
}

// With no error among n people the spread between people is not 0, it is unknown: one more person is added whose
// variance is that of a rate with an intra-class correlation of priorICC, for a paired difference priorPaired.
// For a difference that added person fades as the spread is seen: where it comes from all people alike, to 1/(1+seen)
// of it. TestCoverage is what they were chosen by.
const (
	priorICC    = 0.3
	priorPaired = 0.5
	seen        = 10
)

// spread is the variance of the figure, with one person of the variance prior added.
func (f figure) spread(prior float64) (variance, dof float64) {
	if f.n < 2 {
		return math.Inf(1), 1
	}
	var s float64
	for _, v := range f.psi {
		s += v * v
	}
	n := float64(f.n)
	return s/n/(n-1) + prior/n/n, n - 1
}

// binomial is p·(1−p), for a p of n people that two more, one for and one against, have joined.
func (f figure) binomial() float64 {
	p := (f.value*float64(f.n) + 1) / (float64(f.n) + 2)
	return p * (1 - p)
}

func quantile(level, dof float64) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: dof}.Quantile((1 + level) / 2)
}

// interval is Wilson's (JASA 22, 1927) for a rate, with the number of independent trials that the spread between people
// amounts to (Korn and Graubard, "Confidence intervals for proportions with small expected number of positive counts
// estimated from survey data", Survey Methodology 24, 1998): two per person, more where more than six people erred. So
// 100 % of few people is not a proof of 100 % of all.
func (f figure) interval(level float64) Interval {
	if f.n == 0 {
		return Interval{f.value, 0, 1}
	}
	b := f.binomial()
	v, dof := f.spread(priorICC * b)
	n := float64(f.n)
	if f.n > 1 {
		n = min(b/v, max(2, f.erring()/3)*n)
	}
	z := quantile(level, dof)
	z2 := z * z / n
	mid := (f.value + z2/2) / (1 + z2)
	half := z / math.Sqrt(n) * math.Sqrt(max(0, f.value*(1-f.value))+z2/4) / (1 + z2)
	return Interval{f.value, max(0, min(mid-half, f.value)), min(1, max(mid+half, f.value))}
}

// erring is how many people the figure's error comes from, 0 where nobody errs: that the threshold moves a little with
// everybody is not an error of anybody's.
func (f figure) erring() float64 {
	own := f.own
	if own == nil {
		own = f.psi
	}
	var s2, s4 float64
	for _, v := range own {
		if math.Abs(v) < 1e-9 {
			continue // what rounding makes of 0 is alike for everybody
		}
		s2 += v * v
		s4 += v * v * v * v
	}
	if s4 == 0 {
		return 0
	}
	return s2 * s2 / s4
}

// minus is the paired difference f − g of two figures of the same people, with Student's interval.
func (f figure) minus(g figure, level float64) Interval {
	d := figure{value: f.value - g.value, psi: make([]float64, len(f.psi)), n: min(f.n, g.n)}
	if f.own != nil && g.own != nil {
		d.own = make([]float64, len(f.own))
	}
	for i := range d.psi {
		d.psi[i] = f.psi[i] - g.psi[i]
		if d.own != nil {
			d.own[i] = f.own[i] - g.own[i]
		}
	}
	if d.n < 2 {
		return Interval{d.value, -1, 1}
	}
	v, dof := d.spread(priorPaired * (f.binomial() + g.binomial()) / 2 / (1 + seen*d.erring()/float64(d.n)))
	half := quantile(level, dof) * math.Sqrt(v)
	return Interval{d.value, max(-1, d.value-half), min(1, d.value+half)}
}

func change(before, after figure) Change {
	return Change{before.interval(0.95), after.interval(0.95), after.minus(before, 0.95)}
}

// mean averages figures of the same people, such as one per test kind.
func mean(f []figure) figure {
	m := figure{psi: make([]float64, len(f[0].psi)), own: make([]float64, len(f[0].psi)), n: f[0].n}
	for _, g := range f {
		m.value += g.value / float64(len(f))
		own := g.own
		if own == nil {
			own = g.psi
		}
		for i, v := range g.psi {
			m.psi[i] += v / float64(len(f))
			m.own[i] += own[i] / float64(len(f))
		}
		m.n = min(m.n, g.n)
	}
	return m
}
