package tidy

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestAhead: a pair whose score alone says little is one person where nobody else comes near either of them, and is not
// where somebody does; those who are alike beyond doubt are not somebody else.
func TestAhead(t *testing.T) {
	var g Gallery
	rng := rand.New(rand.NewPCG(23, 1))
	for i := range 200 {
		if err := g.Add(i, person(rng, 128), "", 1); err != nil {
			t.Fatal(err)
		}
	}
	// of 19,900 pairs of strangers 4.5 are expected at 0.31 and above, 22 at 0.27
	e := examiner{Gallery: &g, rates: ratesOf(steep{}), same: 0.34, some: 0.18, ahead: 4}
	for _, c := range []struct {
		pairs []pair
		want  bool // of the first
	}{
		{[]pair{{a: 1, b: 2, score: 0.31}}, true},
		{[]pair{{a: 1, b: 2, score: 0.31}, {a: 2, b: 3, score: 0.30}}, false},
		{[]pair{{a: 1, b: 2, score: 0.31}, {a: 0, b: 1, score: 0.30}}, false},
		{[]pair{{a: 1, b: 2, score: 0.31}, {a: 0, b: 1, score: 0.19}, {a: 2, b: 9, score: 0.20}}, true},
		{[]pair{{a: 1, b: 2, score: 0.31}, {a: 1, b: 3, score: 0.36}}, true},
		{[]pair{{a: 1, b: 2, score: 0.31}, {a: 1, b: 2, g: 1, score: 0.30}}, true},
		{[]pair{{a: 1, b: 2, score: 0.27}}, false},
		{[]pair{{a: 1, b: 2, score: 0.35}, {a: 1, b: 3, score: 0.33}}, true},
	} {
		if got := e.like(c.pairs[0], e.runnersUp(c.pairs)(c.pairs[0])); got != c.want {
			t.Errorf("%+v: %v", c.pairs, got)
		}
	}
}

// TestOneOfTwo: of a name with a photo of each of two people who are enrolled, one photo says that two names are one
// person, and the other is the other one's: the two are not said to be one.
func TestOneOfTwo(t *testing.T) {
	for seed := range uint64(5) {
		p := plant(t, 24+seed)
		third := person(p.rng, 128)
		p.add(t, 30, third)
		a, b := p.add(t, 31, third), p.add(t, 31, p.who[5])
		moved := map[int]int{} // templates to people
		var twice [][2]int
		for _, f := range p.examine(t) {
			switch f.Kind {
			case Twice:
				twice = append(twice, [2]int{f.Person, f.Other})
			case Misfiled:
				for _, x := range f.Templates {
					moved[x] = f.Other
				}
			}
		}
		ok := slices.Equal(twice, [][2]int{{30, 31}}) && moved[b] == 5 ||
			slices.Equal(twice, [][2]int{{5, 31}}) && moved[a] == 30 ||
			len(twice) == 0 && moved[a] == 30 && moved[b] == 5
		if !ok {
			t.Errorf("seed %d: under two names %v, moved %v of %d and %d", seed, twice, moved, a, b)
		}
	}
}

// TestRates: a curve read backwards.
func TestRates(t *testing.T) {
	r := ratesOf(steep{})
	for _, far := range []float64{0.3, 1e-2, 1e-3, 3e-5, 1e-9} {
		if got := r.at(steep{}.Threshold(far)); math.Abs(math.Log(got/far)) > 0.05 {
			t.Errorf("%v: %v", far, got)
		}
	}
	if r.at(-1) != 1 || r.at(1) != math.Pow(10, strictest) {
		t.Errorf("beyond the ends: %v, %v", r.at(-1), r.at(1))
	}
}
