//go:build unix

package weaviate

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"faceid/gallery"
	"faceid/gallery/weaviate/weaviatetest"
)

// TestMajorityKilled kills two of three nodes while templates are enrolled, restarts them, repairs, and looks for every
// template that was acknowledged, on every node. FACEID_SLOW=1 does so 20 times.
func TestMajorityKilled(t *testing.T) {
	rounds := 2
	if os.Getenv("FACEID_SLOW") == "1" {
		rounds = 20
	}
	c, err := weaviatetest.Start(t.Context(), server(t), t.TempDir(), 3)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Stop()
	cfg, err := ParseURL(Scheme + strings.Join(c.Hosts(), ",") + "/Faces?replicas=3&retry=2s&timeout=2s")
	if err != nil {
		t.Fatal(err)
	}
	long := cfg
	long.Timeout, long.Retry = 10*time.Second, time.Minute
	openTest(t, long, 64)
	r := rand.New(rand.NewPCG(14, 3))
	acked := map[string]int64{} // names and ids
	for round := range rounds {
		g := openTest(t, long, 64)
		g.hosts.retry, g.hosts.timeout, g.c.Retry = cfg.Retry, cfg.Timeout, cfg.Retry
		begun := make(chan bool)
		var enrol sync.WaitGroup
		enrol.Go(func() {
			for n := 0; n < 400; n++ {
				name := fmt.Sprintf("p%d-%d", round, n)
				out, err := g.Enrol(t.Context(), []gallery.Enrolment{{Name: name,
					Templates: []gallery.Template{{Embedding: direction(r, 64)}}}},
					&gallery.EnrolOptions{NewPeople: true})
				if n == 20 {
					close(begun)
				}
				if err != nil {
					break
				}
				acked[name] = out[0].PersonID
			}
		})
		<-begun
		time.Sleep(time.Duration(r.IntN(400)) * time.Millisecond)
		c.Nodes[round%3].Kill()
		c.Nodes[(round+1)%3].Kill()
		enrol.Wait()
		for i := range 2 {
			if err := c.Nodes[(round+i)%3].Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		g = openTest(t, long, 64)
		done, err := g.Repair(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("round %d: %d acknowledged, %+v", round, len(acked), done)
		again, err := g.Repair(t.Context(), nil)
		if err != nil || again.Lost != 0 {
			t.Errorf("repaired twice: %+v, %v", again, err)
		}
		there := map[int64]string{}
		for p, err := range g.People(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			there[p.ID] = p.Name
		}
		with := map[int64]int{}
		for x, err := range g.Templates(t.Context(), 0) {
			if err != nil {
				t.Fatal(err)
			}
			if with[x.PersonID]++; there[x.PersonID] == "" {
				t.Errorf("a template of nobody: %d", x.PersonID)
			}
		}
		for name, id := range acked {
			if there[id] != name || with[id] != 1 {
				t.Errorf("%s (#%d): %q with %d templates", name, id, there[id], with[id])
			}
		}
	}
}

// TestRepair: a Move that died after it wrote and before it deleted is ended, and nothing is lost or doubled.
func TestRepair(t *testing.T) {
	cfg := config(t, cluster(t))
	g := openTest(t, cfg, 16)
	r := rand.New(rand.NewPCG(14, 4))
	out, err := g.Enrol(t.Context(), []gallery.Enrolment{
		{Name: "Ada", Templates: []gallery.Template{unitTemplate(r, 16), unitTemplate(r, 16)}}, {Name: "Bob"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ada, bob := out[0].PersonID, out[1].PersonID
	moved := templatesOf(t, g, ada)[0]
	short := cfg
	short.Retry = time.Second
	dying := openTest(t, between(t, short, func(_ int, r *http.Request, _ string) bool {
		return r.Method == http.MethodDelete
	}, nil), 16)
	time.Sleep(20 * time.Millisecond) // the later is told by the server's clock, in ms
	if _, err := dying.Move(t.Context(), []int64{moved.ID}, bob); !errors.Is(err, ErrUnavailable) {
		t.Fatal(err)
	}
	if n := len(templatesOf(t, g, ada)) + len(templatesOf(t, g, bob)); n != 3 {
		t.Fatalf("%d templates, want the one that moves twice", n)
	}
	done, err := g.Repair(t.Context(), nil)
	if err != nil || done != (gallery.Repaired{Templates: 2, Doubled: 1}) {
		t.Errorf("%+v, %v", done, err)
	}
	left, has := templatesOf(t, g, ada), templatesOf(t, g, bob)
	if len(left) != 1 || len(has) != 1 || has[0].ID != moved.ID || left[0].ID == moved.ID {
		t.Errorf("%d and %d templates", len(left), len(has))
	}
	// Indexed anew, a template has the bits that it had.
	o, err := g.get(t.Context(), g.templates, templateUUID(bob, &has[0]))
	if err == nil {
		err = g.index(t.Context(), []*object{o})
	}
	if again := templatesOf(t, g, bob); err != nil || len(again) != 1 ||
		fmt.Sprint(again[0].Embedding) != fmt.Sprint(moved.Embedding) {
		t.Errorf("%v, %v", again, err)
	}
}

// TestUndoLeavesWhoWasBuiltOn: an Enrol that fails after it wrote somebody new takes them back, but not those to whom
// another process has added meanwhile.
func TestUndoLeavesWhoWasBuiltOn(t *testing.T) {
	cfg := config(t, cluster(t))
	b := openTest(t, cfg, 16)
	r := rand.New(rand.NewPCG(14, 5))
	short := cfg
	short.Retry = 3 * time.Second
	var meanwhile sync.Once
	a := openTest(t, between(t, short, func(_ int, r *http.Request, body string) bool {
		// UniqueName looks, once people are written, whether another has the name.
		if !strings.Contains(body, "nameKey") {
			return false
		}
		found, err := b.Find(t.Context(), "Ada")
		if err != nil || len(found) == 0 {
			return false
		}
		meanwhile.Do(func() {
			if _, err := b.Enrol(t.Context(), []gallery.Enrolment{{Name: "Ada",
				Templates: []gallery.Template{unitTemplate(rand.New(rand.NewPCG(14, 6)), 16)}}}, nil); err != nil {
				t.Error(err)
			}
		})
		return true
	}, nil), 16)
	_, err := a.Enrol(t.Context(), []gallery.Enrolment{
		{Name: "Ada", Templates: []gallery.Template{unitTemplate(r, 16)}},
		{Name: "Bob", Templates: []gallery.Template{unitTemplate(r, 16)}}}, &gallery.EnrolOptions{UniqueName: true})
	if !errors.Is(err, ErrUnavailable) {
		t.Fatal(err)
	}
	found, err := b.Find(t.Context(), "Ada")
	if err != nil || len(found) != 1 || len(templatesOf(t, b, found[0].ID)) != 2 {
		t.Errorf("what another process was told is there: %v, %v", found, err)
	}
	if found, err := b.Find(t.Context(), "Bob"); err != nil || len(found) != 0 {
		t.Errorf("whom nobody built on: %v, %v", found, err)
	}
	if i, err := b.Info(t.Context()); err != nil || i.People != 1 || i.Templates != 2 {
		t.Errorf("%+v, %v", i, err)
	}
}
