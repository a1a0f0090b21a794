package gallerytest

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"faceid/gallery"
)

func testEmpty(s *suite) {
	s.same()
	ps, err := s.e.Find(s.ctx, "nobody")
	if err != nil || len(ps) != 0 {
		s.Fatalf("find: %v, %v", ps, err)
	}
	for t, err := range s.e.Templates(s.ctx, 0) {
		s.Fatalf("templates: %v, %v", t, err)
	}
	for t, err := range s.e.Templates(s.ctx, 7) {
		s.Fatalf("templates of nobody: %v, %v", t, err)
	}
	s.sameSources(7, nil)
	for _, id := range []int64{0, 7, -1, math.MaxInt64} {
		if p, err := s.e.Person(s.ctx, id); !errors.Is(err, gallery.ErrNoPerson) {
			s.Fatalf("person %d: %v, %v", id, p, err)
		}
	}
	s.search([][]float32{s.vec(), s.vec()}, nil)
	s.search(nil, nil)
	if got, err := s.e.Enrol(s.ctx, nil, nil); err != nil || len(got) != 0 {
		s.Fatalf("enrol nothing: %v, %v", got, err)
	}
	s.must(s.e.Remove(s.ctx))
	if err := s.e.Remove(s.ctx, 1); !errors.Is(err, gallery.ErrNoPerson) {
		s.Fatalf("remove: %v", err)
	}
}

func (s *suite) fullTemplate(n int) gallery.Template {
	return gallery.Template{
		ID: 77, PersonID: 78, // to be ignored
		Embedding: s.vec(),
		Trunk:     s.vec()[:5],
		Quality:   gallery.Quality{Score: 0.9, Size: 112.5, Sharpness: 0.25, Frontal: 0.75, Norm: 17},
		Source: gallery.Source{Path: fmt.Sprintf("фото/😀 %d.jpg", n), SHA256: photo(n),
			Box: [4]float32{-1.5, 2, 30, 40.25}},
	}
}

func testRoundTrip(s *suite) {
	s.enrol(nil, gallery.Enrolment{Name: "Ada", Metadata: json.RawMessage(` {"b": 1, "a": [true, "ä😀", 1e300]} `),
		Templates: []gallery.Template{s.fullTemplate(1), s.fullTemplate(2), {Embedding: s.vec()}}},
		gallery.Enrolment{Name: "nobody yet"}, // no templates
		gallery.Enrolment{Name: "Grace", Metadata: json.RawMessage(`{}`),
			Templates: []gallery.Template{s.fullTemplate(1)}})
	s.same()
	ps, err := s.e.Find(s.ctx, "Ada")
	s.must(err)
	if len(ps) != 1 || string(ps[0].Metadata) != `{"b":1,"a":[true,"ä😀",1e300]}` {
		s.Fatalf("find: %v", ps)
	}
	// Everybody's templates come by person and id.
	var lastPerson, last int64
	n := 0
	for t, err := range s.e.Templates(s.ctx, 0) {
		s.must(err)
		if t.PersonID < lastPerson || t.PersonID == lastPerson && t.ID <= last {
			s.Fatalf("template %d of %d after %d of %d", t.ID, t.PersonID, last, lastPerson)
		}
		lastPerson, last = t.PersonID, t.ID
		n++
	}
	if n != 4 {
		s.Fatalf("%d templates, want 4", n)
	}
	s.search([][]float32{s.vec()}, nil) // the one without templates is not found
}

func testExtend(s *suite) {
	a := s.person("Ada", s.vec())
	s.enrol(nil, gallery.Enrolment{Name: "Ada", Templates: []gallery.Template{{Embedding: s.vec()}}},
		gallery.Enrolment{PersonID: a, Name: "ignored", Metadata: json.RawMessage(`{"x":1}`),
			Templates: []gallery.Template{{Embedding: s.vec()}}},
		gallery.Enrolment{Name: "Bob", Templates: []gallery.Template{{Embedding: s.vec()}}},
		gallery.Enrolment{Name: "Bob", Templates: []gallery.Template{{Embedding: s.vec()}}}, // sees the one before
		gallery.Enrolment{Name: "Ada"}) // keeps the metadata
	s.same()
	s.enrol(nil, gallery.Enrolment{PersonID: a, Metadata: json.RawMessage(`{"y":2}`)})
	s.same()
	for _, id := range []int64{a + 100, -1, math.MaxInt64} {
		if _, err := s.e.Enrol(s.ctx, []gallery.Enrolment{{PersonID: id, Name: "Eve"}},
			nil); !errors.Is(err, gallery.ErrNoPerson) {
			s.Fatalf("extend %d: %v", id, err)
		}
	}
	s.same()
}

func testDuplicates(s *suite) {
	one := s.fullTemplate(1)
	again := one
	again.Embedding = s.vec() // another embedding of the same face
	moved := again
	moved.Source.Box[0]++
	bare := gallery.Template{Embedding: s.vec()}
	a := s.enrol(nil, gallery.Enrolment{Name: "Ada", Templates: []gallery.Template{one, again, moved, bare, bare}})
	if a[0].Added != 3 || a[0].Duplicates != 2 {
		s.Fatalf("got %+v", a[0])
	}
	s.same()
	s.enrol(nil, gallery.Enrolment{Name: "Ada", Templates: []gallery.Template{again, bare, s.fullTemplate(3)}},
		gallery.Enrolment{Name: "Bob", Templates: []gallery.Template{one, bare}}) // another person's photo is none
	s.same()
	// What comes out goes in again as a duplicate, whatever the engine did to it.
	var out []gallery.Template
	for t, err := range s.e.Templates(s.ctx, a[0].PersonID) {
		s.must(err)
		out = append(out, t)
	}
	if s.tr.MinRecall == 0 {
		s.enrol(nil, gallery.Enrolment{PersonID: a[0].PersonID, Templates: out})
		s.same()
	}
	// A negative zero is a zero.
	z := s.fullTemplate(9)
	z.Source.Box = [4]float32{0, 0, 1, 1}
	n := z
	n.Source.Box[0] = float32(math.Copysign(0, -1))
	if g := s.enrol(nil, gallery.Enrolment{Name: "Zoe", Templates: []gallery.Template{z, n}}); g[0].Duplicates != 1 {
		s.Fatalf("got %+v", g[0])
	}
}

// badVectors maps a name to a vector and the error it deserves.
func (s *suite) badVectors() map[string]struct {
	v    []float32
	want error
} {
	nan, inf, ninf := s.vec(), s.vec(), s.vec()
	nan[s.dim-1] = float32(math.NaN())
	inf[0] = float32(math.Inf(1))
	ninf[3] = float32(math.Inf(-1))
	type c = struct {
		v    []float32
		want error
	}
	return map[string]c{
		"nil":     {nil, gallery.ErrDimension},
		"short":   {s.vec()[1:], gallery.ErrDimension},
		"long":    {append(s.vec(), 1), gallery.ErrDimension},
		"zero":    {make([]float32, s.dim), gallery.ErrZeroVector},
		"NaN":     {nan, gallery.ErrNotFinite},
		"+Inf":    {inf, gallery.ErrNotFinite},
		"-Inf":    {ninf, gallery.ErrNotFinite},
		"-0":      {negZero(s.dim), gallery.ErrZeroVector},
		"all NaN": {fill(s.dim, float32(math.NaN())), gallery.ErrNotFinite},
	}
}

func negZero(n int) []float32 { return fill(n, float32(math.Copysign(0, -1))) }

func fill(n int, x float32) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = x
	}
	return v
}

func testVectors(s *suite) {
	a := s.person("Ada", s.axis(0))
	for name, c := range s.badVectors() {
		e := []gallery.Enrolment{{Name: "Eve", Templates: []gallery.Template{{Embedding: s.vec()}, {Embedding: c.v}}}}
		if _, err := s.e.Enrol(s.ctx, e, nil); !errors.Is(err, c.want) {
			s.Errorf("enrol %s: %v", name, err)
		}
		if _, err := s.e.Search(s.ctx, [][]float32{s.vec(), c.v}, nil); !errors.Is(err, c.want) {
			s.Errorf("search %s: %v", name, err)
		}
	}
	s.same()
	trunk := fill(4, float32(math.NaN()))
	if _, err := s.e.Enrol(s.ctx, []gallery.Enrolment{{PersonID: a, Templates: []gallery.Template{{Embedding: s.vec(),
		Trunk: trunk}}}}, nil); !errors.Is(err, gallery.ErrNotFinite) {
		s.Errorf("enrol NaN trunk: %v", err)
	}
	// The largest and the smallest floats have a direction too.
	s.person("large", fill(s.dim, math.MaxFloat32))
	s.person("small", fill(s.dim, math.SmallestNonzeroFloat32))
	half := make([]float32, s.dim)
	half[1] = -math.SmallestNonzeroFloat32
	s.person("minus", half)
	s.same()
	s.search([][]float32{fill(s.dim, 1), half, fill(s.dim, -math.MaxFloat32)}, nil)
	// The caller's slices are not kept and not changed.
	v := s.axis(2)
	v[2] = 5
	b := s.person("Bob", v)
	if v[2] != 5 {
		s.Fatal("enrol changed the caller's vector")
	}
	v[2], v[3] = 0, 1
	if got := s.search([][]float32{s.axis(2)}, &gallery.SearchOptions{K: 1}); got[0][0].PersonID != b {
		s.Fatalf("got %v", got)
	}
}

func testSources(s *suite) {
	bad := func(f func(*gallery.Template)) {
		s.Helper()
		t := s.fullTemplate(1)
		f(&t)
		if _, err := s.e.Enrol(s.ctx, []gallery.Enrolment{{Name: "Ada", Templates: []gallery.Template{t}}},
			nil); !errors.Is(err, gallery.ErrSource) {
			s.Errorf("enrol %+v %+v: %v", t.Source, t.Quality, err)
		}
	}
	bad(func(t *gallery.Template) { t.Source.SHA256 = "ab" })
	bad(func(t *gallery.Template) { t.Source.SHA256 = strings.Repeat("A", 64) })
	bad(func(t *gallery.Template) { t.Source.SHA256 = strings.Repeat("g", 64) })
	bad(func(t *gallery.Template) { t.Source.SHA256 += "00" })
	bad(func(t *gallery.Template) { t.Source.Path = "\xff" })
	bad(func(t *gallery.Template) { t.Source.Path = strings.Repeat("x", 1<<16+1) })
	bad(func(t *gallery.Template) { t.Source.Box[2] = float32(math.NaN()) })
	bad(func(t *gallery.Template) { t.Quality.Norm = float32(math.Inf(1)) })
	s.same()
	t := s.fullTemplate(1)
	t.Source.Path = "a\x01'\"\\\n\t ü"
	t.Quality = gallery.Quality{Score: math.SmallestNonzeroFloat32, Size: math.MaxFloat32, Sharpness: 1.0 / 3,
		Frontal: -0.1, Norm: 1e-20}
	s.enrol(nil, gallery.Enrolment{Name: "Ada", Templates: []gallery.Template{t}})
	s.same()
}

func testAllOrNothing(s *suite) {
	a := s.person("Ada", s.vec())
	good := gallery.Enrolment{Name: "Bob", Templates: []gallery.Template{{Embedding: s.vec()}}}
	change := gallery.Enrolment{PersonID: a, Metadata: json.RawMessage(`{"x":1}`),
		Templates: []gallery.Template{{Embedding: s.vec()}}}
	for _, bad := range []gallery.Enrolment{
		{Name: ""},
		{PersonID: a + 1000},
		{Name: "Eve", Metadata: json.RawMessage(`[]`)},
		{Name: "Eve", Templates: []gallery.Template{{Embedding: s.vec()}, {}}},
		{Name: "Eve", Templates: []gallery.Template{{Embedding: s.vec(), Source: gallery.Source{SHA256: "x"}}}},
	} {
		if got, err := s.e.Enrol(s.ctx, []gallery.Enrolment{good, change, bad}, nil); err == nil {
			s.Fatalf("enrol %+v: %v", bad, got)
		}
		s.same()
		s.search([][]float32{s.vec()}, nil)
	}
	if err := s.e.Remove(s.ctx, a, a+1000); !errors.Is(err, gallery.ErrNoPerson) {
		s.Fatalf("remove: %v", err)
	}
	s.same()
	s.search([][]float32{s.vec()}, nil)
}
