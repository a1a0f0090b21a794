package calibrate

import (
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"
)

// population are people whose scores spread as those of faces do (mean 0.02, deviation 0.09, a heavier upper tail than
// the normal curve's): unit embeddings of a common direction, one of eight groups, and what is their own, in 192
// dimensions of falling weight, with more of it in some people than in others.
type population struct {
	rng *rand.Rand
	e   [][]float32
}

// newPopulation makes n people; common says how alike all are, groups how alike the people of a group, uneven how much
// people differ in what is their own.
func newPopulation(n int, seed uint64, common, groups, uneven float64) *population {
	const dim = 192
	p := &population{rng: rand.New(rand.NewPCG(seed, 9))}
	var scale [dim]float64
	sum := 0.0
	for i := range scale {
		scale[i] = math.Pow(float64(i+1), -0.2)
		sum += scale[i] * scale[i]
	}
	direction := func() (v [dim]float64) {
		for i := range v {
			v[i] = p.rng.NormFloat64() * scale[i] / math.Sqrt(sum)
		}
		return v
	}
	centre := direction()
	var group [8][dim]float64
	for i := range group {
		group[i] = direction()
	}
	for range n {
		own, g := direction(), &group[p.rng.IntN(len(group))]
		leading, much := math.Exp(uneven*p.rng.NormFloat64()), math.Exp(uneven*p.rng.NormFloat64())
		e, length := make([]float32, dim), 0.0
		for i := range own {
			if i < dim/8 {
				own[i] *= leading
			}
			own[i] += common*centre[i] + groups*much*g[i]
			length += own[i] * own[i]
		}
		for i := range own {
			e[i] = float32(own[i] / math.Sqrt(length))
		}
		p.e = append(p.e, e)
	}
	return p
}

// like is a reference that fits them as a model's fits LFW: near, and not theirs.
var like = Reference{Mean: 0.01, SD: 0.09}

// faces is a population as LFW is.
func faces(n int, seed uint64) *population { return newPopulation(n, seed, 0.1, 0.3, 0.35) }

// sample are the scores of n of them.
func (p *population) sample(n int) Sample {
	who := p.rng.Perm(len(p.e))[:n]
	s := Sample{People: n}
	for a := range n {
		for b := a + 1; b < n; b++ {
			s.Pairs = append(s.Pairs, Pair{int32(a), int32(b), dot(p.e[who[a]], p.e[who[b]])})
		}
	}
	return s
}

// all are the scores of everybody, ascending.
func (p *population) all() []float64 { return scoresOf(p.sample(len(p.e))) }

func scoresOf(s Sample) []float64 {
	x := make([]float64, len(s.Pairs))
	for i, q := range s.Pairs {
		x[i] = float64(q.Score)
	}
	slices.Sort(x)
	return x
}

func shareAbove(ascending []float64, t float64) float64 {
	return 1 - float64(sort.SearchFloat64s(ascending, t))/float64(len(ascending))
}

// TestPopulation: the synthetic people are like faces, or the tests on them say little.
func TestPopulation(t *testing.T) {
	m := MomentsOf(faces(800, 1).all())
	between := func(low, v, high float64) bool { return low <= v && v <= high }
	if !between(0, m.Mean, 0.05) || !between(0.08, m.SD, 0.1) || !between(0.02, m.Skewness, 0.4) ||
		!between(0.05, m.Kurtosis, 0.6) {
		t.Errorf("%+v", m)
	}
}
