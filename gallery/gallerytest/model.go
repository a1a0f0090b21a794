package gallerytest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"

	"faceid/gallery"
)

// model is the oracle: what the gallery should hold.
type model struct {
	people map[int64]*person
	maxID  int64 // highest id ever given
}

type person struct {
	id        int64
	name      string
	metadata  json.RawMessage
	templates []gallery.Template // as they should come back, without ID and Created
}

func newModel() *model { return &model{people: make(map[int64]*person)} }

func (m *model) templates() int {
	n := 0
	for _, p := range m.people {
		n += len(p.templates)
	}
	return n
}

func (m *model) ids() []int64 { return slices.Sorted(maps.Keys(m.people)) }

// named returns the ids of those with this name, ascending.
func (m *model) named(name string) []int64 {
	var ids []int64
	for _, id := range m.ids() {
		if m.people[id].name == name {
			ids = append(ids, id)
		}
	}
	return ids
}

// enrol does what the engine should have done and compares its answer.
func (m *model) enrol(e []gallery.Enrolment, got []gallery.Enrolled, o *gallery.EnrolOptions, dim int) error {
	if o == nil {
		o = &gallery.EnrolOptions{}
	}
	e, err := gallery.NormaliseEnrolments(e, dim)
	if err != nil {
		return err
	}
	for i, x := range e {
		want := gallery.Enrolled{PersonID: x.PersonID}
		if x.PersonID == 0 {
			ids := m.named(x.Name)
			if o.UniqueName && len(ids) > 0 {
				return fmt.Errorf("enrolment %d: the name %q was taken and accepted", i, x.Name)
			}
			if len(ids) > 0 && !o.NewPeople {
				want.PersonID = ids[0]
			} else {
				want.Created, want.PersonID = true, got[i].PersonID
				if want.PersonID <= m.maxID {
					return fmt.Errorf("enrolment %d: new person got id %d, but %d was given before", i,
						want.PersonID, m.maxID)
				}
				m.maxID = want.PersonID
				m.people[want.PersonID] = &person{id: want.PersonID, name: x.Name}
			}
		}
		p := m.people[want.PersonID]
		if p == nil {
			return fmt.Errorf("enrolment %d: no person %d", i, want.PersonID)
		}
		if x.Metadata != nil {
			p.metadata = x.Metadata
		}
		for _, t := range x.Templates {
			if slices.ContainsFunc(p.templates, func(u gallery.Template) bool { return u.Key() == t.Key() }) {
				want.Duplicates++
				continue
			}
			want.Added++
			p.templates = append(p.templates, t)
		}
		if got[i] != want {
			return fmt.Errorf("enrolment %d: got %+v, want %+v", i, got[i], want)
		}
	}
	return nil
}

// search is the slow second version: float64 over everybody.
func (m *model) search(probe []float32, o gallery.SearchOptions) []gallery.Match {
	probe, err := gallery.Unit(probe, len(probe))
	if err != nil {
		panic(err)
	}
	var out []gallery.Match
	for id, p := range m.people {
		if len(p.templates) == 0 || o.People != nil && !slices.Contains(o.People, id) {
			continue
		}
		best, sum := math.Inf(-1), 0.0
		for _, t := range p.templates {
			s := dot(t.Embedding, probe)
			best = max(best, s)
			sum += s
		}
		if o.Rank == gallery.RankMean {
			best = sum / float64(len(p.templates))
		}
		out = append(out, gallery.Match{PersonID: id, Name: p.name, Score: float32(best)})
	}
	slices.SortFunc(out, func(a, b gallery.Match) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.PersonID, b.PersonID))
	})
	k := o.K
	if k == 0 {
		k = 10
	}
	return out[:min(k, len(out))]
}

func dot(a, b []float32) float64 {
	var s float64
	for i := range a {
		s += float64(a[i]) * float64(b[i])
	}
	return s
}

// tolerance of scores: 512 float32 products added in any order stay well within.
const tolerance = 1e-5

// search asks the engine and compares with the oracle.
func (s *suite) search(probes [][]float32, o *gallery.SearchOptions) [][]gallery.Match {
	s.Helper()
	got, err := s.e.Search(s.ctx, probes, o)
	if err != nil {
		s.Fatalf("search: %v", err)
	}
	if len(got) != len(probes) {
		s.Fatalf("search: %d answers for %d probes", len(got), len(probes))
	}
	opt := gallery.SearchOptions{}
	if o != nil {
		opt = *o
	}
	for i, p := range probes {
		s.compare(p, got[i], s.m.search(p, opt), opt)
	}
	return got
}

// compare checks one answer. Every match must be right in itself; the list must be the oracle's up to people whose
// scores differ by less than the tolerance, or for an approximate engine count towards recall.
func (s *suite) compare(probe []float32, got, want []gallery.Match, o gallery.SearchOptions) {
	s.Helper()
	all := o
	all.K = len(s.m.people) + 1
	truth := make(map[int64]gallery.Match)
	for _, w := range s.m.search(probe, all) {
		truth[w.PersonID] = w
	}
	seen := make(map[int64]bool)
	for i, g := range got {
		w, ok := truth[g.PersonID]
		switch {
		case !ok:
			s.Fatalf("match %d: person %d (%q) should not be found", i, g.PersonID, g.Name)
		case seen[g.PersonID]:
			s.Fatalf("match %d: person %d twice", i, g.PersonID)
		case g.Name != w.Name:
			s.Fatalf("match %d: person %d is %q, want %q", i, g.PersonID, g.Name, w.Name)
		case s.tr.MinRecall == 0 && math.Abs(float64(g.Score-w.Score)) > tolerance:
			s.Fatalf("match %d: person %d scores %v, want %v", i, g.PersonID, g.Score, w.Score)
		case !(g.Score >= -1 && g.Score <= 1):
			s.Fatalf("match %d: score %v", i, g.Score)
		case i > 0 && (g.Score > got[i-1].Score || g.Score == got[i-1].Score && g.PersonID < got[i-1].PersonID):
			s.Fatalf("match %d: %v after %v", i, g, got[i-1])
		}
		seen[g.PersonID] = true
		if o.Rank == gallery.RankBest || s.tr.MinRecall == 0 {
			s.checkTemplate(probe, g)
		}
	}
	if len(got) > len(want) {
		s.Fatalf("%d matches, want %d", len(got), len(want))
	}
	for i, w := range want {
		s.wanted++
		if seen[w.PersonID] {
			s.found++
		}
		if s.tr.MinRecall > 0 {
			continue
		}
		if i >= len(got) {
			s.Fatalf("%d matches, want %d", len(got), len(want))
		}
		if got[i].PersonID != w.PersonID && math.Abs(float64(truth[got[i].PersonID].Score-w.Score)) > tolerance {
			s.Fatalf("match %d: person %d (%v), want %d (%v)", i, got[i].PersonID, got[i].Score, w.PersonID, w.Score)
		}
	}
}

// checkTemplate checks that Match.TemplateID is the person's best template.
func (s *suite) checkTemplate(probe []float32, g gallery.Match) {
	s.Helper()
	u, err := gallery.Unit(probe, s.dim)
	s.must(err)
	best, at := math.Inf(-1), math.NaN()
	for t, err := range s.e.Templates(s.ctx, g.PersonID) {
		s.must(err)
		d := dot(t.Embedding, u)
		best = max(best, d)
		if t.ID == g.TemplateID {
			at = d
		}
	}
	if s.tr.MinRecall == 0 && !(at >= best-tolerance) || math.IsNaN(at) {
		s.Fatalf("person %d: template %d scores %v, the best %v", g.PersonID, g.TemplateID, at, best)
	}
}

func (s *suite) checkRecall() {
	if s.wanted == 0 || s.Failed() {
		return
	}
	r := float64(s.found) / float64(s.wanted)
	if s.tr.MinRecall > 0 {
		s.Logf("recall %.4f (%d of %d)", r, s.found, s.wanted)
		if r < s.tr.MinRecall {
			s.Errorf("recall %.4f, want %.4f", r, s.tr.MinRecall)
		}
	}
}
