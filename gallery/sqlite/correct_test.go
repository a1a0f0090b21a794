package sqlite_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"faceid/gallery"
	"faceid/gallery/sqlite"
	"faceid/internal/golden"
)

// TestMoveMeanwhile searches, by another connection, for a template that goes to and fro between two people: it is
// found as one of them at any moment.
func TestMoveMeanwhile(t *testing.T) {
	const dim = 8
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "g")
	s, other := open(t, path, dim), open(t, path, dim)
	v := []float32{1, 2, 3, 4, 5, 6, 7, 8}
	away := []float32{8, -7, 6, -5, 4, -3, 2, -1}
	r := rand.New(rand.NewPCG(5, 1))
	a := gallery.Enrolment{Name: "A", Templates: []gallery.Template{{Embedding: v}}}
	ids := []int64{1}
	for range 3000 { // for the index to be busy with
		a.Templates = append(a.Templates, gallery.Template{Embedding: randVec(r, dim)})
		ids = append(ids, int64(len(a.Templates)))
	}
	got, err := s.Enrol(ctx, []gallery.Enrolment{a, {Name: "B"},
		{Name: "C", Templates: []gallery.Template{{Embedding: away}}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan bool)
	var wg sync.WaitGroup
	for _, g := range []*sqlite.Store{s, other} {
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-done:
					return
				default:
				}
				m, err := g.Search(ctx, [][]float32{v}, &gallery.SearchOptions{K: 1})
				if err != nil || len(m[0]) != 1 || m[0][0].Score < 0.999 || m[0][0].Name == "C" {
					t.Errorf("search %d: %v, %v", n, m, err)
					return
				}
			}
		})
	}
	moves := 10
	if testing.Short() {
		moves = 3
	}
	for i := range moves {
		if m, err := s.Move(ctx, ids, got[(i+1)%2].PersonID); err != nil || m.Templates != len(ids) {
			t.Errorf("move %d: %+v, %v", i, m, err)
			break
		}
	}
	close(done)
	wg.Wait()
}

// TestUpgrade checks a gallery of version 1 as it is, and corrects it with its index of that time.
func TestUpgrade(t *testing.T) {
	ctx := t.Context()
	path := golden.Copy(t, "formats", "gallery-1.faceid")
	if err := os.WriteFile(path+".index", golden.Read(t, "formats", "gallery-1.faceid.index"), 0o600); err != nil {
		t.Fatal(err)
	}
	if rep, err := sqlite.Check(ctx, path); err != nil || !rep.OK() || rep.Index != "current" {
		t.Errorf("check: %+v, %v", rep, err)
	}
	if b, err := os.ReadFile(path); err != nil || !bytes.Equal(b, golden.Read(t, "formats", "gallery-1.faceid")) {
		t.Error("check changed a file of version 1")
	}
	s, err := sqlite.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var all []gallery.Template
	for x, err := range s.Templates(ctx, 0) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, x)
	}
	last := all[len(all)-1].PersonID
	if m, err := s.Move(ctx, []int64{all[0].ID}, last); err != nil || m.Templates != 1 {
		t.Fatalf("%+v, %v", m, err)
	}
	found, err := s.Search(ctx, [][]float32{all[0].Embedding}, &gallery.SearchOptions{People: []int64{last}})
	if err != nil || found[0][0].TemplateID != all[0].ID || found[0][0].Score < 0.999 {
		t.Errorf("%v, %v", found, err)
	}
	if rep, err := sqlite.Check(ctx, path); err != nil || !rep.OK() || rep.Index != "current" {
		t.Errorf("check: %+v, %v", rep, err)
	}
}
