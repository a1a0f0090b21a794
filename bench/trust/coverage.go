package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"

	"faceid/recognize/calibrate"
)

// population is a set taken for all people that there are: galleries are drawn from it with replacement, so that its
// own rates are the truth, without error.
type population struct {
	*scored
	score  []float64 // of photos of different people, ascending, from least on
	weight []float64 // of that pair and all above, as a share of all
}

// leastScore is below every threshold in question.
const leastScore = 0.15

func populationOf(c *scored) *population {
	type pair struct{ s, w float64 }
	var p []pair
	for i, row := range c.s {
		for j, s := range row {
			if s >= leastScore && c.person[i] != c.person[j] {
				p = append(p, pair{float64(s), c.weight[i] * c.weight[j]})
			}
		}
	}
	slices.SortFunc(p, func(a, b pair) int {
		if a.s < b.s {
			return -1
		}
		return 1
	})
	o := &population{scored: c, score: make([]float64, len(p)), weight: make([]float64, len(p)+1)}
	m := float64(len(c.people))
	for i, q := range slices.Backward(p) {
		o.score[i], o.weight[i] = q.s, o.weight[i+1]+q.w/(m*(m-1)/2)
	}
	return o
}

// far is the false accept rate at threshold t.
func (p *population) far(t float64) float64 { return p.weight[sort.SearchFloat64s(p.score, t)] }

// draw enrols n people at random, one photo of each; who is drawn twice is not compared with the double.
func (p *population) draw(rng *rand.Rand, n int) calibrate.Sample {
	who, photo := make([]int, n), make([]int, n)
	for i := range n {
		who[i] = rng.IntN(len(p.people))
		photo[i] = p.first[who[i]] + rng.IntN(p.first[who[i]+1]-p.first[who[i]])
	}
	s := calibrate.Sample{People: n}
	for a := range n {
		for b := a + 1; b < n; b++ {
			if who[a] != who[b] {
				i, j := max(photo[a], photo[b]), min(photo[a], photo[b])
				s.Pairs = append(s.Pairs, calibrate.Pair{A: int32(a), B: int32(b), Score: p.s[i][j]})
			}
		}
	}
	return s
}

// countable says whether five or more pairs of photos reach the threshold for far.
func (p *population) countable(far float64) bool {
	n := float64(len(p.s))
	return n*n/2*far >= 5
}

// held is how often intervals held the truth, and on which side it lay otherwise.
type held struct {
	draws, below, above int     // the truth lay below the interval, above it
	wide                float64 // median of high over low
}

func (h held) share() float64 { return 1 - float64(h.below+h.above)/float64(h.draws) }

func (h held) String() string {
	of := func(n int) float64 { return 100 * float64(n) / float64(h.draws) }
	l := fmt.Sprintf("%5.1f %% (%4.1f %% above, %4.1f %% below)", 100*h.share(), of(h.above), of(h.below))
	if h.wide > 0 {
		l += fmt.Sprintf(", median of high/low %.1f", h.wide)
	}
	return l
}

// coverage draws galleries of n people and looks whether the interval of the threshold for each of fars holds its true
// rate.
func (p *population) coverage(ref calibrate.Reference, n, draws int) ([]held, error) {
	out := make([]held, len(fars))
	type one struct{ truth, low, high float64 }
	all := make([][]one, draws)
	errs := make([]error, draws)
	parallel(draws, func(d int) {
		f, err := calibrate.New(ref, p.draw(rand.New(rand.NewPCG(uint64(d), 1000+uint64(n))), n))
		if err != nil {
			errs[d] = err
			return
		}
		for _, far := range fars {
			t := f.Threshold(far)
			_, low, high := f.FAR(t)
			all[d] = append(all[d], one{p.far(t), low, high})
		}
	})
	for d := range draws {
		if errs[d] != nil {
			return nil, errs[d]
		}
	}
	for k := range fars {
		wide := make([]float64, draws)
		for d := range draws {
			o := all[d][k]
			wide[d] = o.high / o.low
			if o.truth > o.high {
				out[k].above++
			} else if o.truth < o.low {
				out[k].below++
			}
		}
		slices.Sort(wide)
		out[k].draws, out[k].wide = draws, wide[draws/2]
	}
	return out, nil
}

// sizes are the numbers of people of a gallery.
var sizes = []int{5, 10, 20, 50, 100}

// coverages prints how often intervals hold the true rate, by size and set, and returns the least and the most share of
// a size, all sets together: what a prior over sets promises holds on the average of sets, not of each.
func coverages(sets []set, ref calibrate.Reference, draws int) (shares [2]float64, err error) {
	fmt.Printf("\n95 %% intervals that hold the true false accept rate, %d galleries drawn with replacement:\n", draws)
	total := make(map[[2]int]held)
	for _, s := range sets {
		p := populationOf(score(s))
		for _, n := range sizes {
			if 2*n > len(p.people) {
				continue
			}
			h, err := p.coverage(ref, n, draws)
			if err != nil {
				return shares, err
			}
			for k, far := range fars {
				if !p.countable(far) {
					continue
				}
				fmt.Printf("%-20s %4d people, FAR %g: %v\n", s.name, n, far, h[k])
				t := total[[2]int{n, k}]
				total[[2]int{n, k}] = held{t.draws + h[k].draws, t.below + h[k].below, t.above + h[k].above, t.wide}
			}
		}
	}
	shares = [2]float64{1, 0}
	for _, n := range sizes {
		for k, far := range fars {
			h := total[[2]int{n, k}]
			fmt.Printf("%-20s %4d people, FAR %g: %v\n", "all sets", n, far, h)
			shares = [2]float64{min(shares[0], h.share()), max(shares[1], h.share())}
		}
	}
	return shares, nil
}
