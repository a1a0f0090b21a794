package rejection

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"faceid/gallery"
	"faceid/gallery/sqlite"
	"faceid/internal/deptest"
)

// plain is an engine that is not a gallery.Seeker.
type plain struct{ gallery.Engine }

// slow counts by reading everybody.
func slow(ctx context.Context, e gallery.Engine) (t Tally, examples []int64, err error) {
	has := map[int64]int{}
	for x, err := range e.Sources(ctx, 0) {
		if err != nil {
			return t, nil, err
		}
		has[x.PersonID]++
	}
	examples = []int64{}
	for p, err := range e.People(ctx) {
		switch n := has[p.ID]; {
		case err != nil:
			return t, nil, err
		case Is(p):
			t.Examples++
			examples = append(examples, p.ID)
		default:
			t.People++
			t.Templates += n
			if n == 0 {
				t.Empty++
			}
		}
	}
	return t, examples, nil
}

// TestCount: whatever is done to a gallery, counts are those of a reader of everybody; also by a second process, which
// did not make the change.
func TestCount(t *testing.T) {
	ctx := t.Context()
	m := gallery.Model{Name: "m", SHA256: strings.Repeat("7", 64), Dim: 3, Views: "plain"}
	path := filepath.Join(t.TempDir(), "g.db")
	s, err := sqlite.Open(path, &sqlite.Options{Create: true, Model: &m})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	beside, err := sqlite.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer beside.Close()
	seed := uint64(time.Now().UnixNano() % 1e6)
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	unit := func() gallery.Template {
		return gallery.Template{Embedding: []float32{1, rng.Float32(), rng.Float32()}}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var most Tally
	for step := range 200 {
		var people []gallery.Person
		for p, err := range s.People(ctx) {
			must(err)
			people = append(people, p)
		}
		var templates []int64
		for x, err := range s.Sources(ctx, 0) {
			must(err)
			templates = append(templates, x.ID)
		}
		name := []string{"Ada", "not", "not ", "nothing", "notă", "ignored", "ignored too"}[rng.IntN(7)] +
			fmt.Sprint(step%9)
		switch what := rng.IntN(9); {
		case what < 2 || len(people) < 2 || len(templates) == 0:
			x := gallery.Enrolment{Name: name}
			for range rng.IntN(3) {
				x.Templates = append(x.Templates, unit())
			}
			_, err := s.Enrol(ctx, []gallery.Enrolment{x}, nil)
			must(err)
		case what < 5:
			x := Example{Not: name}
			if what == 4 {
				x = Example{Ignore: true}
			}
			p, err := x.Entry(0)
			must(err)
			one := gallery.Enrolment{Name: p.Name, Metadata: p.Metadata, Templates: []gallery.Template{unit()}}
			_, err = s.Enrol(ctx, []gallery.Enrolment{one}, &gallery.EnrolOptions{NewPeople: true})
			must(err)
		case what == 5:
			must(s.RemoveTemplates(ctx, templates[rng.IntN(len(templates))]))
		case what == 6:
			must(s.Remove(ctx, people[rng.IntN(len(people))].ID))
		case what == 7:
			_, err := s.Move(ctx, templates[:1], people[rng.IntN(len(people))].ID)
			must(err)
		default: // a name without its metadata, or metadata with another name
			p := people[rng.IntN(len(people))]
			if p.Name = name; rng.IntN(2) == 0 {
				p.Metadata = []byte(fmt.Sprintf(`{"faceid:not":%q}`, strings.TrimPrefix(name, not)))
			}
			must(s.Update(ctx, p))
		}
		want, examples, err := slow(ctx, s)
		must(err)
		for _, e := range []gallery.Engine{s, beside, s} {
			if _, got, err := Count(ctx, e); err != nil || got != want {
				t.Fatalf("step %d: %+v, %v; want %+v", step, got, err, want)
			}
			i, err := Info(ctx, e)
			if err != nil || i.People != want.Known() || i.Templates != want.Templates {
				t.Fatalf("step %d: %+v, %v; want %+v", step, i, err, want)
			}
		}
		for _, e := range []gallery.Engine{s, plain{s}} {
			if got, err := All(ctx, e); err != nil || !slices.Equal(got, examples) {
				t.Fatalf("step %d: %v, %v; want %v", step, got, err, examples)
			}
		}
		most = Tally{max(most.People, want.People), max(most.Empty, want.Empty), max(most.Templates, want.Templates),
			max(most.Examples, want.Examples)}
	}
	if most.People < 5 || most.Empty < 1 || most.Templates < 5 || most.Examples < 5 {
		t.Errorf("too little happened: %+v", most)
	}
}

func TestTally(t *testing.T) {
	for want, tally := range map[string]Tally{
		"0 people, 0 templates":    {},
		"1 person, 1000 templates": {People: 1, Templates: 1000},
		"9 people, 12 templates, 1 person without a photo, 2 examples of whom a face is not": {10, 1, 12, 2},
	} {
		if got := tally.String(); got != want {
			t.Errorf("%+v: %q, want %q", tally, got, want)
		}
	}
}

func TestWalls(t *testing.T) {
	deptest.Ours(t, "who is nobody is told by names and metadata alone", "./gallery", "./internal/words",
		"./internal/f32", "./internal/hint", "./internal/npy", "./internal/gemm")
	deptest.Unreached(t, map[string]string{
		"net/http":                    "no network",
		"github.com/mattn/go-sqlite3": "any engine will do",
	})
}
