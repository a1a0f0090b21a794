//go:build unix

package weaviate

import (
	"crypto/sha256"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"

	"faceid/gallery"
)

// A host that missed a deletion and a move still finds the templates where they were; a search does not.
func TestSearchOnHostBehind(t *testing.T) {
	cfg := config(t, cluster(t))
	cfg.Hosts = cfg.Hosts[:2] // both are asked
	// The second host answers every search as it did the first time.
	const name = "Faceid-Test-Search"
	var mu sync.Mutex
	first, replayed := map[string][]byte{}, 0
	g := openTest(t, between(t, cfg, func(host int, r *http.Request, body string) bool {
		if host == 1 && strings.Contains(body, "nearVector") {
			r.Header.Set(name, fmt.Sprintf("%x", sha256.Sum256([]byte(body))))
		}
		return false
	}, func(_ int, r *http.Request, body []byte) []byte {
		mu.Lock()
		defer mu.Unlock()
		key := r.Header.Get(name)
		if key == "" {
			return body
		}
		if b, ok := first[key]; ok {
			replayed++
			return b
		}
		first[key] = body
		return body
	}), 16)

	r := rand.New(rand.NewPCG(11, 28))
	gone, moved := unitTemplate(r, 16), unitTemplate(r, 16)
	out, err := g.Enrol(t.Context(), []gallery.Enrolment{
		{Name: "Ada", Templates: []gallery.Template{gone, moved, unitTemplate(r, 16)}},
		{Name: "Bob", Templates: []gallery.Template{unitTemplate(r, 16)}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	probes := [][]float32{gone.Embedding, moved.Embedding}
	both := []gallery.SearchOptions{{}, {Rank: gallery.RankMean}}
	for _, o := range both {
		if got, err := g.Search(t.Context(), probes, &o); err != nil || len(got[0]) != 2 {
			t.Fatalf("%v, %v", got, err)
		}
	}
	for _, x := range templatesOf(t, g, out[0].PersonID) {
		switch x.Key() {
		case gone.Key():
			err = g.RemoveTemplates(t.Context(), x.ID)
		case moved.Key():
			_, err = g.Move(t.Context(), []int64{x.ID}, out[1].PersonID)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, o := range both {
		got, err := g.Search(t.Context(), probes, &o)
		if err != nil {
			t.Fatal(err)
		}
		for i, probe := range probes {
			if len(got[i]) != 2 {
				t.Errorf("rank %v, probe %d: %v", o.Rank, i, got[i])
			}
			for _, m := range got[i] {
				if want := slowScore(t, g, m.PersonID, probe, o.Rank); math.Abs(float64(m.Score)-want) > 1e-5 {
					t.Errorf("rank %v, probe %d: %q scores %v, want %v", o.Rank, i, m.Name, m.Score, want)
				}
			}
		}
	}
	if replayed != 6 {
		t.Errorf("%d searches were answered from the past, want 6", replayed)
	}
}

// slowScore is the best score or the mean over the templates that are listed.
func slowScore(t *testing.T, g *Gallery, person int64, probe []float32, rank gallery.Rank) float64 {
	best, sum := math.Inf(-1), 0.0
	ts := templatesOf(t, g, person)
	for _, x := range ts {
		var s float64
		for i, v := range x.Embedding {
			s += float64(v) * float64(probe[i])
		}
		best, sum = max(best, s), sum+s
	}
	if rank == gallery.RankMean {
		return sum / float64(len(ts))
	}
	return best
}
