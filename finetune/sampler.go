package finetune

import (
	"math"
	"math/rand/v2"
)

// sampler deals the rows of an epoch in batches of P people × K rows. Everything about an epoch follows from the
// seed and the epoch's number, so a checkpoint needs no state of the generator.
type sampler struct {
	rows    [][]int32 // by person
	people  int       // P
	views   int       // K
	balance float64
	seed    uint64
	n       int
}

func newSampler(person []int32, people int, c *Config) *sampler {
	s := &sampler{rows: make([][]int32, people), people: c.BatchPeople, views: c.BatchViews, balance: c.Balance,
		seed: c.Seed, n: len(person)}
	for i, p := range person {
		s.rows[p] = append(s.rows[p], int32(i))
	}
	return s
}

// steps is the number of batches per epoch: as many rows are dealt as there are.
func (s *sampler) steps() int { return max(1, (s.n+s.people*s.views-1)/(s.people*s.views)) }

// epoch returns the rows of every batch of an epoch, one after the other; batches are of equal size.
//
// Places for people are given out by systematic sampling: a person with weight w = rows^(1−balance) gets the
// integer part or one more of its share of them, so a skewed set is balanced with the least chance involved. A
// person's rows come up in a random order, each once before any comes twice.
func (s *sampler) epoch(e int) []int32 {
	rng := rand.New(rand.NewPCG(s.seed, uint64(e)))
	places := s.steps() * min(s.people, max(1, (s.n+s.views-1)/s.views))
	var sum float64
	weight := func(r []int32) float64 {
		if len(r) == 0 {
			return 0 // and not 0⁰
		}
		return math.Pow(float64(len(r)), 1-s.balance)
	}
	for _, r := range s.rows {
		sum += weight(r)
	}
	deal := make([]int32, 0, places)
	at, given := rng.Float64(), 0
	last := int32(0)
	for p, r := range s.rows {
		if len(r) > 0 {
			last = int32(p)
		}
		at += weight(r) / sum * float64(places)
		for ; given < int(at) && len(deal) < places; given++ {
			deal = append(deal, int32(p))
		}
	}
	for len(deal) < places { // rounding of the last share
		deal = append(deal, last)
	}
	rng.Shuffle(len(deal), func(i, j int) { deal[i], deal[j] = deal[j], deal[i] })
	left := make([][]int32, len(s.rows)) // each person's rows not dealt yet
	out := make([]int32, 0, places*s.views)
	for _, p := range deal {
		for range s.views {
			if len(left[p]) == 0 {
				left[p] = append(left[p], s.rows[p]...)
				l := left[p]
				rng.Shuffle(len(l), func(i, j int) { l[i], l[j] = l[j], l[i] })
			}
			l := left[p]
			out = append(out, l[len(l)-1])
			left[p] = l[:len(l)-1]
		}
	}
	return out
}
