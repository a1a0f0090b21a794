package census

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"faceid/eval"
	"faceid/gallery"
	"faceid/gallery/sqlite"
)

// Every score lies in its bin, and none is lost: against a slow second count over all pairs.
func TestScores(t *testing.T) {
	m := &gallery.Model{Name: "m", SHA256: "1", Dim: 3, Views: "plain"}
	e, err := sqlite.Open(t.TempDir()+"/g.db", &sqlite.Options{Create: true, Model: m})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	rng := rand.New(rand.NewPCG(3, 4))
	var vectors [][]float32
	var whose []int
	for i := range 12 {
		one := gallery.Enrolment{Name: string(rune('a' + i))}
		for range 1 + i%3 {
			v := []float32{float32(rng.NormFloat64()), float32(rng.NormFloat64()), float32(rng.NormFloat64())}
			v, err := gallery.Unit(v, 3)
			if err != nil {
				t.Fatal(err)
			}
			one.Templates = append(one.Templates, gallery.Template{Embedding: v})
			vectors, whose = append(vectors, v), append(whose, i)
		}
		if _, err := e.Enrol(t.Context(), []gallery.Enrolment{one}, nil); err != nil {
			t.Fatal(err)
		}
	}
	g, err := Take(t.Context(), e, nil)
	if err != nil {
		t.Fatal(err)
	}
	last := 0.0
	got, err := g.Scores(t.Context(), e, func(done float64) {
		if done < last || done > 1 {
			t.Errorf("progress %v after %v", done, last)
		}
		last = done
	})
	if err != nil || last != 1 || got.People != 12 {
		t.Fatal(err, last, got)
	}
	want := Scores{People: 12}
	bin := func(score float64) int { // by looking
		for i := range Bins {
			if score < 2*float64(i+1)/Bins-1 {
				return i
			}
		}
		return Bins - 1
	}
	first := func(i int) bool { return i == 0 || whose[i] != whose[i-1] }
	for i := range vectors {
		others := make([][][]float32, 12)
		for j := range vectors {
			score := eval.Cosine(vectors[i], vectors[j])
			switch {
			case whose[i] != whose[j]:
				others[whose[j]] = append(others[whose[j]], vectors[j])
				if j < i && first(i) && first(j) {
					want.Different[bin(score)]++
				}
			case j < i:
				want.Same[bin(score)]++
			}
		}
		if first(i) {
			want.Strangers[bin(bestOther(vectors[i], others))]++
		}
	}
	if *got != want {
		t.Errorf("%v\nwant %v", *got, want)
	}
	var edges Histogram
	edges.add(-1)
	edges.add(1)
	edges.add(1.0000001)
	if edges[0] != 1 || edges[Bins-1] != 2 {
		t.Error(edges)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.Scores(ended, e, func(float64) {}); err == nil {
		t.Error("goes on though nobody waits")
	}
}

// bestOther is the best score of a probe with somebody else, of those whose nearest templates are most like it.
func bestOther(probe []float32, others [][][]float32) float64 {
	var all [][2]float64 // nearest template, all together
	for _, ts := range others {
		if len(ts) == 0 {
			continue
		}
		nearest := math.Inf(-1)
		for _, t := range ts {
			nearest = max(nearest, eval.Cosine(probe, t))
		}
		score := nearest
		if len(ts) > 1 && nearest >= gallery.Apart {
			score = together(probe, ts)
		}
		all = append(all, [2]float64{nearest, score})
	}
	slices.SortFunc(all, func(a, b [2]float64) int { return cmp.Compare(b[0], a[0]) })
	best := math.Inf(-1)
	for _, x := range all[:besides] {
		best = max(best, x[1])
	}
	return best
}
