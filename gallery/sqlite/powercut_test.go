package sqlite_test

import (
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"faceid/gallery"
	"faceid/gallery/sqlite"
)

// TestIndexOfRemoved searches with an index that still has a removed person and claims to be current, as a
// power cut may leave it: the index is made anew. Where the store itself lacks people, that is tried once only.
func TestIndexOfRemoved(t *testing.T) {
	const dim, n = 8, 1500 // more than a chunk of the index
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "g")
	rebuilds := 0
	reopen := func() *sqlite.Store {
		s, err := sqlite.Open(path, &sqlite.Options{Model: model(dim), Create: true, Progress: func(done, total int) {
			if done == total {
				rebuilds++
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	s := reopen()
	r := rand.New(rand.NewPCG(9, 1))
	var e []gallery.Enrolment
	for i := range n {
		e = append(e, gallery.Enrolment{Name: fmt.Sprint(i),
			Templates: []gallery.Template{{Embedding: randVec(r, dim)}}})
	}
	if _, err := s.Enrol(ctx, e, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Prepare(ctx); err != nil {
		t.Fatal(err)
	}
	index := func() []byte {
		b, err := os.ReadFile(path + ".index")
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	before := index()
	if err := s.Remove(ctx, 5); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	const head = 4096
	if err := os.WriteFile(path+".index", append(index()[:head:head], before[head:]...), 0o600); err != nil {
		t.Fatal(err)
	}
	if rep, err := sqlite.Check(ctx, path); err != nil || !rep.OK() || rep.Index != "damaged" {
		t.Errorf("check: %+v, %v", rep, err)
	}
	s, rebuilds = reopen(), 0
	probe := [][]float32{e[4].Templates[0].Embedding} // of person 5
	for range 2 {
		got, err := s.Search(ctx, probe, nil)
		if err != nil {
			t.Fatal(err)
		}
		if m := got[0][0]; m.PersonID == 5 || m.Score > 0.9999 || rebuilds != 1 {
			t.Fatalf("found %v after %d rebuilds", m, rebuilds)
		}
	}
	s.Close()

	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`DELETE FROM person WHERE id = 6`); err != nil { // and not the templates
		t.Fatal(err)
	}
	s, rebuilds = reopen(), 0
	for range 3 {
		if got, err := s.Search(ctx, [][]float32{e[5].Templates[0].Embedding},
			nil); !errors.Is(err, gallery.ErrDamaged) {
			t.Fatalf("%v, %v", got, err)
		}
	}
	if rebuilds != 1 {
		t.Errorf("the index of a damaged gallery was made %d times", rebuilds)
	}
}
