package tidy

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// joinSlowly is agglomerate's oracle: all pairs of groups anew for each join.
func joinSlowly(m matrix, from float32) [][]int {
	var groups [][]int
	for i := range m.n {
		groups = append(groups, []int{i})
	}
	middle := func(g []int) []float32 {
		sum := make([]float32, m.d)
		for _, i := range g {
			for k, x := range m.row(i) {
				sum[k] += x
			}
		}
		f := scale(sum, len(g))
		for k := range sum {
			sum[k] *= f
		}
		return sum
	}
	for {
		best, a, b := from, -1, -1
		for i := range groups {
			for j := range i {
				if s := dot(middle(groups[i]), middle(groups[j])); s >= best {
					best, a, b = s, j, i
				}
			}
		}
		if a < 0 {
			slices.SortFunc(groups, func(x, y []int) int { return x[0] - y[0] })
			return groups
		}
		groups[a] = append(groups[a], groups[b]...)
		slices.Sort(groups[a])
		groups = slices.Delete(groups, b, b+1)
	}
}

func TestAgglomerate(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 5))
		m := matrix{d: 12}
		for range 8 {
			who := person(rng, m.d)
			for range 1 + rng.IntN(6) {
				m.x = append(m.x, photo(rng, who, 0.5)...)
				m.n++
			}
		}
		var edges []edge
		for i := range m.n {
			for j := range i {
				edges = append(edges, edge{int32(j), int32(i), dot(m.row(i), m.row(j))})
			}
		}
		rng.Shuffle(len(edges), func(i, j int) { edges[i], edges[j] = edges[j], edges[i] })
		want := joinSlowly(m, 0.45)
		if got := agglomerate(m, nil, edges, 0.45); !reflect.DeepEqual(got, want) {
			t.Errorf("seed %d: %v, want %v", seed, got, want)
		}
	}
}

// TestAgglomerateWeights: joining sums of two is joining on from where the two were joined.
func TestAgglomerateWeights(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	a, b := person(rng, 8), person(rng, 8)
	one := matrix{n: 4, d: 8}
	for _, who := range [][]float32{a, a, a, b} {
		one.x = append(one.x, photo(rng, who, 0.8)...)
	}
	two := matrix{n: 3, d: 8, x: slices.Clone(one.x[8:])}
	for i, x := range one.row(0) {
		two.x[i] += x
	}
	edges := []edge{{0, 1, 1}, {0, 2, 0}}
	if got := agglomerate(two, []int{2, 1, 1}, edges, 0.6); !reflect.DeepEqual(got, [][]int{{0, 1}, {2}}) {
		t.Errorf("%v", got)
	}
}
