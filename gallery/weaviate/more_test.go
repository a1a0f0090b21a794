//go:build unix

package weaviate

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"faceid/gallery"
	"faceid/internal/hint"
)

func TestModelContract(t *testing.T) {
	cfg := config(t, cluster(t))
	if _, err := OpenConfig(t.Context(), cfg, nil); !errors.Is(err, ErrNoGallery) || hint.Of(err) == "" {
		t.Fatalf("nothing there: %v", err)
	}
	if _, err := OpenConfig(t.Context(), cfg, &Options{Create: true}); err == nil {
		t.Fatal("created without a model")
	}
	// Several create at once: one gallery.
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if _, err := OpenConfig(t.Context(), cfg, &Options{Model: testModel(16), Create: true}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	g, err := OpenConfig(t.Context(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	if i, err := g.Info(t.Context()); err != nil || i.Model != *testModel(16) || i.Engine != "weaviate" || i.Exact {
		t.Fatalf("%+v, %v", i, err)
	}
	for _, f := range []func(*gallery.Model){
		func(m *gallery.Model) { m.SHA256 = strings.Repeat("cd", 32) }, func(m *gallery.Model) { m.Dim++ },
		func(m *gallery.Model) { m.Views = "mirrored" },
	} {
		m := testModel(16)
		f(m)
		if _, err := OpenConfig(t.Context(), cfg,
			&Options{Model: m, Create: true}); !errors.Is(err, gallery.ErrModel) || hint.Of(err) == "" {
			t.Errorf("%+v: %v", m, err)
		}
	}
}

// How many copies there are is the collection's to say, not the URL's.
func TestReplicas(t *testing.T) {
	for _, n := range []int{3, 1} {
		cfg := config(t, cluster(t))
		cfg.Replicas = n
		openTest(t, cfg, 16)
		cfg.Replicas = 0
		g := openTest(t, cfg, 16)
		if want := n/2 + 1; g.c.Replicas != n || g.c.readers() != want {
			t.Errorf("%d replicas and %d hosts asked, want %d and %d", g.c.Replicas, g.c.readers(), n, want)
		}
		cfg.Replicas = 2
		if _, err := OpenConfig(t.Context(), cfg,
			&Options{Model: testModel(16), Create: true}); !errors.Is(err, ErrReplicas) || hint.Of(err) == "" {
			t.Errorf("opened with 2 of %d: %v", n, err)
		}
	}
	cfg := config(t, cluster(t))
	cfg.Replicas = 0
	if g := openTest(t, cfg, 16); g.c.Replicas != 1 {
		t.Errorf("%d replicas by default, want 1", g.c.Replicas)
	}
}

// A name that many have fills several pages, of hosts that hold people in different orders.
func TestManyOfOneName(t *testing.T) {
	cfg := config(t, cluster(t))
	cfg.Consistency = "ALL" // one host per page
	g := openTest(t, cfg, 16)
	e := make([]gallery.Enrolment, 3500)
	for i := range e {
		e[i].Name = "unknown"
	}
	out, err := g.Enrol(t.Context(), e, &gallery.EnrolOptions{NewPeople: true})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		found, err := g.Find(t.Context(), "unknown")
		if err != nil || len(found) != len(out) {
			t.Fatalf("%d people, %v, want %d", len(found), err, len(out))
		}
		for i, p := range found {
			if p.ID != out[i].PersonID {
				t.Fatalf("%d. is %d, want %d", i, p.ID, out[i].PersonID)
			}
		}
	}
}

// Two processes are two Galleries: nothing is shared but the cluster.
func TestTwoProcesses(t *testing.T) {
	cfg := config(t, cluster(t))
	a, b := openTest(t, cfg, 16), openTest(t, cfg, 16)
	r := rand.New(rand.NewPCG(1, 1))
	v := direction(r, 16)
	// A unique name, fought for.
	for round := range 5 {
		name := "unique " + string(rune('a'+round))
		var wg sync.WaitGroup
		var errs [2]error
		for i, g := range []*Gallery{a, b} {
			wg.Go(func() {
				_, errs[i] = g.Enrol(t.Context(), []gallery.Enrolment{{Name: name,
					Templates: []gallery.Template{{Embedding: v}}}}, &gallery.EnrolOptions{UniqueName: true})
			})
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			switch {
			case err == nil:
				won++
			case !errors.Is(err, gallery.ErrNameTaken):
				t.Fatal(err)
			}
		}
		ps, err := a.Find(t.Context(), name)
		if err != nil || len(ps) != won || won > 1 {
			t.Fatalf("%d acknowledged, found %v, %v", won, ps, err)
		}
	}
	// One person extended by both at once: nothing lost, and the same photo once.
	out, err := a.Enrol(t.Context(), []gallery.Enrolment{{Name: "shared"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	id := out[0].PersonID
	var wg sync.WaitGroup
	for i, g := range []*Gallery{a, b} {
		ts := []gallery.Template{{Embedding: v}} // both
		r := rand.New(rand.NewPCG(2, uint64(i)))
		for range 10 {
			ts = append(ts, gallery.Template{Embedding: direction(r, 16)})
		}
		wg.Go(func() {
			for _, x := range ts {
				if _, err := g.Enrol(t.Context(), []gallery.Enrolment{{PersonID: id, Templates: []gallery.Template{x}}},
					nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for _, g := range []*Gallery{a, b} {
		n := 0
		for _, err := range g.Templates(t.Context(), id) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != 21 {
			t.Errorf("%d templates, want 21", n)
		}
	}
	// What one removes the other does not find.
	if err := a.Remove(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	m, err := b.Search(t.Context(), [][]float32{v}, &gallery.SearchOptions{People: []int64{id}})
	if err != nil || len(m[0]) != 0 {
		t.Errorf("%v, %v", m, err)
	}
}

// The key is sent, a refusal is not repeated, and a redirect not followed.
func TestAPIKey(t *testing.T) {
	var asked []string
	var mu sync.Mutex
	answer := http.StatusUnauthorized
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, r.Header.Get("Authorization"))
		if answer == http.StatusFound {
			http.Redirect(w, r, "http://elsewhere.invalid/", answer)
			return
		}
		http.Error(w, `{"error":[{"message":"no"}]}`, answer)
	}))
	defer s.Close()
	t.Setenv("FACEID_WEAVIATE_API_KEY", "secret")
	url := Scheme + strings.TrimPrefix(s.URL, "http://") + "/Faces?retry=200ms&timeout=1s"
	_, err := Open(t.Context(), url, nil)
	if !errors.Is(err, ErrRefused) || hint.Of(err) == "" || strings.Contains(err.Error(), "secret") {
		t.Errorf("%v", err)
	}
	mu.Lock()
	if len(asked) != 1 || asked[0] != "Bearer secret" {
		t.Errorf("asked %q", asked)
	}
	answer = http.StatusFound
	mu.Unlock()
	if _, err := Open(t.Context(), url, nil); !errors.Is(err, ErrUnavailable) {
		t.Errorf("redirected: %v", err)
	}
}
