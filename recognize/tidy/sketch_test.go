package tidy

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// uneven are people of several photos each whose numbers hold ever less.
func uneven(rng *rand.Rand, n, d int, fade float64) matrix {
	m := matrix{n: n, d: d}
	for len(m.x) < n*d {
		who := person(rng, d)
		for range min(1+rng.IntN(4), n-len(m.x)/d) {
			v := photo(rng, who, 0.7)
			for i := range v {
				v[i] *= float32(math.Exp(-fade * float64(i)))
			}
			norm := float32(math.Sqrt(squares(v)))
			for i := range v {
				v[i] /= norm
			}
			m.x = append(m.x, v...)
		}
	}
	return m
}

// TestSketchFindsAll: the same pairs as by comparing all numbers, whatever the vectors are like, of all rows and of the
// first few, and of vectors that are not of unit length.
func TestSketchFindsAll(t *testing.T) {
	for seed, fade := range []float64{0.02, 0, 0.05} {
		rng := rand.New(rand.NewPCG(uint64(seed), 30))
		m := uneven(rng, fewRows+100, 64, fade)
		if seed == 2 {
			for i := range m.n {
				by := float32(0.8 + 0.2*rng.Float64())
				for j := range m.row(i) {
					m.row(i)[j] *= by
				}
			}
		}
		const from = 0.5
		for _, first := range []int{m.n, 500}[min(seed, 1):] {
			got := map[[2]int]float32{}
			keep := func(i, j int, s float32) { got[[2]int{i, j}] = s }
			if err := m.above(t.Context(), first, from, keep, nil); err != nil {
				t.Fatal(err)
			}
			want := 0
			for i := range first {
				for j := i + 1; j < m.n; j++ {
					s := dot(m.row(i), m.row(j))
					is, ok := got[[2]int{i, j}]
					at := math.Abs(float64(s - from))
					if ok != (s >= from) && at > 1e-5 || ok && math.Abs(float64(s-is)) > 1e-5 {
						t.Fatalf("fade %v, pair %d, %d scores %v, found %v with %v", fade, i, j, s, ok, is)
					}
					if ok {
						want++
					}
				}
			}
			if len(got) != want || want == 0 {
				t.Errorf("fade %v: %d pairs, want %d", fade, len(got), want)
			}
		}
	}
}

// TestSketchIsShort: where the last numbers hold little, few are compared, and no product is below the score.
func TestSketchIsShort(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 30))
	m := uneven(rng, fewRows, 256, 0.01)
	s := m.sketch(0.6)
	if s.full.n != m.n || s.d > 192 || s.d%step != 0 {
		t.Fatalf("%d of %d numbers", s.d, m.d)
	}
	for range 100_000 {
		i, j := rng.IntN(m.n), rng.IntN(m.n)
		if bound, score := dot(s.row(i), s.row(j)), dot(m.row(i), m.row(j)); bound < score-roundOff {
			t.Fatalf("rows %d and %d: %v for a score of %v", i, j, bound, score)
		}
	}
	if few := (matrix{n: 10, d: m.d, x: slices.Clone(m.x[:10*m.d])}); few.sketch(0.5).full.n != 0 {
		t.Error("ten rows are sketched")
	}
}
