// Package gallerytest is the specification of gallery.Engine as a test: every engine passes it.
//
//	func TestConformance(t *testing.T) {
//		gallerytest.Run(t, func(t *testing.T) gallery.Engine { return openEmpty(t) }, nil)
//	}
//
// # Design
//
// One suite instead of one per engine, so that engines cannot drift apart. The oracle is a map of people and a
// float64 scan over their templates; random operations run against it with a seed that is printed and can be set
// by GALLERYTEST_SEED. Scores are compared to 1e-5, since engines may add in any order; the order of people is
// compared strictly wherever the oracle's scores differ by more than that, and for bit-equal templates.
package gallerytest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"faceid/gallery"
)

// Traits say what an engine cannot do; nil means the zero value, an engine that can do everything.
type Traits struct {
	// MinRecall, where above 0, says that the engine is approximate: of the people that the oracle finds, at least
	// this share must be found, over each test as a whole. 0 means that the engine is exact.
	MinRecall float64
	// Operations is the length of the random walk; 0 means 400.
	Operations int
	// Large is the number of templates in the test of large batches; 0 means 2,000.
	Large int
}

// Run runs the suite. open returns an empty engine, closed by the suite; it is called once per subtest. The dimension
// is the engine's, at least 8.
func Run(t *testing.T, open func(t *testing.T) gallery.Engine, traits *Traits) {
	if traits == nil {
		traits = &Traits{}
	}
	tr := *traits
	if tr.Operations == 0 {
		tr.Operations = 400
	}
	if tr.Large == 0 {
		tr.Large = 2000
	}
	for _, c := range []struct {
		name string
		f    func(*suite)
	}{
		{"Empty", testEmpty},
		{"RoundTrip", testRoundTrip},
		{"Extend", testExtend},
		{"Duplicates", testDuplicates},
		{"Names", testNames},
		{"NameOptions", testNameOptions},
		{"Metadata", testMetadata},
		{"Vectors", testVectors},
		{"Sources", testSources},
		{"AllOrNothing", testAllOrNothing},
		{"Update", testUpdate},
		{"Remove", testRemove},
		{"RemoveTemplates", testRemoveTemplates},
		{"Move", testMove},
		{"Merge", testMerge},
		{"Iterators", testIterators},
		{"SearchOrder", testSearchOrder},
		{"SearchTies", testSearchTies},
		{"SearchSubset", testSearchSubset},
		{"SearchMean", testSearchMean},
		{"SearchProbes", testSearchProbes},
		{"Cancelled", testCancelled},
		{"Closed", testClosed},
		{"Large", testLarge},
		{"Concurrent", testConcurrent},
		{"RandomOperations", testRandom},
	} {
		t.Run(c.name, func(t *testing.T) {
			seed := uint64(rand.Uint32())
			if s := os.Getenv("GALLERYTEST_SEED"); s != "" {
				n, err := strconv.ParseUint(s, 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				seed = n
			}
			t.Logf("seed %d (GALLERYTEST_SEED)", seed)
			e := open(t)
			defer e.Close()
			i, err := e.Info(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if i.Model.Dim < 8 {
				t.Fatalf("the engine's dimension is %d, the suite needs 8", i.Model.Dim)
			}
			if i.Exact == (tr.MinRecall > 0) {
				t.Fatalf("Info.Exact is %v, the traits' MinRecall %v", i.Exact, tr.MinRecall)
			}
			s := &suite{T: t, ctx: t.Context(), e: e, dim: i.Model.Dim, r: rand.New(rand.NewPCG(seed, 1)),
				tr: tr, m: newModel()}
			c.f(s)
			s.checkRecall()
		})
	}
}

// suite is one subtest at work.
type suite struct {
	*testing.T
	ctx context.Context
	e   gallery.Engine
	dim int
	r   *rand.Rand
	tr  Traits
	m   *model

	wanted, found int // people that the oracle found, and that the engine found too
}

func (s *suite) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// vec returns a random vector of a random length.
func (s *suite) vec() []float32 {
	v := make([]float32, s.dim)
	f := s.r.Float64()*10 + 0.1
	for i := range v {
		v[i] = float32(s.r.NormFloat64() * f)
	}
	return v
}

// axis returns the unit vector along axis i, or a sum of two.
func (s *suite) axis(i ...int) []float32 {
	v := make([]float32, s.dim)
	for _, j := range i {
		v[j] = 1
	}
	return v
}

// near returns v with noise.
func (s *suite) near(v []float32, noise float64) []float32 {
	u, err := gallery.Unit(v, len(v))
	s.must(err)
	for i := range u {
		u[i] += float32(s.r.NormFloat64() * noise)
	}
	return u
}

// photo returns the hex SHA-256 of an imaginary photo.
func photo(n int) string { return fmt.Sprintf("%064x", n) }

// enrol enrols in the engine and in the oracle and compares the answers.
func (s *suite) enrol(o *gallery.EnrolOptions, e ...gallery.Enrolment) []gallery.Enrolled {
	s.Helper()
	got, err := s.e.Enrol(s.ctx, e, o)
	if err != nil {
		s.Fatalf("enrol: %v", err)
	}
	if len(got) != len(e) {
		s.Fatalf("enrol: %d answers for %d enrolments", len(got), len(e))
	}
	s.must(s.m.enrol(e, got, o, s.dim))
	return got
}

// person enrols one person with these embeddings and returns the id.
func (s *suite) person(name string, v ...[]float32) int64 {
	s.Helper()
	e := gallery.Enrolment{Name: name}
	for _, x := range v {
		e.Templates = append(e.Templates, gallery.Template{Embedding: x})
	}
	return s.enrol(nil, e)[0].PersonID
}

// info compares the counts with the oracle's.
func (s *suite) info() {
	s.Helper()
	i, err := s.e.Info(s.ctx)
	s.must(err)
	if p, t := len(s.m.people), s.m.templates(); i.People != p || i.Templates != t {
		s.Fatalf("info: %d people, %d templates; want %d, %d", i.People, i.Templates, p, t)
	}
}
