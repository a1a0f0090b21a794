package calibrate

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// MinPeople is the least number of people that New takes. Whoever decides should ask for more: see package recognize.
const MinPeople = 3

// Fit is what is known of the scores between different people like those of a sample.
type Fit struct {
	People  int     // who were compared
	Pairs   int     // pairs of them, one score each
	Moments Moments // of those scores

	scores []float64 // ascending
	draws  []draw    // by which rates are expected
	wide   []draw    // by which intervals are made
	hubs   float64
}

// draw is one possibility of what the posterior holds, all equally likely.
type draw struct {
	mean, sd, lambda float64
	u                float64 // in (0, 1), for the ratio of the true rate to the family's
}

// ratioShape is the shape of the Gamma prior (mean 1) of that ratio: its coefficient of variation is 1/√8, about what
// is left between the family and the sets measured.
const ratioShape = 8

// known is by how much better the moments of so many people tell the curve than those of few: inside an interval so
// much less is left to what they do not tell. Counted in full, as where the expected rate is sought, intervals of 50
// people and more held the truth at 1e-4 in all galleries drawn; with a square in place of the cube those of 100 people
// did in 99 of 100, and too few of 20 people whose curve is unlike LFW's.
func known(people int) float64 { return 1 + math.Pow(float64(people)/knownPeople, 3) }

const knownPeople = 50

// student is how much farther than a normal curve's the 97.5 % point of Student's t lies: the deviations of prior and
// noise were themselves estimated, from nine sets, and the next one's interval has 9 − 2 degrees of freedom (Higgins,
// Thompson and Spiegelhalter, "A re-evaluation of random-effects meta-analysis", 2009). They rise as the people's own
// scatter comes to weigh beside the sets'. What is expected, and so the threshold, goes by the normal curve: the t's
// mean rate has no bound.
func student(people int) float64 {
	nu := (setsFitted - 2) * (1 + float64(people)/typicalPeople)
	return distuv.StudentsT{Sigma: 1, Nu: nu}.Quantile(0.975) / normalAbove(0.025)
}

// setsFitted is the number of sets of people that prior and noise come from.
const setsFitted = 9

// New fits the scores of a sample. It returns ErrFew for fewer than MinPeople people, or where a person met fewer than
// half of the others and fewer than five; for scores that are all equal; and ErrScore for one that is not in [-1, 1] (a
// little more for rounding).
func New(ref Reference, s Sample) (*Fit, error) {
	if s.People < MinPeople || 4*len(s.Pairs) < s.People*min(s.People-1, 10) {
		return nil, fmt.Errorf("%w: %d pairs of %d", ErrFew, len(s.Pairs), s.People)
	}
	if ref != (Reference{}) && !(ref.SD > 0 && !math.IsInf(ref.SD, 1) && math.Abs(ref.Mean) <= 1) {
		return nil, fmt.Errorf("%w: mean %v, deviation %v", ErrReference, ref.Mean, ref.SD)
	}
	f := &Fit{People: s.People, Pairs: len(s.Pairs), scores: make([]float64, len(s.Pairs))}
	for i, p := range s.Pairs {
		v := float64(p.Score)
		if !(math.Abs(v) <= 1+1e-3) {
			return nil, fmt.Errorf("%w: %v", ErrScore, v)
		}
		f.scores[i] = v
	}
	f.Moments = MomentsOf(f.scores)
	if f.Moments.SD == 0 {
		return nil, fmt.Errorf("%w: all scores are %v", ErrFew, f.Moments.Mean)
	}
	slices.Sort(f.scores)
	f.hubs = hubness(s, f.scores)
	mean, cov := posterior(ref, f.Moments, f.People, noiseOf(s, f.Moments))
	if ref == (Reference{}) {
		ref = Reference{f.Moments.Mean, f.Moments.SD}
	}
	f.draws = drawn(ref, mean, cov, residual, 1)
	f.wide = drawn(ref, mean, cov, residual/known(s.People), student(s.People))
	return f, nil
}

// drawn are the cloud's points as possibilities, spread times as far from the mean; rest is the deviation of λ that the
// posterior does not have.
func drawn(ref Reference, mean [dims]float64, posterior *mat.SymDense, rest, spread float64) []draw {
	cov := mat.NewSymDense(dims, nil)
	cov.CopySym(posterior)
	cov.SetSym(dims-1, dims-1, cov.At(dims-1, dims-1)+rest*rest)
	var chol mat.Cholesky
	if !chol.Factorize(cov) {
		panic("calibrate: the posterior is not a covariance")
	}
	var l mat.TriDense
	chol.LTo(&l)
	out := make([]draw, len(cloud))
	for k, z := range cloud {
		x := mean
		for i := range dims {
			for j := 0; j <= i; j++ {
				x[i] += spread * l.At(i, j) * z[j]
			}
		}
		out[k] = draw{ref.Mean + ref.SD*x[0], ref.SD * math.Exp(x[1]), x[4], z[dims]}
	}
	return out
}

// rate is the family's share of scores at or above t.
func (d draw) rate(t float64) float64 { return rateAbove((t-d.mean)/d.sd, d.lambda) }

// counted returns the number of scores at or above t.
func (f *Fit) counted(t float64) int { return len(f.scores) - sort.SearchFloat64s(f.scores, t) }

// unevenness is the squared coefficient of variation of people's own false accept rates where the mean rate is p. It
// doubles with every power of ten that p falls.
func (f *Fit) unevenness(p float64) float64 { return f.hubs * math.Pow(hubRate/math.Max(p, 1e-9), 0.3) }

// weight is what one pair is worth among pairs that rise together, where the rate is p: the variance of a count of
// pairs is 1 + 2·n·p·h times that of independent ones (Hoeffding 1948), h the unevenness.
func (f *Fit) weight(p float64) float64 { return 1 / (1 + 2*float64(f.People)*p*f.unevenness(p)) }

// expected returns the expected share of pairs at or above t.
func (f *Fit) expected(t float64) float64 {
	var family float64
	for _, d := range f.draws {
		family += d.rate(t)
	}
	family /= float64(len(f.draws))
	w := f.weight(family)
	k, n := w*float64(f.counted(t)), w*float64(len(f.scores))
	var sum float64
	for _, d := range f.draws {
		m := d.rate(t)
		sum += m * (ratioShape + k) / (ratioShape + n*m)
	}
	return sum / float64(len(f.draws))
}

// Threshold returns the score from which on the expected false accept rate is far, in (0, 1): the lowest that gives no
// more, to within 1e-6. It may lie above 1, where no pair passes; NaN for another far.
func (f *Fit) Threshold(far float64) float64 {
	if !(far > 0 && far < 1) {
		return math.NaN()
	}
	return lowest(func(t float64) bool { return f.expected(t) <= far })
}

// FAR returns the false accept rate that threshold t gives among people like those of the sample: the expected one, and
// the interval that holds the true one with probability 0.95. The interval covers what the people drawn, the family of
// curves and the count leave open.
func (f *Fit) FAR(t float64) (rate, low, high float64) {
	rate = f.expected(t)
	w := f.weight(rate)
	// The moments, by which the family is chosen, are of the same pairs: what these say twice is counted once, until
	// the count speaks alone.
	hits := w * rate * float64(len(f.scores))
	// Where the count is silent, λ and the ratio stand for the same: how the tail goes on beyond what was seen.
	shape := ratioShape * (1 + (known(f.People)-1)*math.Exp(-2*hits))
	w *= hits / (hits + shape)
	k, n := w*float64(f.counted(t)), w*float64(len(f.scores))
	r := make([]float64, len(f.wide))
	for i, d := range f.wide {
		m := d.rate(t)
		g := distuv.Gamma{Alpha: shape + k, Beta: shape + n*m}
		r[i] = m * g.Quantile(d.u)
	}
	slices.Sort(r)
	q := func(p float64) float64 { return math.Min(1, r[int(p*float64(len(r)-1)+0.5)]) }
	return rate, math.Min(q(0.025), rate), math.Max(q(0.975), rate)
}

// hubRate is the rate at which hubness is measured: the lowest that a hundred people show.
const hubRate = 5e-3

// hubness is the squared coefficient of variation of people's own false accept rates, where one pair in 200 passes;
// with few pairs what the sets of package bench/trust have stands in for it.
func hubness(s Sample, ascending []float64) float64 {
	const typical, worth = 0.5, 50.0
	t := ascending[len(ascending)-1-int(hubRate*float64(len(ascending)))]
	count := make([]float64, s.People)
	hits := 0.0
	for _, p := range s.Pairs {
		if float64(p.Score) >= t {
			count[p.A]++
			count[p.B]++
			hits++
		}
	}
	mean := 2 * hits / float64(s.People)
	var v float64
	for _, c := range count {
		v += (c - mean) * (c - mean)
	}
	v /= float64(s.People)
	cv := math.Max(0, (v-mean)/(mean*mean)) // beyond a Poisson count's
	return (typical*worth + cv*hits) / (worth + hits)
}

// cloud are 512 points that spread evenly as dims normal numbers and a uniform one do: Halton's sequence (1960).
var cloud = func() (c [512][dims + 1]float64) {
	primes := [dims + 1]int{2, 3, 5, 7, 11, 13}
	for k := range c {
		for j, b := range primes {
			u := 0.0
			for i, f := k+20, 1/float64(b); i > 0; i, f = i/b, f/float64(b) {
				// the first points of the larger bases run in step
				u += f * float64(i%b)
			}
			c[k][j] = u
			if j < dims {
				c[k][j] = normalAbove(1 - u)
			}
		}
	}
	return c
}()
