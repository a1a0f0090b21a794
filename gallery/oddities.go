package gallery

import (
	"cmp"
	"context"
	"fmt"
	"hash/maphash"
	"iter"
	"slices"
)

// Listing is what of a gallery can be read without vectors. Every Engine is one.
type Listing interface {
	People(ctx context.Context) iter.Seq2[Person, error]
	Sources(ctx context.Context, personID int64) iter.Seq2[Template, error]
}

// Oddities are what damages nothing, and is yet rarely meant.
type Oddities struct {
	Alike   []NamePair `json:"names_alike,omitempty"`      // by the later person's id
	Doubles []Double   `json:"doubles,omitempty"`          // by the later template's id
	Empty   []Person   `json:"without_template,omitempty"` // people that nobody can be recognised as
}

// NamePair is two people whose names are not the same but look alike; see Skeleton.
type NamePair struct {
	Person Person `json:"person"` // the later of the two
	Other  Person `json:"other"`  // the first with a name like it
}

// String says it in a line.
func (p NamePair) String() string {
	return fmt.Sprintf("the names of %s (#%d) and %s (#%d) look alike", p.Other.Name, p.Other.ID, p.Person.Name,
		p.Person.ID)
}

// Double is one face of one photo enrolled for two people.
type Double struct {
	Person        Person `json:"person"`
	Template      int64  `json:"template"`
	Other         Person `json:"other"`
	OtherTemplate int64  `json:"other_template"` // the earlier one
}

// String says it in a line.
func (d Double) String() string {
	return fmt.Sprintf("%s (#%d) and %s (#%d) have the same photo: templates %d and %d", d.Other.Name, d.Other.ID,
		d.Person.Name, d.Person.ID, d.OtherTemplate, d.Template)
}

// AlikeNames finds the people whose names look like somebody else's, among pairs of which at least one is of; nil means
// all. Two people of one and the same name are no pair: numbers tell them apart. It reads the list of people twice, and
// keeps a few bytes of each.
func AlikeNames(ctx context.Context, l Listing, of func(Person) bool) ([]NamePair, error) {
	seed := maphash.MakeSeed()
	sum := func(p Person) uint64 { return maphash.String(seed, Skeleton(p.Name)) }
	with := map[uint64]int{} // people with the skeleton; where of is not nil, of these
	least := 2
	if of != nil {
		least = 1
	}
	for p, err := range l.People(ctx) {
		if err != nil {
			return nil, err
		}
		if of == nil || of(p) {
			with[sum(p)]++
		}
	}
	if len(with) == 0 {
		return nil, nil
	}
	groups := map[string][]Person{}
	for p, err := range l.People(ctx) {
		if err != nil {
			return nil, err
		}
		if with[sum(p)] >= least {
			s := Skeleton(p.Name)
			groups[s] = append(groups[s], p)
		}
	}
	var pairs []NamePair
	for _, g := range groups {
		for _, p := range g[1:] {
			if p.Name != g[0].Name && (of == nil || of(p) || of(g[0])) {
				pairs = append(pairs, NamePair{p, g[0]})
			}
		}
	}
	slices.SortFunc(pairs, func(a, b NamePair) int { return cmp.Compare(a.Person.ID, b.Person.ID) })
	return pairs, nil
}

// FindOddities looks at everybody. A double is told by the photo's checksum and the face's box, so a template without a
// checksum is none.
func FindOddities(ctx context.Context, l Listing) (Oddities, error) {
	type place struct{ person, template int64 }
	first := map[[16]byte]place{}
	has := map[int64]bool{}
	var same [][2]place
	for t, err := range l.Sources(ctx, 0) {
		if err != nil {
			return Oddities{}, err
		}
		has[t.PersonID] = true
		if t.Source.SHA256 == "" {
			continue
		}
		k, at := t.Key(), place{t.PersonID, t.ID}
		if was, ok := first[k]; !ok {
			first[k] = at
		} else if was.person != at.person {
			same = append(same, [2]place{was, at})
		}
	}
	people := map[int64]Person{}
	for _, x := range same {
		people[x[0].person], people[x[1].person] = Person{}, Person{}
	}
	var o Oddities
	for p, err := range l.People(ctx) {
		if err != nil {
			return o, err
		}
		if _, ok := people[p.ID]; ok {
			people[p.ID] = p
		}
		if !has[p.ID] {
			o.Empty = append(o.Empty, p)
		}
	}
	for _, x := range same {
		a, b := x[0], x[1]
		if a.template > b.template {
			a, b = b, a
		}
		if p, q := people[a.person], people[b.person]; p.ID != 0 && q.ID != 0 {
			o.Doubles = append(o.Doubles, Double{q, b.template, p, a.template})
		}
	}
	slices.SortFunc(o.Doubles, func(a, b Double) int { return cmp.Compare(a.Template, b.Template) })
	var err error
	o.Alike, err = AlikeNames(ctx, l, nil)
	return o, err
}

// Words says in a line each what was found, for people.
func (o Oddities) Words() []string {
	var out []string
	for _, p := range o.Alike {
		out = append(out, p.String())
	}
	for _, d := range o.Doubles {
		out = append(out, d.String())
	}
	for _, p := range o.Empty {
		out = append(out, fmt.Sprintf("%s (#%d) has no photo, and is not recognised", p.Name, p.ID))
	}
	return out
}
