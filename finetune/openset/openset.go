// Package openset finds thresholds for a trained head in an open set, where some who are searched for are strangers:
// people whom the head was not trained on. By the distances that people kept out of training have from the person they
// resemble most, it says below which distance so many strangers are taken for somebody, FPIR (ISO/IEC 19795-1).
package openset

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"
)

// Rate is one threshold.
type Rate struct {
	FPIR float64 `json:"fpir"` // share of strangers who are taken for somebody, in (0, 1)
	Low  float64 `json:"low"`  // the true share is in [Low, High] with probability 0.95
	High float64 `json:"high"`
	// Distance is the squared distance to the centre, in (0, 4], below which somebody is known.
	Distance float64 `json:"distance"`
}

// Curve are thresholds, FPIR and distance falling.
type Curve []Rate

// Check says what is wrong with a curve from a file.
func (c Curve) Check() error {
	for i, r := range c {
		ok := r.FPIR > 0 && r.FPIR < 1 && r.Low >= 0 && r.Low <= r.FPIR && r.High >= r.FPIR && r.High <= 1 &&
			r.Distance > 0 && r.Distance <= 1e4
		if i > 0 {
			ok = ok && r.FPIR < c[i-1].FPIR && r.Distance < c[i-1].Distance
		}
		if !ok {
			return fmt.Errorf("place %d of the open set is %+v", i, r)
		}
	}
	return nil
}

// Distance returns the threshold for an FPIR in (0, 1): between two that are kept on a straight line in the logarithm
// of the rate, above the loosest that one's. It returns false below the strictest.
func (c Curve) Distance(fpir float64) (distance float64, ok bool) {
	i := sort.Search(len(c), func(i int) bool { return c[i].FPIR <= fpir*(1+1e-9) })
	if i == len(c) {
		return 0, false
	}
	b := c[i]
	if i == 0 || fpir <= b.FPIR {
		return b.Distance, true
	}
	a := c[i-1]
	x := math.Log(a.FPIR/fpir) / math.Log(a.FPIR/b.FPIR)
	return a.Distance + x*(b.Distance-a.Distance), true
}

// Pick is Distance for a curve that rests on so many strangers; where it has no such rate it says why, and what to do
// next.
func (c Curve) Pick(fpir float64, strangers int) (distance float64, why, next string) {
	if len(c) == 0 {
		return 0, "this head cannot say an FPIR: nobody was kept out when it was trained, or an older version " +
			"trained it", "train it anew, with three people or more who have several photos"
	}
	distance, ok := c.Distance(fpir)
	if !ok {
		why = fmt.Sprintf("the head was trained on %d, for an FPIR of %g %d are needed", strangers, fpir, Needed(fpir))
		next = fmt.Sprintf("ask for a larger share, from %g on, or train on more people",
			math.Ceil(1e3*c[len(c)-1].FPIR)/1e3)
	}
	return distance, why, next
}

// At returns the FPIR and its interval at a threshold, as Distance; below the strictest, that one's; NaN in [0, 1] for
// an empty curve.
func (c Curve) At(distance float64) Rate {
	i := sort.Search(len(c), func(i int) bool { return c[i].Distance <= distance })
	switch {
	case len(c) == 0:
		return Rate{math.NaN(), 0, 1, distance}
	case i == len(c):
		return Rate{c[i-1].FPIR, 0, c[i-1].High, distance}
	case c[i].Distance == distance:
		return c[i]
	case i == 0:
		return Rate{c[0].FPIR, c[0].Low, 1, distance}
	}
	a, b := c[i-1], c[i]
	x := (a.Distance - distance) / (a.Distance - b.Distance)
	between := func(a, b float64) float64 {
		a, b = math.Max(a, 1e-12), math.Max(b, 1e-12)
		return a * math.Exp(x*math.Log(b/a))
	}
	return Rate{between(a.FPIR, b.FPIR), between(a.Low, b.Low), between(a.High, b.High), distance}
}

// Strangers are the distances of strangers' photos to the person of a head that they resemble most. The zero value is
// ready.
type Strangers struct {
	photos []photo
	among  float64 // people of the heads, times weight
	weight float64 // of all
}

type photo struct{ distance, weight float64 }

// Add adds a photo of a stranger to a head of so many people; a person's photos share one weight.
func (s *Strangers) Add(distance, weight float64, among int) {
	s.photos = append(s.photos, photo{distance, weight})
	s.among += weight * float64(among)
	s.weight += weight
}

// None says that there are no photos.
func (s *Strangers) None() bool { return s.weight == 0 }

// Thresholds returns those for 0.5, 0.2, 0.1, … down to one of the strangers, for a head of so many people. kinds are
// the same strangers in different kinds of photos: of these the one counts at which most pass.
//
// The heads that strangers were shown to had fewer people. Where one of n people takes a stranger in with probability
// p, one of N does with probability 1 − (1 − p)^(N/n), as if they were independent.
func Thresholds(kinds []*Strangers, strangers, people int) (c Curve) {
	grow := 1.0
	for _, s := range kinds {
		slices.SortFunc(s.photos, func(a, b photo) int { return cmp.Compare(a.distance, b.distance) })
		grow = math.Max(grow, s.grow(people))
	}
	for _, p := range rates(grown(1/float64(strangers+1), grow)) {
		strictest := Rate{Distance: math.Inf(1)}
		for _, s := range kinds {
			if r := s.threshold(p, strangers, people); r.Distance < strictest.Distance {
				strictest = r
			}
		}
		if n := len(c); n == 0 || strictest.Distance < c[n-1].Distance {
			c = append(c, strictest)
		}
	}
	return c
}

// Needed is how many strangers a threshold for an FPIR takes, with five folds.
func Needed(fpir float64) int { return int(math.Ceil(1.25/math.Max(fpir, 1e-9) - 1e-9)) }

func rates(least float64) (r []float64) {
	for p := 1.0; ; p /= 10 {
		for _, m := range []float64{0.5, 0.2, 0.1} {
			if p*m < least*(1+1e-9) {
				return append(r, least)
			}
			r = append(r, p*m)
		}
	}
}

// grow is how many times as many people a head has as those that strangers were shown to.
func (s *Strangers) grow(people int) float64 { return float64(people) * s.weight / s.among }

// grown is the probability p among so many times as many people.
func grown(p, grow float64) float64 { return -math.Expm1(math.Log1p(-p) * grow) }

// threshold is the one for an FPIR of p. Of n distances drawn from any distribution, the share of all that lies below
// the k-th least is distributed as Beta(k, n − k + 1), with a mean of k/(n + 1): so the threshold, and for n people the
// interval.
func (s *Strangers) threshold(p float64, strangers, people int) Rate {
	grow, n := s.grow(people), float64(strangers)
	k := grown(p, 1/grow) * (n + 1)
	r := Rate{FPIR: p, Distance: s.photos[len(s.photos)-1].distance}
	sum, before := 0.0, s.photos[0].distance
	for _, a := range s.photos {
		w := n * a.weight / s.weight
		if sum+w >= k*(1-1e-9) {
			r.Distance = before + (a.distance-before)*math.Min((k-sum)/w, 1)
			break
		}
		sum, before = sum+w, a.distance
	}
	beta := distuv.Beta{Alpha: k, Beta: n - k + 1}
	r.Low, r.High = math.Min(grown(beta.Quantile(0.025), grow), p), math.Max(grown(beta.Quantile(0.975), grow), p)
	return r
}
