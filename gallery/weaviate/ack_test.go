//go:build unix

package weaviate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"faceid/gallery"
)

// between puts a proxy before each host of the configuration. refuse (or nil) sees each request with its body and says
// whether it is answered with 500 instead; edit (or nil) may change an answer. host counts from 0.
func between(t *testing.T, cfg Config, refuse func(host int, r *http.Request, body string) bool,
	edit func(host int, r *http.Request, body []byte) []byte) Config {
	t.Helper()
	hosts := cfg.Hosts
	cfg.Hosts = nil
	for i, h := range hosts {
		p := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: h})
		p.ModifyResponse = func(resp *http.Response) error {
			if edit == nil {
				return nil
			}
			b, err := io.ReadAll(resp.Body)
			if err != nil {
				return err
			}
			b = edit(i, resp.Request, b)
			resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
			resp.Header.Del("Content-Length")
			return nil
		}
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Header.Del("Accept-Encoding")
			b, _ := io.ReadAll(r.Body)
			if refuse != nil && refuse(i, r, string(b)) {
				http.Error(w, `{"error":[{"message":"refused by the test"}]}`, http.StatusInternalServerError)
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(b))
			p.ServeHTTP(w, r)
		}))
		t.Cleanup(s.Close)
		cfg.Hosts = append(cfg.Hosts, strings.TrimPrefix(s.URL, "http://"))
	}
	return cfg
}

// unitTemplate is a template as it is stored, whose UUID can be told.
func unitTemplate(r *rand.Rand, dim int) gallery.Template {
	v, err := gallery.Unit(direction(r, dim), dim)
	if err != nil {
		panic(err)
	}
	return gallery.Template{Embedding: v}
}

func templatesOf(t *testing.T, g *Gallery, id int64) []gallery.Template {
	t.Helper()
	var out []gallery.Template
	for x, err := range g.Templates(t.Context(), id) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, x)
	}
	return out
}

// What an Enrol that died left on one replica is a duplicate to the next, but acknowledged only once it is written
// again.
func TestDuplicateOnOneReplica(t *testing.T) {
	cfg := config(t, cluster(t))
	g := openTest(t, cfg, 16)
	r := rand.New(rand.NewPCG(1, 1))
	one, two := unitTemplate(r, 16), unitTemplate(r, 16)
	out, err := g.Enrol(t.Context(), []gallery.Enrolment{{Name: "Ada", Templates: []gallery.Template{one, two}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	id := out[0].PersonID
	before := templatesOf(t, g, id)
	lost := templateUUID(id, &one)

	var mu sync.Mutex
	var written []string // bodies of batches
	note := func(_ int, r *http.Request, body string) bool {
		mu.Lock()
		defer mu.Unlock()
		if r.URL.Path == "/v1/batch/objects" {
			written = append(written, body)
		}
		return false
	}
	cfg.Hosts = cfg.Hosts[:2]
	behind := between(t, cfg, note, func(host int, r *http.Request, body []byte) []byte {
		if host == 0 || r.URL.Path != "/v1/objects" {
			return body
		}
		var list struct {
			Objects []map[string]any `json:"objects"`
		}
		if err := json.Unmarshal(body, &list); err != nil {
			t.Error(err)
		}
		kept := []map[string]any{}
		for _, o := range list.Objects {
			if o["id"] != lost {
				kept = append(kept, o)
			}
		}
		b, _ := json.Marshal(map[string]any{"objects": kept})
		return b
	})
	again, err := openTest(t, behind, 16).Enrol(t.Context(),
		[]gallery.Enrolment{{Name: "Ada", Templates: []gallery.Template{one, two}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if again[0].PersonID != id || again[0].Added != 0 || again[0].Duplicates != 2 {
		t.Errorf("%+v", again[0])
	}
	if len(written) != 1 || !strings.Contains(written[0], lost) ||
		strings.Contains(written[0], templateUUID(id, &two)) {
		t.Errorf("written %q, want %s only", written, lost)
	}
	after := templatesOf(t, g, id)
	if len(after) != 2 || after[0].ID != before[0].ID || after[1].ID != before[1].ID ||
		!after[0].Created.Equal(before[0].Created) {
		t.Errorf("%v, before %v", after, before)
	}
	for i := range after[0].Embedding {
		if after[0].Embedding[i] != before[0].Embedding[i] {
			t.Fatal("the embedding has other bits")
		}
	}
	// At ALL a list from one host proves nothing.
	cfg.Consistency = "ALL"
	written = nil
	again, err = openTest(t, between(t, cfg, note, nil), 16).Enrol(t.Context(),
		[]gallery.Enrolment{{PersonID: id, Templates: []gallery.Template{one, two}}}, nil)
	if err != nil || again[0].Duplicates != 2 || len(written) != 1 || !strings.Contains(written[0], lost) ||
		!strings.Contains(written[0], templateUUID(id, &two)) {
		t.Errorf("%+v, %v, written %q", again, err, written)
	}
}

// Of two that add the same template to a person one fails: what the other was told is there stays.
func TestUndoLeavesWhatOthersHave(t *testing.T) {
	cfg := config(t, cluster(t))
	b := openTest(t, cfg, 16)
	r := rand.New(rand.NewPCG(1, 1))
	out, err := b.Enrol(t.Context(), []gallery.Enrolment{{Name: "Ada"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	id := out[0].PersonID
	same, other := unitTemplate(r, 16), unitTemplate(r, 16)
	cfg.Retry = time.Second
	var meanwhile sync.Once
	a := openTest(t, between(t, cfg, func(_ int, r *http.Request, body string) bool {
		if r.URL.Path != "/v1/batch/objects" || !strings.Contains(body, `"Bob"`) {
			return false
		}
		meanwhile.Do(func() { // templates are written, people are not
			out, err := b.Enrol(t.Context(), []gallery.Enrolment{{PersonID: id, Templates: []gallery.Template{same}}},
				nil)
			if err != nil || out[0].Added+out[0].Duplicates != 1 {
				t.Errorf("%+v, %v", out, err)
			}
			if err := b.Update(t.Context(), gallery.Person{ID: id, Name: "Ada Lovelace",
				Metadata: []byte(`{"b":2}`)}); err != nil {
				t.Error(err)
			}
		})
		return true
	}, nil), 16)
	if _, err := a.Enrol(t.Context(), []gallery.Enrolment{
		{PersonID: id, Metadata: []byte(`{"a":1}`), Templates: []gallery.Template{same}},
		{Name: "Bob", Templates: []gallery.Template{other}},
	}, nil); !errors.Is(err, ErrUnavailable) {
		t.Fatalf("%v", err)
	}
	if ts := templatesOf(t, b, id); len(ts) != 1 {
		t.Errorf("%d templates, want 1", len(ts))
	}
	if found, err := b.Find(t.Context(), "Ada Lovelace"); err != nil || len(found) != 1 ||
		string(found[0].Metadata) != `{"b":2}` {
		t.Errorf("what another process changed meanwhile: %v, %v", found, err)
	}
	if i, err := b.Info(t.Context()); err != nil || i.People != 1 || i.Templates != 1 {
		t.Errorf("new people should go with their templates: %+v, %v", i, err)
	}
}

// By id or by name, two Enrols of one person wait for each other.
func TestEnrolLocksPeople(t *testing.T) {
	g := openTest(t, config(t, cluster(t)), 16)
	out, err := g.Enrol(t.Context(), []gallery.Enrolment{{Name: "Ada"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	id := out[0].PersonID
	free := g.working.hold("id", idTexts([]int64{id}))
	for _, e := range []gallery.Enrolment{{Name: "Ada"}, {PersonID: id}} {
		done := make(chan error, 1)
		go func() {
			out, err := g.Enrol(t.Context(), []gallery.Enrolment{e}, nil)
			if err == nil && out[0].PersonID != id {
				err = fmt.Errorf("%+v", out)
			}
			done <- err
		}()
		select {
		case <-done:
			free()
			t.Fatalf("%+v did not wait", e)
		case <-time.After(300 * time.Millisecond):
		}
		free()
		if err := <-done; err != nil {
			t.Error(err)
		}
		free = g.working.hold("id", idTexts([]int64{id}))
	}
	free()
	// Many at once, each way: nobody waits for ever.
	var wg sync.WaitGroup
	for i := range 20 {
		r := rand.New(rand.NewPCG(1, uint64(i)))
		e := []gallery.Enrolment{{Name: "Ada", Templates: []gallery.Template{unitTemplate(r, 16)}},
			{Name: "Bob"}, {PersonID: id}}
		if i%2 == 1 {
			e[0], e[2] = gallery.Enrolment{PersonID: id, Templates: e[0].Templates}, gallery.Enrolment{Name: "Ada"}
		}
		wg.Go(func() {
			if _, err := g.Enrol(t.Context(), e, nil); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if ts := templatesOf(t, g, id); len(ts) != 20 || len(g.working.m) != 0 {
		t.Errorf("%d templates, want 20; %d locks left", len(ts), len(g.working.m))
	}
	if found, err := g.Find(t.Context(), "Bob"); err != nil || len(found) != 1 {
		t.Errorf("%v, %v", found, err)
	}
}
