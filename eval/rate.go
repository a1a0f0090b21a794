package eval

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// ClopperPearson returns the exact interval of a rate of which k of n independent trials were seen, at a level such as
// 0.95: it holds the true rate at least that often (Clopper and Pearson, Biometrika 26, 1934). k and n need not be
// whole numbers, as effective numbers of trials are not. It returns [0, 1] for n = 0 and NaN for k outside [0, n] or a
// level outside (0, 1).
func ClopperPearson(k, n, level float64) (low, high float64) {
	if !(k >= 0 && k <= n) || !(level > 0 && level < 1) || math.IsInf(n, 1) {
		return math.NaN(), math.NaN()
	}
	half := (1 - level) / 2
	high = 1
	if k > 0 {
		low = distuv.Beta{Alpha: k, Beta: n - k + 1}.Quantile(half)
	}
	if k < n {
		high = distuv.Beta{Alpha: k + 1, Beta: n - k}.Quantile(1 - half)
	}
	return low, high
}

// Rate is a share of comparisons with its interval.
type Rate struct {
	Hits, N   int     // comparisons at or above the threshold, and all; pairs of photos
	Value     float64 // Hits/N; NaN without comparisons
	Low, High float64 // 95 % interval; [0, 1] without comparisons
	// independent comparisons that would say as much; at most the pairs of people (FAR) or people (TAR)
	Effective float64
}

// RatesAt returns the false and the true accept rate of all-against-all scores at a threshold, with intervals for other
// people of the same kind: photos of one person, and pairs that share one, are not independent.
//
// The intervals are Clopper and Pearson's on the effective number of comparisons (Korn and Graubard, Survey Methodology
// 24, 1998), so that where no error was seen there is an exact bound, never "0 to 0". That number follows from how much
// the rate would move were people drawn anew: the variance of pairs that share people (Aronow, Samii and Assenova,
// Political Analysis 23, 2015). It returns ErrScore for a NaN or +Inf among the scores or as the threshold.
func RatesAt(c []Comparison, threshold float64) (far, tar Rate, err error) {
	if math.IsNaN(threshold) {
		return far, tar, fmt.Errorf("%w: threshold %v", ErrScore, threshold)
	}
	type dyad struct{ a, b int }
	type count struct {
		dyad
		hits, n float64
	}
	index := map[dyad]int{}
	var sums []count // of each pair of people, and of each person, in the order of c
	for i, p := range c {
		if !validScore(p.Score) {
			return far, tar, fmt.Errorf("%w: score %d is %v", ErrScore, i, p.Score)
		}
		d := dyad{min(p.A, p.B), max(p.A, p.B)}
		k, ok := index[d]
		if !ok {
			k = len(sums)
			index[d] = k
			sums = append(sums, count{dyad: d})
		}
		r := &far
		if p.A == p.B {
			r = &tar
		}
		r.N++
		sums[k].n++
		if p.Score >= threshold {
			r.Hits++
			sums[k].hits++
		}
	}
	for _, r := range []*Rate{&far, &tar} {
		r.Value = float64(r.Hits) / float64(r.N)
	}
	// How much each person pulls at the rate, and each pair of people, which is counted at both ends.
	pull := map[int]float64{}
	var pairs, ends, alone, dyads, people float64
	for _, s := range sums {
		if s.a == s.b {
			d := s.hits - tar.Value*s.n
			alone += d * d
			people++
			continue
		}
		d := s.hits - far.Value*s.n
		for _, p := range []int{s.a, s.b} {
			ends += d * (2*pull[p] + d) // what pull² grows by
			pull[p] += d
		}
		pairs += d * d
		dyads++
	}
	far.bound(dyads, ends-pairs, len(pull))
	tar.bound(people, alone, int(people))
	return far, tar, nil
}

// bound sets the interval: spread is the variance of the number of hits, units the most that can be independent.
func (r *Rate) bound(units, spread float64, people int) {
	r.High = 1
	if r.N == 0 {
		return
	}
	n := float64(r.N)
	r.Effective = units
	if p := r.Value; p > 0 && p < 1 && spread > 0 && people > 1 {
		r.Effective = math.Min(units, n*n*p*(1-p)/spread)
		// The variance itself is an estimate from so many people: Student's factor, as Korn and Graubard have it.
		t := distuv.StudentsT{Sigma: 1, Nu: float64(people - 1)}.Quantile(0.975) / distuv.UnitNormal.Quantile(0.975)
		r.Effective /= t * t
	}
	r.Low, r.High = ClopperPearson(r.Value*r.Effective, r.Effective, 0.95)
}
