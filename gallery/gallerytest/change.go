package gallerytest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"faceid/gallery"
)

var errCancelled = context.Canceled

func contextWithCancel(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithCancel(ctx)
}

// update changes a person in the engine and in the oracle.
func (s *suite) update(id int64, name string, metadata json.RawMessage) {
	s.Helper()
	s.must(s.e.Update(s.ctx, gallery.Person{ID: id, Name: name, Metadata: metadata}))
	m, err := gallery.CompactMetadata(metadata)
	s.must(err)
	s.m.people[id].name, s.m.people[id].metadata = name, m
}

// remove removes people from the engine and from the oracle.
func (s *suite) remove(id ...int64) {
	s.Helper()
	s.must(s.e.Remove(s.ctx, id...))
	for _, i := range id {
		delete(s.m.people, i)
	}
}

func testUpdate(s *suite) {
	a, b := s.person("Ada", s.vec(), s.vec()), s.person("Bob", s.vec())
	s.update(a, "Ada Lovelace", json.RawMessage(`{"born": 1815}`))
	s.same()
	if ps, err := s.e.Find(s.ctx, "Ada"); err != nil || len(ps) != 0 {
		s.Fatalf("find the old name: %v, %v", ps, err)
	}
	s.search([][]float32{s.vec()}, nil) // answers with the new name
	s.update(a, "Bob", nil)             // a name somebody has, and no metadata any more
	s.same()
	if ps, err := s.e.Find(s.ctx, "Bob"); err != nil || len(ps) != 2 || ps[0].ID != a || ps[1].ID != b {
		s.Fatalf("find: %v, %v", ps, err)
	}
	for _, id := range []int64{0, -1, b + 100} {
		if err := s.e.Update(s.ctx, gallery.Person{ID: id, Name: "Eve"}); !errors.Is(err, gallery.ErrNoPerson) {
			s.Errorf("update %d: %v", id, err)
		}
	}
	s.same()
}

func testRemove(s *suite) {
	c := s.crowd(30)
	ids := s.m.ids()
	probes := [][]float32{c[0], c[29], s.vec()}
	s.search(probes, nil)
	s.remove(ids[0])
	s.same()
	if p, err := s.e.Person(s.ctx, ids[0]); !errors.Is(err, gallery.ErrNoPerson) {
		s.Errorf("a removed person: %v, %v", p, err)
	}
	s.sameSources(ids[0], nil)
	s.search(probes, nil)
	s.remove(ids[29], ids[5], ids[6])
	s.same()
	s.search(probes, &gallery.SearchOptions{People: ids})
	for _, id := range []int64{ids[0], 0, -5, ids[29] + 1000} {
		if err := s.e.Remove(s.ctx, id); !errors.Is(err, gallery.ErrNoPerson) {
			s.Errorf("remove %d: %v", id, err)
		}
	}
	s.remove(ids[7], ids[7], ids[7]) // an id given twice counts once
	s.same()
	// Neither the id of the last person nor that of a removed one comes back; model.enrol checks it.
	s.person("person 0", s.vec())
	s.remove(s.m.ids()[len(s.m.people)-1])
	s.person("newer", s.vec())
	s.remove(s.m.ids()...)
	s.same()
	s.search(probes, nil)
	s.person("newest", s.vec())
	s.same()
	s.search(probes, nil)
}

// The caller may break off, and may change the gallery while it reads.
func testIterators(s *suite) {
	s.crowd(600) // more than any page
	n := 0
	for _, err := range s.e.People(s.ctx) {
		s.must(err)
		if n++; n == 300 {
			break
		}
	}
	for _, err := range s.e.Templates(s.ctx, 0) {
		s.must(err)
		break
	}
	n = 0
	for p, err := range s.e.People(s.ctx) {
		s.must(err)
		if n++; n%50 == 1 {
			s.update(p.ID, p.Name+" again", nil)
			for t, err := range s.e.Templates(s.ctx, p.ID) {
				s.must(err)
				if t.PersonID != p.ID {
					s.Fatalf("template of %d among those of %d", t.PersonID, p.ID)
				}
			}
			s.remove(p.ID)
		}
	}
	if n < 588 {
		s.Fatalf("%d people seen", n)
	}
	s.same()
	many := gallery.Enrolment{Name: "many"}
	for range 700 {
		many.Templates = append(many.Templates, gallery.Template{Embedding: s.vec()})
	}
	id := s.enrol(nil, many)[0].PersonID
	s.same()
	s.sameSources(id, s.sameTemplates(id))
	for _, err := range s.e.Sources(s.ctx, 0) {
		s.must(err)
		break
	}
}

func testLarge(s *suite) {
	e := make([]gallery.Enrolment, s.tr.Large)
	for i := range e {
		e[i] = gallery.Enrolment{Name: fmt.Sprintf("p%d", i), Templates: []gallery.Template{{Embedding: s.vec()}}}
	}
	s.enrol(nil, e...)
	s.info()
	probes := make([][]float32, 20)
	for i := range probes {
		probes[i] = s.near(e[s.r.IntN(len(e))].Templates[0].Embedding, 0.02)
	}
	s.search(probes, &gallery.SearchOptions{K: 5})
}

// testRandom is a walk of random operations against the oracle.
func testRandom(s *suite) {
	photos := 0
	some := func() int64 {
		ids := s.m.ids()
		if len(ids) == 0 {
			return 0
		}
		return ids[s.r.IntN(len(ids))]
	}
	name := func() string { return goodNames[s.r.IntN(12)] }
	template := func() gallery.Template {
		t := gallery.Template{Embedding: s.vec()}
		if s.r.IntN(3) > 0 {
			photos++
			t = s.fullTemplate(max(0, photos-s.r.IntN(5))) // now and then a photo seen before
			t.Source.Box = [4]float32{}
		}
		return t
	}
	for op := range s.tr.Operations {
		id := some()
		switch x := s.r.IntN(20); {
		case x < 8 || id == 0:
			var e []gallery.Enrolment
			for range 1 + s.r.IntN(4) {
				p := gallery.Enrolment{Name: name()}
				if s.r.IntN(3) == 0 && id != 0 {
					p = gallery.Enrolment{PersonID: id}
				}
				if s.r.IntN(4) == 0 {
					p.Metadata = json.RawMessage(fmt.Sprintf(`{"op":%d}`, op))
				}
				for range s.r.IntN(4) {
					p.Templates = append(p.Templates, template())
				}
				e = append(e, p)
			}
			s.enrol(&gallery.EnrolOptions{NewPeople: s.r.IntN(4) == 0}, e...)
		case x < 10:
			s.update(id, name(), json.RawMessage(fmt.Sprintf(`{"updated":%d}`, op)))
		case x < 12:
			s.remove(id, some())
		case x == 12:
			if ts := s.templateIDs(id); len(ts) > 0 {
				ts = ts[s.r.IntN(len(ts)):]
				if s.r.IntN(3) == 0 {
					s.removeTemplates(ts...)
				} else {
					s.move(some(), ts...)
				}
			}
		case x == 13:
			s.merge(id, some(), some())
		case x == 14:
			if _, err := s.e.Enrol(s.ctx, []gallery.Enrolment{{Name: name(), Templates: []gallery.Template{template(),
				{}}}}, nil); err == nil {
				s.Fatal("an enrolment without embedding was accepted")
			}
		default:
			o := &gallery.SearchOptions{K: s.r.IntN(12), Rank: gallery.Rank(s.r.IntN(2))}
			if s.r.IntN(3) == 0 {
				o.People = []int64{some(), some(), some()}
			}
			probes := [][]float32{s.vec()}
			if p := s.m.people[id]; len(p.templates) > 0 {
				probes = append(probes, p.templates[0].Embedding, s.near(p.templates[0].Embedding, 0.05))
			}
			s.search(probes, o)
		}
		if op%50 == 0 {
			s.same()
		}
	}
	s.same()
}
