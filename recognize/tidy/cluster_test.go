package tidy

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestCluster(t *testing.T) {
	rng := rand.New(rand.NewPCG(20, 20))
	var photos [][]float32
	var who []int
	for p := range 20 {
		v := person(rng, 128)
		for range 1 + p%5 {
			photos, who = append(photos, photo(rng, v, 0.7)), append(who, p)
		}
	}
	rng.Shuffle(len(photos), func(i, j int) {
		photos[i], photos[j] = photos[j], photos[i]
		who[i], who[j] = who[j], who[i]
	})
	c, err := Cluster(t.Context(), photos, steep{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Groups) != 20 || len(c.Uncertain) != 0 {
		t.Fatalf("%d groups, %v in doubt", len(c.Groups), c.Uncertain)
	}
	seen := map[int]bool{}
	for k, g := range c.Groups {
		if k > 0 && len(g) > len(c.Groups[k-1]) {
			t.Errorf("group %d is larger than the one before", k)
		}
		for _, i := range g {
			if seen[i] || who[i] != who[g[0]] {
				t.Errorf("group %v of people %d and %d", g, who[i], who[g[0]])
			}
			seen[i] = true
		}
	}
	if len(seen) != len(photos) {
		t.Errorf("%d of %d photos", len(seen), len(photos))
	}
	if c, err := Cluster(t.Context(), nil, steep{}, nil); err != nil || len(c.Groups) != 0 {
		t.Errorf("none: %v, %v", c, err)
	}
}

// TestDoubt: a photo between two people is of neither; every photo is in a group or in doubt.
func TestDoubt(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 21))
	a, b := person(rng, 128), person(rng, 128)
	var photos [][]float32
	for range 5 {
		photos = append(photos, photo(rng, a, 0.8), photo(rng, b, 0.8))
	}
	photos = append(photos, mid(a, b))
	c, err := Cluster(t.Context(), photos, steep{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Uncertain) != 1 || c.Uncertain[0].Photo != 10 || c.Uncertain[0].Score <= 0 {
		t.Fatalf("in doubt: %+v of %v", c.Uncertain, c.Groups)
	}
	var all []int
	for _, g := range c.Groups {
		if slices.Contains(g, 10) {
			t.Errorf("%v holds the doubtful", g)
		}
		all = append(all, g...)
	}
	if len(all) != 10 {
		t.Errorf("%v", c.Groups)
	}
}
