package gallerytest

import (
	"encoding/json"
	"errors"
	"strings"

	"faceid/gallery"
)

// Names that are names, however odd; each is a person of its own.
var goodNames = []string{
	"Ada", "ada", "Ada  Lovelace", "Ada Lovelace", "Ada_Lovelace", "Ada-Lovelace", "a",
	"Zoë", "Zoe", "李小龍", "محمد", "👩‍🔬 Grace 🏳️‍🌈", "Ωmega", "O'Brien", `"quoted"`, "a;DROP TABLE person;--",
	"%", "_", "*", "?", "{\"name\":1}", "../../etc/passwd", `C:\x`, "null", "0", "the", "AND", "NOT a", "-",
	"\ufffd", "\U0010ffff",
	strings.Repeat("n", 1000), strings.Repeat("😀", 250), strings.Repeat("n", 999),
}

// badNames are refused.
var badNames = []string{"", "\xff", "a\xc3", "\x00", "a\x00b", "line\nbreak", "tab\tor", "\x7f", "\u0085", " ",
	"\u00a0", "#3", "#", "\u202eright-to-left",
	"zero\u200bwidth", strings.Repeat("n", 1001), strings.Repeat("😀", 250) + "a"}

func testNames(s *suite) {
	for _, n := range goodNames {
		s.person(n, s.vec())
	}
	s.same()
	for _, n := range goodNames {
		ps, err := s.e.Find(s.ctx, n)
		s.must(err)
		if want := s.m.named(n); len(ps) != 1 || len(want) != 1 || ps[0].ID != want[0] || ps[0].Name != n {
			s.Errorf("find %q: %v", n, ps)
		}
	}
	// What reads the same is the same.
	ada, zoe := s.m.named("Ada")[0], s.m.named("Zoë")[0]
	for n, id := range map[string]int64{" Ada": ada, "Ada\t": ada, "\u00a0Ada\u3000": ada, "Zoe\u0308": zoe} {
		got, err := s.e.Enrol(s.ctx, []gallery.Enrolment{{Name: n}}, nil)
		s.must(err)
		if got[0].PersonID != id || got[0].Created {
			s.Errorf("enrol %q: %+v, want person %d", n, got, id)
		}
		p, err := s.e.Person(s.ctx, id)
		s.must(err)
		p.Name = n
		s.must(s.e.Update(s.ctx, p))
	}
	s.same()
	id := s.m.ids()[0]
	for _, n := range badNames {
		if _, err := s.e.Enrol(s.ctx, []gallery.Enrolment{{Name: n}}, nil); !errors.Is(err, gallery.ErrName) {
			s.Errorf("enrol %q: %v", n, err)
		}
		if err := s.e.Update(s.ctx, gallery.Person{ID: id, Name: n}); !errors.Is(err, gallery.ErrName) {
			s.Errorf("update %q: %v", n, err)
		}
		if ps, err := s.e.Find(s.ctx, n); err != nil || len(ps) != 0 {
			s.Errorf("find %q: %v, %v", n, ps, err)
		}
	}
	s.same()
}

func testNameOptions(s *suite) {
	unique, fresh := &gallery.EnrolOptions{UniqueName: true}, &gallery.EnrolOptions{NewPeople: true}
	s.enrol(unique, gallery.Enrolment{Name: "Ada", Templates: []gallery.Template{{Embedding: s.vec()}}})
	for _, e := range [][]gallery.Enrolment{{{Name: "Ada"}}, {{Name: "New"}, {Name: "New"}},
		{{Name: "New"}, {Name: "Ada"}}} {
		if _, err := s.e.Enrol(s.ctx, e, unique); !errors.Is(err, gallery.ErrNameTaken) {
			s.Fatalf("enrol %v: %v", e, err)
		}
		s.same()
	}
	if _, err := s.e.Enrol(s.ctx, []gallery.Enrolment{{Name: "Ada"}}, &gallery.EnrolOptions{UniqueName: true,
		NewPeople: true}); !errors.Is(err, gallery.ErrNameTaken) {
		s.Fatalf("unique and new: %v", err)
	}
	v := s.vec()
	two := gallery.Enrolment{Name: "Ada", Templates: []gallery.Template{{Embedding: v}}}
	s.enrol(fresh, two, two)
	s.same()
	ps, err := s.e.Find(s.ctx, "Ada")
	s.must(err)
	if len(ps) != 3 || ps[0].ID >= ps[1].ID || ps[1].ID >= ps[2].ID {
		s.Fatalf("find: %v", ps)
	}
	// By name the one with the lowest id is extended.
	s.enrol(nil, gallery.Enrolment{Name: "Ada", Templates: []gallery.Template{{Embedding: s.vec()}}})
	s.same()
	s.search([][]float32{v}, nil)
}

func testMetadata(s *suite) {
	id := s.person("Ada", s.vec())
	deep := strings.Repeat(`{"a":`, 500) + "1" + strings.Repeat("}", 500)
	for _, m := range []string{`{}`, ` { "a" : "\u0000<>&" } `, deep, `{"a":"` + strings.Repeat("x", 1<<20-8) +
		`"}`, `{"a":1,"a":2}`} {
		s.enrol(nil, gallery.Enrolment{PersonID: id, Metadata: json.RawMessage(m)})
		s.same()
	}
	for _, m := range []string{``, `null`, `[]`, `1`, `"x"`, `{`, `{}{}`, `{"a":}`, "{\"a\":\"\xff\"}",
		`{"a":"` + strings.Repeat("x", 1<<20-7) + `"}`} {
		raw := append(json.RawMessage{}, m...)
		if _, err := s.e.Enrol(s.ctx, []gallery.Enrolment{{PersonID: id, Metadata: raw}},
			nil); !errors.Is(err, gallery.ErrMetadata) {
			s.Errorf("enrol %.40q: %v", m, err)
		}
		if err := s.e.Update(s.ctx, gallery.Person{ID: id, Name: "Ada",
			Metadata: raw}); !errors.Is(err, gallery.ErrMetadata) {
			s.Errorf("update %.40q: %v", m, err)
		}
	}
	s.same()
}
