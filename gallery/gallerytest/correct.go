package gallerytest

import (
	"encoding/json"
	"errors"
	"math"
	"slices"

	"faceid/gallery"
)

// templateIDs returns the ids of a person's templates, ascending.
func (s *suite) templateIDs(person int64) []int64 {
	s.Helper()
	var ids []int64
	for t, err := range s.e.Sources(s.ctx, person) {
		s.must(err)
		ids = append(ids, t.ID)
	}
	return ids
}

// keyOf returns the key of the engine's template with this id, and whose it is.
func (s *suite) keyOf(id int64) (key [16]byte, person int64) {
	s.Helper()
	for t, err := range s.e.Templates(s.ctx, 0) {
		s.must(err)
		if t.ID == id {
			return t.Key(), t.PersonID
		}
	}
	s.Fatalf("no template %d", id)
	return key, 0
}

// take takes a template out of the oracle's person.
func (p *person) take(key [16]byte) (gallery.Template, bool) {
	for i, t := range p.templates {
		if t.Key() == key {
			p.templates = slices.Delete(slices.Clone(p.templates), i, i+1)
			return t, true
		}
	}
	return gallery.Template{}, false
}

// give gives a template to the oracle's person and reports whether it is new to them.
func (p *person) give(t gallery.Template) bool {
	if slices.ContainsFunc(p.templates, func(u gallery.Template) bool { return u.Key() == t.Key() }) {
		return false
	}
	p.templates = append(p.templates, t)
	return true
}

// removeTemplates removes templates from the engine and from the oracle.
func (s *suite) removeTemplates(id ...int64) {
	s.Helper()
	for _, i := range slices.Compact(slices.Sorted(slices.Values(id))) {
		key, p := s.keyOf(i)
		if _, ok := s.m.people[p].take(key); !ok {
			s.Fatalf("template %d is none of those enrolled", i)
		}
	}
	s.must(s.e.RemoveTemplates(s.ctx, id...))
}

// move moves templates in the engine and in the oracle.
func (s *suite) move(to int64, id ...int64) {
	s.Helper()
	var want gallery.Moved
	for _, i := range slices.Compact(slices.Sorted(slices.Values(id))) {
		key, p := s.keyOf(i)
		if p == to {
			continue
		}
		t, ok := s.m.people[p].take(key)
		switch {
		case !ok:
			s.Fatalf("template %d is none of those enrolled", i)
		case s.m.people[to].give(t):
			want.Templates++
		default:
			want.Duplicates++
		}
	}
	got, err := s.e.Move(s.ctx, id, to)
	s.must(err)
	if got != want {
		s.Fatalf("move: got %+v, want %+v", got, want)
	}
}

// merge merges people in the engine and in the oracle.
func (s *suite) merge(into int64, from ...int64) {
	s.Helper()
	var want gallery.Moved
	a := s.m.people[into]
	for _, id := range slices.Compact(slices.Sorted(slices.Values(from))) {
		if id == into {
			continue
		}
		b := s.m.people[id]
		for _, t := range b.templates {
			if a.give(t) {
				want.Templates++
			} else {
				want.Duplicates++
			}
		}
		m, err := gallery.MergeMetadata(a.metadata, b.metadata)
		s.must(err)
		a.metadata = m
		delete(s.m.people, id)
	}
	got, err := s.e.Merge(s.ctx, into, from...)
	s.must(err)
	if got != want {
		s.Fatalf("merge: got %+v, want %+v", got, want)
	}
}

func testRemoveTemplates(s *suite) {
	c := s.crowd(20)
	probes := [][]float32{c[0], c[19], s.vec()}
	s.search(probes, nil)
	ids := s.m.ids()
	s.must(s.e.RemoveTemplates(s.ctx))
	one := s.templateIDs(ids[0])
	s.removeTemplates(one[0], one[0])
	s.same()
	s.search(probes, nil)
	s.removeTemplates(append(s.templateIDs(ids[19]), s.templateIDs(ids[7])[0])...) // all of one person, who stays
	s.same()
	s.search(probes, nil)
	for _, id := range []int64{one[0], 0, -1, math.MaxInt64} {
		if err := s.e.RemoveTemplates(s.ctx, s.templateIDs(ids[3])[0], id); !errors.Is(err, gallery.ErrNoTemplate) {
			s.Errorf("remove template %d: %v", id, err)
		}
	}
	s.same()
	// What was removed can be enrolled again, under another id.
	t := s.fullTemplate(1)
	p := s.enrol(nil, gallery.Enrolment{Name: "again", Templates: []gallery.Template{t}})[0].PersonID
	before := s.templateIDs(p)
	s.removeTemplates(before...)
	s.enrol(nil, gallery.Enrolment{PersonID: p, Templates: []gallery.Template{t}})
	if after := s.templateIDs(p); after[0] <= before[0] {
		s.Errorf("template %d came after %d", after[0], before[0])
	}
	s.same()
	s.search([][]float32{t.Embedding}, nil)
}

func testMove(s *suite) {
	c := s.crowd(20)
	probes := [][]float32{c[0], c[5], s.vec()}
	s.search(probes, nil)
	ids := s.m.ids()
	misfiled := s.templateIDs(ids[0])[0]
	s.move(ids[5], misfiled)
	s.same()
	s.search(probes, nil)
	if _, p := s.keyOf(misfiled); p != ids[5] {
		s.Fatalf("template %d is person %d's, moved to %d", misfiled, p, ids[5])
	}
	s.move(ids[0], misfiled, misfiled) // and back
	s.search(probes, nil)
	s.move(ids[0], misfiled) // where it is
	s.same()
	// All of several people to somebody new, some of whose templates the target has.
	t, u := s.fullTemplate(1), s.fullTemplate(2)
	a := s.enrol(nil, gallery.Enrolment{Name: "A", Templates: []gallery.Template{t, u,
		{Embedding: s.vec()}}})[0].PersonID
	b := s.enrol(nil, gallery.Enrolment{Name: "B", Templates: []gallery.Template{u}})[0].PersonID
	s.move(b, append(s.templateIDs(a), s.templateIDs(ids[3])...)...)
	s.same()
	s.search(append(probes, t.Embedding, u.Embedding), nil)
	s.search(probes, &gallery.SearchOptions{People: []int64{a, b, ids[3]}})
	// Once more before any search, so that an index has to follow several moves at once.
	s.move(a, s.templateIDs(b)[0])
	s.move(ids[4], s.templateIDs(a)...)
	s.remove(a)
	s.search(append(probes, t.Embedding), nil)
	s.same()
	// Bit-equal templates of one person: the lower id is the best, wherever it was before.
	v := s.vec()
	one, two := gallery.Template{Embedding: v, Source: gallery.Source{SHA256: photo(91)}},
		gallery.Template{Embedding: v, Source: gallery.Source{SHA256: photo(92)}}
	x := s.enrol(nil, gallery.Enrolment{Name: "first", Templates: []gallery.Template{one}})[0].PersonID
	y := s.enrol(nil, gallery.Enrolment{Name: "second", Templates: []gallery.Template{two}})[0].PersonID
	s.search([][]float32{v}, nil)
	low := s.templateIDs(x)[0]
	s.move(y, low)
	got := s.search([][]float32{v}, &gallery.SearchOptions{People: []int64{y}})
	if s.tr.MinRecall == 0 && got[0][0].TemplateID != low {
		s.Errorf("best template %d, want %d", got[0][0].TemplateID, low)
	}
	for _, id := range []int64{0, -1, math.MaxInt64, a} {
		if _, err := s.e.Move(s.ctx, []int64{misfiled}, id); !errors.Is(err, gallery.ErrNoPerson) {
			s.Errorf("move to %d: %v", id, err)
		}
	}
	for _, id := range []int64{0, -1, math.MaxInt64} {
		if _, err := s.e.Move(s.ctx, []int64{misfiled, id}, b); !errors.Is(err, gallery.ErrNoTemplate) {
			s.Errorf("move template %d: %v", id, err)
		}
	}
	s.same()
	s.move(b)
}

func testMerge(s *suite) {
	c := s.crowd(12)
	probes := [][]float32{c[0], c[1], c[2], s.vec()}
	s.search(probes, nil)
	ids := s.m.ids()
	s.update(ids[0], "Ada", json.RawMessage(`{"b":1,"a":"x"}`))
	s.update(ids[1], "Ada L.", json.RawMessage(`{"c":[2],"b":3}`))
	s.merge(ids[0], ids[1], ids[2], ids[1], ids[0])
	s.same()
	s.search(probes, nil)
	if p, err := s.e.Person(s.ctx, ids[0]); err != nil || p.Name != "Ada" ||
		string(p.Metadata) != `{"b":1,"a":"x","c":[2]}` {
		s.Errorf("merged: %+v, %v", p, err)
	}
	if p, err := s.e.Person(s.ctx, ids[1]); !errors.Is(err, gallery.ErrNoPerson) {
		s.Errorf("merged away: %+v, %v", p, err)
	}
	// Templates of both, people without any, and everybody at once.
	t := s.fullTemplate(1)
	a := s.enrol(nil, gallery.Enrolment{Name: "A", Templates: []gallery.Template{t, {Embedding: s.vec()}}})[0].PersonID
	b := s.enrol(nil, gallery.Enrolment{Name: "B", Metadata: json.RawMessage(`{"only":1}`),
		Templates: []gallery.Template{t}})[0].PersonID
	n := s.person("nobody yet")
	s.merge(n, a, b)
	s.same()
	s.search([][]float32{t.Embedding}, nil)
	for _, bad := range [][]int64{{a}, {0}, {-1}, {math.MaxInt64}, {ids[5], a}} {
		if _, err := s.e.Merge(s.ctx, ids[4], bad...); !errors.Is(err, gallery.ErrNoPerson) {
			s.Errorf("merge %v: %v", bad, err)
		}
	}
	if _, err := s.e.Merge(s.ctx, b, ids[5]); !errors.Is(err, gallery.ErrNoPerson) {
		s.Errorf("merge into somebody who is gone: %v", err)
	}
	s.same()
	s.merge(ids[4])
	s.merge(ids[4], ids[4])
	s.merge(n, s.m.ids()...)
	s.same()
	s.search(probes, nil)
}
