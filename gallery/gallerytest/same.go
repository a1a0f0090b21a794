package gallerytest

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"faceid/gallery"
)

// same compares everything the engine holds with the oracle.
func (s *suite) same() {
	s.Helper()
	s.info()
	ids := s.m.ids()
	n := 0
	for p, err := range s.e.People(s.ctx) {
		s.must(err)
		if n >= len(ids) || p.ID != ids[n] {
			s.Fatalf("people: got id %d at place %d of %v", p.ID, n, ids)
		}
		s.samePerson(p, s.m.people[p.ID])
		n++
	}
	if n != len(ids) {
		s.Fatalf("people: got %d, want %d", n, len(ids))
	}
	var all []gallery.Template
	for _, id := range ids {
		p, err := s.e.Person(s.ctx, id)
		s.must(err)
		s.samePerson(p, s.m.people[id])
		all = append(all, s.sameTemplates(id)...)
	}
	s.sameSources(0, all)
}

// sameSources expects Sources to yield these templates without their vectors.
func (s *suite) sameSources(personID int64, want []gallery.Template) {
	s.Helper()
	n := 0
	for t, err := range s.e.Sources(s.ctx, personID) {
		s.must(err)
		if n == len(want) {
			s.Fatalf("sources of %d: more than the %d templates", personID, n)
		}
		w := want[n]
		if t.Embedding != nil || t.Trunk != nil {
			s.Fatalf("sources of %d: template %d comes with vectors", personID, t.ID)
		}
		if t.ID != w.ID || t.PersonID != w.PersonID || t.Quality != w.Quality || t.Source != w.Source ||
			!t.Created.Equal(w.Created) {
			s.Fatalf("sources of %d: got %+v, want %+v", personID, t, w)
		}
		n++
	}
	if n != len(want) {
		s.Fatalf("sources of %d: %d, want %d", personID, n, len(want))
	}
}

func (s *suite) samePerson(p gallery.Person, w *person) {
	s.Helper()
	if p.ID != w.id || p.Name != w.name || !bytes.Equal(p.Metadata, w.metadata) ||
		(p.Metadata == nil) != (w.metadata == nil) {
		s.Fatalf("person: got %+v, want %+v", p, *w)
	}
	if p.Created.IsZero() || p.Updated.Before(p.Created) {
		s.Fatalf("person %d: created %v, updated %v", p.ID, p.Created, p.Updated)
	}
}

// sameTemplates compares a person's templates with the oracle's, in order of enrolment, and returns them.
func (s *suite) sameTemplates(id int64) (all []gallery.Template) {
	s.Helper()
	want := s.m.people[id].templates
	n, last := 0, int64(0)
	byKey := make(map[[16]byte]gallery.Template)
	for _, w := range want {
		byKey[w.Key()] = w
	}
	for t, err := range s.e.Templates(s.ctx, id) {
		s.must(err)
		if t.ID <= last || t.PersonID != id || t.Created.IsZero() {
			s.Fatalf("template of %d: id %d after %d, person %d, created %v", id, t.ID, last, t.PersonID, t.Created)
		}
		last, all = t.ID, append(all, t)
		w, ok := byKey[t.Key()]
		if !ok && s.tr.MinRecall > 0 && n < len(want) { // its database may renormalise
			w, ok = want[n], true
		}
		if !ok {
			s.Fatalf("template %d of person %d is none of those enrolled", t.ID, id)
		}
		sameTemplate(s.T, t, w, s.tr.MinRecall == 0)
		n++
	}
	if n != len(want) {
		s.Fatalf("person %d has %d templates, want %d", id, n, len(want))
	}
	return all
}

func sameTemplate(t *testing.T, got, want gallery.Template, exact bool) {
	t.Helper()
	if got.Quality != want.Quality || got.Source != want.Source {
		t.Fatalf("template %d: got %+v %+v, want %+v %+v", got.ID, got.Quality, got.Source, want.Quality, want.Source)
	}
	if len(got.Embedding) != len(want.Embedding) || !slices.Equal(got.Trunk, want.Trunk) {
		t.Fatalf("template %d: embedding or trunk feature differs", got.ID)
	}
	for i, x := range got.Embedding {
		if d := math.Abs(float64(x - want.Embedding[i])); exact && d != 0 || d > 1e-6 {
			t.Fatalf("template %d: embedding[%d] is %v, want %v", got.ID, i, x, want.Embedding[i])
		}
	}
}
