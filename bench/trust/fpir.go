package main

import (
	"math"
	"math/rand/v2"
	"slices"

	"faceid/gallery"
	"faceid/recognize/calibrate"
)

// openSet draws galleries of n people, every photo of theirs enrolled, finds the threshold for an FPIR by taking each
// person out, and counts which share of the others, one photo each, is taken for somebody, scored as Identify does.
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
		// The best score of one photo of each person among all who are enrolled.
		best := make([]float64, len(c.people))
		probe := make([]int, len(c.people))
		for p := range c.people {
			probe[p] = c.first[p] + rng.IntN(c.first[p+1]-c.first[p])
			best[p] = c.together(probe[p], p, enrolled)
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

// rescored is how many of those whose nearest template is nearest to a probe are scored by all their templates.
const rescored = 10

// together is the best score of a photo among the people enrolled, but for one: as gallery.Together scores, with every
// template of equal weight.
func (c *scored) together(photo, but int, enrolled []bool) float64 {
	type scores struct {
		nearest, sum float64
		person       int
	}
	var top []scores // the nearest first
	for q := range c.people {
		if q == but || !enrolled[q] {
			continue
		}
		x := scores{nearest: -1, person: q}
		for j := c.first[q]; j < c.first[q+1]; j++ {
			s := float64(c.s[max(j, photo)][min(j, photo)])
			x.nearest = math.Max(x.nearest, s)
			x.sum += s
		}
		at := len(top)
		for at > 0 && top[at-1].nearest < x.nearest {
			at--
		}
		if at < rescored {
			top = slices.Insert(top, at, x)[:min(len(top)+1, rescored)]
		}
	}
	best := -1.0
	for _, x := range top {
		score := x.nearest
		if c.first[x.person+1]-c.first[x.person] > 1 && x.nearest >= gallery.Apart {
			score = (x.nearest + x.sum/c.length(x.person)) / 2
		}
		best = math.Max(best, score)
	}
	return best
}

// length is that of the sum of a person's embeddings.
func (c *scored) length(person int) float64 {
	sum := 0.0
	for i := c.first[person]; i < c.first[person+1]; i++ {
		sum++
		for j := c.first[person]; j < i; j++ {
			sum += 2 * float64(c.s[i][j])
		}
	}
	return math.Sqrt(math.Max(sum, 1e-12))
}
