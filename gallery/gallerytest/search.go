package gallerytest

import (
	"errors"
	"fmt"
	"math"

	"faceid/gallery"
)

// crowd enrols n people with 1 to 4 templates each round a direction of their own, and returns the directions.
func (s *suite) crowd(n int) [][]float32 {
	s.Helper()
	centre := make([][]float32, n)
	e := make([]gallery.Enrolment, n)
	for i := range e {
		centre[i] = s.vec()
		e[i].Name = fmt.Sprintf("person %d", i)
		for range 1 + s.r.IntN(4) {
			e[i].Templates = append(e[i].Templates,
				gallery.Template{Embedding: s.near(centre[i], 0.3/math.Sqrt(float64(s.dim)))})
		}
	}
	s.enrol(nil, e...)
	return centre
}

func testSearchOrder(s *suite) {
	c := s.crowd(60)
	probes := [][]float32{}
	for _, v := range c[:20] {
		probes = append(probes, s.near(v, 0.3/math.Sqrt(float64(s.dim))), s.vec())
	}
	s.search(probes, nil)
	for _, k := range []int{0, 1, 2, 7, 59, 60, 61, 100000} {
		s.search(probes[:10], &gallery.SearchOptions{K: k})
	}
	if _, err := s.e.Search(s.ctx, probes, &gallery.SearchOptions{K: -1}); err == nil {
		s.Fatal("K = -1 was accepted")
	}
	if _, err := s.e.Search(s.ctx, probes, &gallery.SearchOptions{Rank: 9}); err == nil {
		s.Fatal("Rank = 9 was accepted")
	}
}

// Bit-equal templates of several people: the order is by person id, and the cut at K respects it.
func testSearchTies(s *suite) {
	s.crowd(5)
	v := s.vec()
	var ids []int64
	for i := range 30 {
		ids = append(ids, s.person(fmt.Sprintf("twin %d", i), s.vec(), v))
	}
	if s.tr.MinRecall > 0 {
		s.search([][]float32{v}, &gallery.SearchOptions{K: 10})
		return
	}
	for _, k := range []int{1, 2, 10, 29, 30, 35} {
		got, err := s.e.Search(s.ctx, [][]float32{v}, &gallery.SearchOptions{K: k})
		s.must(err)
		for i := range min(k, 30) {
			if got[0][i].PersonID != ids[i] {
				s.Fatalf("k %d, match %d: person %d, want %d", k, i, got[0][i].PersonID, ids[i])
			}
		}
	}
	// Two equal templates of one person with different photos: the lower id is the best template.
	t := gallery.Template{Embedding: v, Source: gallery.Source{SHA256: photo(1)}}
	u := t
	u.Source.SHA256 = photo(2)
	id := s.enrol(nil, gallery.Enrolment{Name: "double", Templates: []gallery.Template{t, u}})[0].PersonID
	got, err := s.e.Search(s.ctx, [][]float32{v}, &gallery.SearchOptions{People: []int64{id}})
	s.must(err)
	for t, err := range s.e.Templates(s.ctx, id) {
		s.must(err)
		if t.ID != got[0][0].TemplateID {
			s.Fatalf("best template %d, want %d", got[0][0].TemplateID, t.ID)
		}
		break
	}
}

func testSearchSubset(s *suite) {
	c := s.crowd(40)
	ids := s.m.ids()
	probes := [][]float32{s.near(c[0], 0.01), s.vec(), s.vec()}
	for _, people := range [][]int64{nil, {}, {ids[3]}, {ids[9], ids[2], ids[9], ids[39]},
		{ids[39] + 5, -1, 0, math.MaxInt64}, {ids[1], ids[39] + 5}, ids[5:25], ids} {
		for _, k := range []int{1, 5, 50} {
			for _, rank := range []gallery.Rank{gallery.RankBest, gallery.RankMean} {
				s.search(probes, &gallery.SearchOptions{K: k, Rank: rank, People: people})
			}
		}
	}
	// The caller's list is left as it was.
	list := []int64{ids[9], ids[2], ids[9]}
	s.search(probes, &gallery.SearchOptions{People: list})
	if list[0] != ids[9] || list[1] != ids[2] {
		s.Fatalf("search changed the caller's list to %v", list)
	}
}

func testSearchMean(s *suite) {
	// One good and one bad template against two middling ones: the ranks differ.
	a := s.person("one good", s.axis(0), s.axis(1))
	b := s.person("two fair", s.axis(0, 2), s.axis(0, 3))
	probe := [][]float32{s.axis(0)}
	if got := s.search(probe, nil); s.tr.MinRecall == 0 && got[0][0].PersonID != a {
		s.Fatalf("best: %v", got)
	}
	if got := s.search(probe, &gallery.SearchOptions{Rank: gallery.RankMean}); s.tr.MinRecall == 0 &&
		got[0][0].PersonID != b {
		s.Fatalf("mean: %v", got)
	}
	c := s.crowd(40)
	s.search([][]float32{c[0], c[1], s.vec()}, &gallery.SearchOptions{Rank: gallery.RankMean, K: 15})
}

func testSearchProbes(s *suite) {
	s.crowd(30)
	// A probe's length does not matter, whatever it is.
	v := s.vec()
	u, err := gallery.Unit(v, s.dim)
	s.must(err)
	probes := [][]float32{v}
	for _, f := range []float32{1e-30, 1e-3, 2, 1e30} {
		w := make([]float32, s.dim)
		for i := range w {
			w[i] = u[i] * f
		}
		probes = append(probes, w)
	}
	s.search(probes, nil)
	// Many probes at once answer as one at a time.
	var many [][]float32
	for range 70 {
		many = append(many, s.vec())
	}
	got := s.search(many, &gallery.SearchOptions{K: 5})
	for i := range many[:10] {
		one := s.search(many[i:i+1], &gallery.SearchOptions{K: 5})
		for j := range one[0] {
			if s.tr.MinRecall == 0 && one[0][j] != got[i][j] {
				s.Fatalf("probe %d, match %d: alone %v, among others %v", i, j, one[0][j], got[i][j])
			}
		}
	}
	// Scores stay in [-1, 1], also for a template against itself and its opposite.
	for i := range 50 {
		v := s.vec()
		id := s.person(fmt.Sprintf("self %d", i), v)
		neg := make([]float32, s.dim)
		for j := range v {
			neg[j] = -v[j]
		}
		s.search([][]float32{v, neg}, &gallery.SearchOptions{People: []int64{id}})
	}
}

func testCancelled(s *suite) {
	s.crowd(5)
	ctx, cancel := contextWithCancel(s.ctx)
	cancel()
	id := s.m.ids()[0]
	_, err := s.e.Info(ctx)
	s.cancelled("info", err)
	_, err = s.e.Enrol(ctx, []gallery.Enrolment{{Name: "Eve", Templates: []gallery.Template{{Embedding: s.vec()}}}},
		nil)
	s.cancelled("enrol", err)
	_, err = s.e.Find(ctx, "person 1")
	s.cancelled("find", err)
	_, err = s.e.Person(ctx, id)
	s.cancelled("person", err)
	s.cancelled("update", s.e.Update(ctx, gallery.Person{ID: id, Name: "Eve"}))
	s.cancelled("remove", s.e.Remove(ctx, id))
	ts := s.templateIDs(id)
	s.cancelled("remove templates", s.e.RemoveTemplates(ctx, ts...))
	_, err = s.e.Move(ctx, ts, s.m.ids()[1])
	s.cancelled("move", err)
	_, err = s.e.Merge(ctx, id, s.m.ids()[1])
	s.cancelled("merge", err)
	_, err = s.e.Search(ctx, [][]float32{s.vec()}, nil)
	s.cancelled("search", err)
	for _, err = range s.e.People(ctx) {
		break
	}
	s.cancelled("people", err)
	for _, err = range s.e.Templates(ctx, 0) {
		break
	}
	s.cancelled("templates", err)
	for _, err = range s.e.Sources(ctx, 0) {
		break
	}
	s.cancelled("sources", err)
	s.same()
}

func (s *suite) cancelled(what string, err error) {
	s.Helper()
	if !errors.Is(err, errCancelled) {
		s.Errorf("%s with a cancelled context: %v", what, err)
	}
}

func testClosed(s *suite) {
	s.crowd(3)
	s.must(s.e.Close())
	s.must(s.e.Close())
	if _, err := s.e.Info(s.ctx); !errors.Is(err, gallery.ErrClosed) {
		s.Errorf("info: %v", err)
	}
	if _, err := s.e.Enrol(s.ctx, []gallery.Enrolment{{Name: "Eve"}}, nil); !errors.Is(err, gallery.ErrClosed) {
		s.Errorf("enrol: %v", err)
	}
	if _, err := s.e.Search(s.ctx, [][]float32{s.vec()}, nil); !errors.Is(err, gallery.ErrClosed) {
		s.Errorf("search: %v", err)
	}
	if _, err := s.e.Person(s.ctx, 1); !errors.Is(err, gallery.ErrClosed) {
		s.Errorf("person: %v", err)
	}
	for _, err := range s.e.Sources(s.ctx, 0) {
		if !errors.Is(err, gallery.ErrClosed) {
			s.Errorf("sources: %v", err)
		}
	}
	if err := s.e.Remove(s.ctx, 1); !errors.Is(err, gallery.ErrClosed) {
		s.Errorf("remove: %v", err)
	}
	if err := s.e.RemoveTemplates(s.ctx, 1); !errors.Is(err, gallery.ErrClosed) {
		s.Errorf("remove templates: %v", err)
	}
	if _, err := s.e.Move(s.ctx, []int64{1}, 2); !errors.Is(err, gallery.ErrClosed) {
		s.Errorf("move: %v", err)
	}
	if _, err := s.e.Merge(s.ctx, 1, 2); !errors.Is(err, gallery.ErrClosed) {
		s.Errorf("merge: %v", err)
	}
	n := 0
	for _, err := range s.e.People(s.ctx) {
		if n++; !errors.Is(err, gallery.ErrClosed) {
			s.Errorf("people: %v", err)
		}
	}
	if n != 1 {
		s.Errorf("people: %d answers, want one error", n)
	}
}
