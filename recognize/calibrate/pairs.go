package calibrate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
)

// Pair is two people of a sample and the score of a photo of each.
type Pair struct {
	A, B  int32 // numbers of people, A < B
	Score float32
}

// Sample are scores between different people, one per pair.
type Sample struct {
	People int    // numbered from 0
	Pairs  []Pair // each pair of people once at most
	Twice  []Pair // pairs left out, best first, because they look like one person enrolled twice
}

// PairsOptions tune Pairs; nil means the zero value.
type PairsOptions struct {
	// at most so many people, drawn at random; 0 means 2,000: two million pairs, enough for a rate of 1e-5
	People int
	Seed   uint64 // of that draw
}

// Pairs compares people, each given by the unit embeddings of the photos; people without one are passed over. Of each
// pair one photo of either is compared, another one with each partner, so that no photo rules. It returns ErrFew for
// fewer than MinPeople people and ErrShape for embeddings of different lengths. Time: half a second for 2,000 people on
// two cores.
//
// people[Sample's number] holds only where nobody was passed over or left undrawn; the second result maps back.
func Pairs(people [][][]float32, o *PairsOptions) (Sample, []int, error) {
	limit, seed := 2000, uint64(0)
	if o != nil {
		seed = o.Seed
		if o.People > 0 {
			limit = o.People
		}
	}
	var who []int
	dim := 0
	for i, p := range people {
		for _, e := range p {
			if dim == 0 {
				dim = len(e)
			}
			if len(e) != dim || dim == 0 {
				return Sample{}, nil, fmt.Errorf("%w: %d and %d", ErrShape, dim, len(e))
			}
		}
		if len(p) > 0 {
			who = append(who, i)
		}
	}
	if len(who) > limit {
		rng := rand.New(rand.NewPCG(seed, 0x5ca1ab1e))
		rng.Shuffle(len(who), func(i, j int) { who[i], who[j] = who[j], who[i] })
		who = who[:limit]
		slices.Sort(who)
	}
	n := len(who)
	if n < MinPeople {
		return Sample{}, nil, fmt.Errorf("%w: %d", ErrFew, n)
	}
	s := Sample{People: n, Pairs: make([]Pair, n*(n-1)/2)}
	var wg sync.WaitGroup
	workers := min(runtime.GOMAXPROCS(0), n)
	for w := range workers {
		wg.Go(func() {
			for a := w; a < n; a += workers {
				row := s.Pairs[a*(2*n-a-1)/2:][:n-a-1]
				pa := people[who[a]]
				for k := range row {
					b := a + 1 + k
					pb := people[who[b]]
					row[k] = Pair{int32(a), int32(b), dot(pa[b%len(pa)], pb[a%len(pb)])}
				}
			}
		})
	}
	wg.Wait()
	return s, who, nil
}

// dot is summed in four float32 lanes: to within 1e-6 of the exact product of unit vectors, and twice as fast as one
// lane.
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

// doubt is the share of the pairs left out that may be of two people after all.
const doubt = 0.05

// LeaveOut moves pairs that look like one person enrolled twice to Twice: the highest scores, down to where strangers
// would be more than doubt of the pairs above (Benjamini and Hochberg 1995). What strangers do is taken from the median
// and the spread just above it, which the pairs in question cannot move, with a heavier tail than any set measured has.
func (s *Sample) LeaveOut() {
	n := len(s.Pairs)
	if n == 0 {
		return
	}
	scores := make([]float64, n)
	for i, p := range s.Pairs {
		scores[i] = float64(p.Score)
	}
	slices.Sort(scores)
	median := scores[n/2]
	sd := scores[min(n-1, int(0.8413*float64(n)))] - median
	if !(sd > 0) {
		return
	}
	cut := math.Inf(1)
	for k := 1; k <= n; k++ {
		t := scores[n-k]
		expected := rateAbove((t-median)/sd, heavy)
		if t-median < 3*sd { // here nothing can be told apart
			break
		}
		if float64(n)*expected <= doubt*float64(k) {
			cut = t
		}
	}
	if math.IsInf(cut, 1) {
		return
	}
	kept := s.Pairs[:0]
	for _, p := range s.Pairs {
		if float64(p.Score) >= cut {
			s.Twice = append(s.Twice, p)
		} else {
			kept = append(kept, p)
		}
	}
	s.Pairs = kept
	slices.SortFunc(s.Twice, func(a, b Pair) int {
		switch {
		case a.Score > b.Score:
			return -1
		case a.Score < b.Score:
			return 1
		}
		return int(a.A) - int(b.A)
	})
}

// heavy is λ of a tail heavier than any set of different people has.
const heavy = 2.2
