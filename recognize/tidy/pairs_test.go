package tidy

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// random are unit vectors.
func random(rng *rand.Rand, n, d int) matrix {
	m := matrix{n: n, d: d}
	for range n {
		m.x = append(m.x, person(rng, d)...)
	}
	return m
}

// person is a unit vector in a random direction.
func person(rng *rand.Rand, d int) []float32 {
	v := make([]float32, d)
	var sum float64
	for i := range v {
		x := rng.NormFloat64()
		v[i] = float32(x)
		sum += x * x
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(sum))
	}
	return v
}

// photo is a unit vector that scores about share with others of its person.
func photo(rng *rand.Rand, who []float32, share float64) []float32 {
	noise := person(rng, len(who))
	a, b := float32(math.Sqrt(share)), float32(math.Sqrt(1-share))
	v := make([]float32, len(who))
	var sum float64
	for i := range v {
		v[i] = a*who[i] + b*noise[i]
		sum += float64(v[i]) * float64(v[i])
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(sum))
	}
	return v
}

// TestAbove: every pair once, across the borders of blocks.
func TestAbove(t *testing.T) {
	m := random(rand.New(rand.NewPCG(1, 1)), block+300, 8)
	const from = 0.9
	got := map[[2]int]bool{}
	last := 0.0
	err := m.above(t.Context(), m.n, from, func(i, j int, s float32) {
		if got[[2]int{i, j}] {
			t.Fatalf("pair %d, %d twice", i, j)
		}
		got[[2]int{i, j}] = true
		if math.Abs(float64(s-dot(m.row(i), m.row(j)))) > 1e-5 {
			t.Fatalf("pair %d, %d: score %v", i, j, s)
		}
	}, func(share float64) {
		if share < last || share > 1 {
			t.Errorf("progress %v after %v", share, last)
		}
		last = share
	})
	if err != nil || last != 1 {
		t.Fatalf("%v, done %v", err, last)
	}
	for i := range m.n {
		for j := i + 1; j < m.n; j++ {
			s := dot(m.row(i), m.row(j))
			if want := s >= from; want != got[[2]int{i, j}] && math.Abs(float64(s)-from) > 1e-5 {
				t.Fatalf("pair %d, %d with %v: found %v", i, j, s, !want)
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.above(ctx, m.n, from, func(int, int, float32) {}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestMatrixOf(t *testing.T) {
	nan := float32(math.NaN())
	for _, bad := range []struct {
		v    [][]float32
		want error
	}{
		{[][]float32{{1, 0}, {1}}, ErrShape},
		{[][]float32{{}}, ErrShape},
		{[][]float32{{1, 1}}, ErrNotUnit},
		{[][]float32{{0, 0}}, ErrNotUnit},
		{[][]float32{{nan, 1}}, ErrNotUnit},
	} {
		if _, err := matrixOf(len(bad.v), func(i int) []float32 { return bad.v[i] }); !errors.Is(err, bad.want) {
			t.Errorf("%v: %v, want %v", bad.v, err, bad.want)
		}
		var g Gallery
		var err error
		for _, v := range bad.v {
			if err == nil {
				err = g.Add(0, v, "", 1)
			}
		}
		if !errors.Is(err, bad.want) {
			t.Errorf("Add %v: %v, want %v", bad.v, err, bad.want)
		}
	}
}

// TestScale: a group of equal templates scores as one of them; the score of two groups lies half way, by ratio, between
// the mean of all cosines and the cosine between means.
func TestScale(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	v, who := person(rng, 16), person(rng, 16)
	sum := make([]float32, 16)
	for range 7 {
		for i, x := range v {
			sum[i] += x
		}
	}
	if got := float64(scale(sum, 7)) * 7; math.Abs(got-1) > 1e-5 {
		t.Errorf("seven equal ones: %v", got)
	}
	a, b := random(rng, 3, 16), matrix{n: 2, d: 16, x: slices.Concat(photo(rng, who, 0.9), photo(rng, who, 0.9))}
	sa, sb := total(a), total(b)
	var mean float64
	for i := range a.n {
		for j := range b.n {
			mean += float64(dot(a.row(i), b.row(j))) / 6
		}
	}
	cosine := float64(dot(sa, sb)) / math.Sqrt(float64(dot(sa, sa))*float64(dot(sb, sb)))
	got := float64(dot(sa, sb) * scale(sa, 3) * scale(sb, 2))
	if want := math.Copysign(math.Sqrt(mean*cosine), mean); math.Abs(got-want) > 1e-5 {
		t.Errorf("%v, want %v between %v and %v", got, want, mean, cosine)
	}
	if scale(make([]float32, 4), 2) != 0 {
		t.Error("opposite templates have no middle")
	}
}

func total(m matrix) []float32 {
	sum := make([]float32, m.d)
	for i := range m.n {
		for k, x := range m.row(i) {
			sum[k] += x
		}
	}
	return sum
}

func TestWithout(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	m := random(rng, 5, 8)
	sum, rest := total(m), total(matrix{n: 4, d: 8, x: m.x[8:]})
	want := float64(dot(m.row(0), rest) * scale(rest, 4))
	if got := without(m.row(0), sum, 5); math.Abs(got-want) > 1e-5 {
		t.Errorf("%v, want %v", got, want)
	}
	if got := without(m.row(0), m.row(0), 1); !math.IsNaN(got) {
		t.Errorf("alone: %v", got)
	}
}
