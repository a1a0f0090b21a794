package main

import (
	"math"
	"math/rand/v2"
	"slices"

	"faceid/recognize/calibrate"
)

// openSet draws galleries of n people, every photo of theirs enrolled, finds the threshold for an FPIR by taking each
// person out, and counts which share of the others, one photo each, is taken for somebody.
func (c *scored) openSet(ref calibrate.Reference, n, draws int, fpir float64) (ratios, error) {
	r := ratios{set: c.name, people: n, far: fpir, r: make([]float64, draws), countable: true}
	held := make([]float64, draws)
	errs := make([]error, draws)
	parallel(draws, func(d int) {
		rng := rand.New(rand.NewPCG(uint64(d), uint64(n)))
		order := rng.Perm(len(c.people))
		enrolled := make([]bool, len(c.people))
		for _, p := range order[:n] {
			enrolled[p] = true
		}
		// The best score of one photo of each person among all photos of those enrolled.
		best := make([]float64, len(c.people))
		probe := make([]int, len(c.people))
		for p := range c.people {
			best[p] = -1
			probe[p] = c.first[p] + rng.IntN(c.first[p+1]-c.first[p])
			for q := range c.people {
				if q == p || !enrolled[q] {
					continue
				}
				for j := c.first[q]; j < c.first[q+1]; j++ {
					best[p] = math.Max(best[p], float64(c.s[max(j, probe[p])][min(j, probe[p])]))
				}
			}
		}
		s := calibrate.Sample{People: n}
		var out, strangers []float64
		who := order[:n]
		for a, p := range who {
			out = append(out, best[p])
			if a >= 2000 {
				continue
			}
			for b := a + 1; b < min(n, 2000); b++ {
				i, j := max(probe[p], probe[who[b]]), min(probe[p], probe[who[b]])
				s.Pairs = append(s.Pairs, calibrate.Pair{A: int32(a), B: int32(b), Score: c.s[i][j]})
			}
		}
		s.People = min(n, 2000)
		for _, p := range order[n:] {
			strangers = append(strangers, best[p])
		}
		s.LeaveOut()
		f, err := calibrate.New(ref, s)
		if err != nil {
			errs[d] = err
			return
		}
		o, err := f.OpenSet(out, n-1)
		if err != nil {
			errs[d] = err
			return
		}
		t := o.Threshold(fpir, n)
		is := calibrate.AtThreshold(strangers, t, fpir).FPIR
		r.r[d] = is / fpir
		if _, low, high := o.FPIR(t, n); low <= is && is <= high {
			held[d] = 1
		}
	})
	for d := range draws {
		if errs[d] != nil {
			return r, errs[d]
		}
		r.covered += held[d] / float64(draws)
	}
	slices.Sort(r.r)
	return r, nil
}
