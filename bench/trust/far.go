package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"

	"faceid/recognize/calibrate"
)

var fars = []float64{1e-3, 1e-4}

// scored is a set with the scores of all its photos.
type scored struct {
	set
	person []int32   // of each photo
	weight []float64 // 1/photos of that person, so that every pair of people counts the same
	first  []int     // of each person: the first photo; one more at the end
	s      [][]float32
}

func score(st set) *scored {
	c := &scored{set: st}
	var e [][]float32
	for i, p := range st.people {
		c.first = append(c.first, len(e))
		for _, v := range p {
			e = append(e, v)
			c.person = append(c.person, int32(i))
			c.weight = append(c.weight, 1/float64(len(p)))
		}
	}
	c.first = append(c.first, len(e))
	c.s = make([][]float32, len(e))
	parallel(len(e), func(i int) {
		c.s[i] = make([]float32, i)
		for j := range i {
			c.s[i][j] = dot(e[i], e[j])
		}
	})
	return c
}

func dot(a, b []float32) float32 {
	var s [4]float32
	for i := 0; i+3 < len(a); i += 4 {
		for k := range 4 {
			s[k] += a[i+k] * b[i+k]
		}
	}
	return s[0] + s[1] + s[2] + s[3]
}

func parallel(n int, do func(i int)) {
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			for i := w; i < n; i += workers {
				do(i)
			}
		})
	}
	wg.Wait()
}

// draw enrols n people at random with one photo each.
func (c *scored) draw(rng *rand.Rand, n int) (who []int, s calibrate.Sample) {
	who = rng.Perm(len(c.people))[:n]
	photo := make([]int, n)
	for i, p := range who {
		photo[i] = c.first[p] + rng.IntN(c.first[p+1]-c.first[p])
	}
	s.People = n
	for a := range n {
		for b := a + 1; b < n; b++ {
			i, j := max(photo[a], photo[b]), min(photo[a], photo[b])
			s.Pairs = append(s.Pairs, calibrate.Pair{A: int32(a), B: int32(b), Score: c.s[i][j]})
		}
	}
	return who, s
}

// truth returns the false accept rates among the people that are not in who.
func (c *scored) truth(who []int, thresholds []float64) []float64 {
	out := make([]bool, len(c.people))
	for _, p := range who {
		out[p] = true
	}
	far := make([]float64, len(thresholds))
	least := float32(slices.Min(thresholds))
	for i, row := range c.s {
		if out[c.person[i]] {
			continue
		}
		for j, s := range row {
			if s < least || out[c.person[j]] || c.person[i] == c.person[j] {
				continue
			}
			for k, t := range thresholds {
				if float64(s) >= t {
					far[k] += c.weight[i] * c.weight[j]
				}
			}
		}
	}
	m := float64(len(c.people) - len(who))
	for k := range far {
		far[k] /= m * (m - 1) / 2
	}
	return far
}

// ratios are true over asked rates of many draws, and how often the interval held the truth.
type ratios struct {
	set     string
	people  int
	far     float64
	r       []float64 // ascending
	covered float64   // share of the intervals that held the truth

	countable bool // the people left have pairs enough that five or more errors are expected
}

func (r ratios) at(p float64) float64 { return r.r[int(p*float64(len(r.r)-1)+0.5)] }

// measure draws galleries of n people and compares.
func (c *scored) measure(ref calibrate.Reference, n, draws int) ([]ratios, error) {
	out := make([]ratios, len(fars))
	for k, far := range fars {
		left := float64(len(c.s)) * float64(len(c.people)-n) / float64(len(c.people)) // photos
		out[k] = ratios{set: c.name, people: n, far: far, r: make([]float64, draws), countable: left*left/2*far >= 5}
	}
	held := make([][]float64, draws)
	errs := make([]error, draws)
	parallel(draws, func(d int) {
		rng := rand.New(rand.NewPCG(uint64(d), uint64(n)))
		who, s := c.draw(rng, n)
		f, err := calibrate.New(ref, s)
		if err != nil {
			errs[d] = err
			return
		}
		t := make([]float64, len(fars))
		for k, far := range fars {
			t[k] = f.Threshold(far)
		}
		held[d] = make([]float64, len(fars))
		for k, far := range c.truth(who, t) {
			out[k].r[d] = far / fars[k]
			if _, low, high := f.FAR(t[k]); low <= far && far <= high {
				held[d][k] = 1
			}
		}
	})
	for d := range draws {
		if errs[d] != nil {
			return nil, errs[d]
		}
		for k := range fars {
			out[k].covered += held[d][k] / float64(draws)
		}
	}
	for k := range fars {
		slices.Sort(out[k].r)
	}
	return out, nil
}

// line prints them; rate names what was asked for.
func (r ratios) line(rate string) string {
	l := fmt.Sprintf("%-20s %4d people, %s %g: %5.2f .. %5.2f .. %5.2f, interval holds it %3.0f %%",
		r.set, r.people, rate, r.far, r.at(0.1), r.at(0.5), r.at(0.9), 100*r.covered)
	if !r.countable {
		l += " (too few people left to count it)"
	}
	return l
}

// farther returns whichever is farther from 1, as a factor.
func farther(a, b float64) float64 {
	if math.Abs(math.Log(b)) > math.Abs(math.Log(a)) {
		return b
	}
	return a
}
