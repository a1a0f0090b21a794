package calibrate

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"
)

// OpenSet is what is known of searches for strangers: the share of them who are taken for somebody, FPIR (ISO/IEC
// 19795-1), at a threshold and a number of people enrolled.
//
// A stranger is taken for somebody among N people with probability 1 − (1 + N·f·h)^(−1/h): f is the pair's false accept
// rate, h how unevenly it falls on strangers (a Gamma distribution). Taking each enrolled person out in turn and
// searching the others counts the same thing at one N; the counts correct the formula as Fit's do the family of curves,
// and the formula carries them to other N.
type OpenSet struct {
	fit    *Fit
	best   []float64 // ascending
	people int       // among whom best was searched
	scale  float64   // by which f is multiplied: several photos of a person find more strangers than one
}

// outWeight is what one person taken out is worth: where two look alike, both are counted.
const outWeight = 0.5

// OpenSet takes, for people who were taken out of the gallery in turn, the best score among the people left, of whom
// there were that many. It returns ErrFew for fewer than MinPeople scores and ErrScore for one that is not in [-1, 1].
func (f *Fit) OpenSet(best []float64, people int) (*OpenSet, error) {
	if len(best) < MinPeople || people < 1 {
		return nil, fmt.Errorf("%w: %d searches of %d", ErrFew, len(best), people)
	}
	o := &OpenSet{fit: f, best: slices.Clone(best), people: people, scale: 1}
	for _, s := range best {
		if !(math.Abs(s) <= 1+1e-3) {
			return nil, fmt.Errorf("%w: %v", ErrScore, s)
		}
	}
	slices.Sort(o.best)
	// The formula's f is that of one photo of either. What a gallery adds is seen best where many are found: at one in
	// five.
	k := (len(best) + 4) / 5
	t, seen := o.best[len(best)-k], float64(k)/float64(len(best))
	low, high := math.Log(0.05), math.Log(50.0)
	for high-low > 1e-4 {
		mid := (low + high) / 2
		o.scale = math.Exp(mid)
		if o.family(t, people) < seen {
			low = mid
		} else {
			high = mid
		}
	}
	w := outWeight * float64(k)
	o.scale = math.Exp(low * w / (w + 4))
	return o, nil
}

// one is the formula for one possibility.
func (o *OpenSet) one(d draw, t float64, people int) float64 {
	f := d.rate(t) * o.scale
	h := math.Min(2, o.fit.unevenness(f))
	return -math.Expm1(-math.Log1p(float64(people)*f*h) / h)
}

func (o *OpenSet) family(t float64, people int) float64 {
	sum := 0.0
	for _, d := range o.fit.draws {
		sum += o.one(d, t, people)
	}
	return sum / float64(len(o.fit.draws))
}

// counted returns what was found at or above t and what was searched, each worth outWeight.
func (o *OpenSet) counted(t float64) (k, n float64) {
	return outWeight * float64(len(o.best)-sort.SearchFloat64s(o.best, t)), outWeight * float64(len(o.best))
}

// FPIR returns the share of strangers who reach threshold t against somebody, in a gallery of so many people: the
// expected one and the interval that holds the true one with probability 0.95.
func (o *OpenSet) FPIR(t float64, people int) (rate, low, high float64) {
	k, n := o.counted(t)
	r := make([]float64, len(o.fit.wide))
	for i, d := range o.fit.wide {
		m := o.one(d, t, o.people)
		g := distuv.Gamma{Alpha: ratioShape + k, Beta: ratioShape + n*m}
		r[i] = o.one(d, t, people) * g.Quantile(d.u)
	}
	slices.Sort(r)
	q := func(p float64) float64 { return math.Min(1, r[int(p*float64(len(r)-1)+0.5)]) }
	rate = math.Min(1, o.expected(t, people))
	return rate, math.Min(q(0.025), rate), math.Max(q(0.975), rate)
}

func (o *OpenSet) expected(t float64, people int) float64 {
	k, n := o.counted(t)
	sum := 0.0
	for _, d := range o.fit.draws {
		m := o.one(d, t, o.people)
		at := m
		if people != o.people {
			at = o.one(d, t, people)
		}
		sum += at * (ratioShape + k) / (ratioShape + n*m)
	}
	return sum / float64(len(o.fit.draws))
}

// Threshold returns the score from which on the expected FPIR among so many people is fpir, in (0, 1), to within 1e-6;
// NaN for another fpir.
func (o *OpenSet) Threshold(fpir float64, people int) float64 {
	if !(fpir > 0 && fpir < 1) {
		return math.NaN()
	}
	return lowest(func(t float64) bool { return o.expected(t, people) <= fpir })
}

// lowest finds the score from which on ok holds.
func lowest(ok func(t float64) bool) float64 {
	low, high := -1.0, 2.0
	if ok(low) {
		return low
	}
	for high-low > 1e-7 {
		if mid := (low + high) / 2; ok(mid) {
			high = mid
		} else {
			low = mid
		}
	}
	return high
}
