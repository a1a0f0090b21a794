package tidy

import (
	"slices"
	"testing"
)

// TestNobodyKnowsBoth: of two people with one photo of somebody and one more each, neither can be told whose that one
// is, so nobody is said to be the other's.
func TestNobodyKnowsBoth(t *testing.T) {
	p := plant(t, 21)
	own := photo(p.rng, person(p.rng, 128), 0.6)
	a, b := p.put(t, 30, own, "", 1), p.add(t, 30, person(p.rng, 128))
	c, d := p.add(t, 31, person(p.rng, 128)), p.put(t, 31, own, "", 1)
	named := map[int]bool{}
	for _, f := range p.examine(t) {
		switch {
		case f.Kind == Misfiled:
			t.Errorf("%+v", f)
		case f.Kind == Apart && f.Unclear != nil:
			for _, x := range f.Templates {
				named[x] = true
			}
		}
	}
	if !named[a] || !named[b] || !named[c] || !named[d] {
		t.Errorf("of %d, %d, %d, %d named are %v", a, b, c, d, named)
	}
}

// TestKnownByAnother: a photo belongs to whom anybody certain says, though its nearest likeness is of an uncertain one;
// and two names of one person are said to be one by each other, not by way of a third.
func TestKnownByAnother(t *testing.T) {
	p := plant(t, 22)
	who := person(p.rng, 128)
	p.add(t, 30, who)
	second := photo(p.rng, who, 0.6)
	p.put(t, 31, second, "", 1)
	p.add(t, 31, p.who[5])
	third, guest := p.add(t, 32, person(p.rng, 128)), p.put(t, 32, second, "", 1)
	var twice [][2]int
	found := false
	for _, f := range p.examine(t) {
		switch f.Kind {
		case Twice:
			twice = append(twice, [2]int{f.Person, f.Other})
		case Misfiled:
			found = found || slices.Equal(f.Templates, []int{guest})
			if slices.Contains(f.Templates, third) {
				t.Errorf("%+v", f)
			}
		}
	}
	if !found || !slices.Equal(twice, [][2]int{{30, 31}}) {
		t.Errorf("the guest is found: %v; one person under two names: %v", found, twice)
	}
}
