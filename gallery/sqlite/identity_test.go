package sqlite_test

import (
	"database/sql"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"faceid/gallery"
	"faceid/gallery/sqlite"
	"faceid/internal/hint"
)

// TestSymlink uses a gallery by its path and by links to it, before and after it is made: there is one log and one
// index, and a removal by any of them leaves nothing, waiting for a reader that came by another.
func TestSymlink(t *testing.T) {
	const dim = 16
	ctx := t.Context()
	dir := t.TempDir()
	real := filepath.Join(dir, "real")
	if err := os.Mkdir(real, 0o700); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{
		"a": filepath.Join(real, "g"), "b": "a", "folder": "real", "up": filepath.Join("folder", "..", "folder", "g"),
	} {
		if err := os.Symlink(to, filepath.Join(dir, from)); err != nil {
			t.Fatal(err)
		}
	}
	r := rand.New(rand.NewPCG(12, 12))
	v := randVec(r, dim)
	first := open(t, filepath.Join(dir, "b"), dim) // creates it where the link of the link leads
	if _, err := first.Enrol(ctx, []gallery.Enrolment{{Name: "somebody with a long name",
		Templates: []gallery.Template{{Embedding: v}}},
		{Name: "x", Templates: []gallery.Template{{Embedding: randVec(r, dim)}}}}, nil); err != nil {
		t.Fatal(err)
	}
	var last *sqlite.Store
	for _, by := range []string{"a", "folder/g", "up", "real/g"} {
		s := open(t, filepath.Join(dir, by), dim)
		got, err := s.Search(ctx, [][]float32{v}, nil)
		if err != nil || len(got[0]) != 2 {
			t.Fatalf("%s: %v, %v", by, got, err)
		}
		last = s
	}
	// A reader that came by one name holds up a removal by another, which would leave the name in the log.
	db, err := sql.Open("sqlite3", filepath.Join(dir, "b"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.QueryRow(`SELECT count(*) FROM person`).Scan(new(int)); err != nil {
		t.Fatal(err)
	}
	removed := make(chan error)
	go func() { removed <- last.Remove(ctx, 1) }()
	for { // until the removal is committed
		if ps, err := first.Find(ctx, "somebody with a long name"); err != nil || len(ps) == 0 {
			break
		}
	}
	select {
	case err := <-removed:
		t.Errorf("removed beside a reader: %v", err)
	case <-time.After(50 * time.Millisecond): // a removal that does not wait is done by then, or the test sees nothing
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-removed; err != nil {
		t.Fatal(err)
	}
	db.Close()
	for _, d := range []string{dir, real} {
		files, err := os.ReadDir(d)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if fi, err := os.Stat(filepath.Join(d, f.Name())); err == nil && fi.Mode().IsRegular() {
				if d == dir && f.Name() != "a" && f.Name() != "b" && f.Name() != "up" {
					t.Errorf("%s was made beside a link", f.Name())
				}
			}
		}
	}
	sought(t, real, map[string][]byte{"name": []byte("somebody with a long name"), "embedding": floatBytes(v)[:48]},
		false)
	if rep, err := sqlite.Check(ctx, filepath.Join(dir, "up")); err != nil || !rep.OK() || rep.Index != "current" {
		t.Errorf("check: %+v, %v", rep, err)
	}
	if err := os.Symlink("loop", filepath.Join(dir, "loop")); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(filepath.Join(dir, "loop"), &sqlite.Options{Model: model(dim), Create: true}); err == nil {
		t.Error("a link to itself was opened")
	}
}

// TestHardLink refuses a file of two names, but not one whose maker was killed before it took the other name away.
func TestHardLink(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "g")
	open(t, path, 8).Close()
	if err := os.Link(path, filepath.Join(dir, ".g-999999999-1234")); err != nil {
		t.Skipf("no hard links here: %v", err)
	}
	s, err := sqlite.Open(path, nil)
	if err != nil {
		t.Fatalf("beside the name that it was made under: %v", err)
	}
	s.Close()
	other := filepath.Join(dir, "other")
	if err := os.Link(path, other); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, other} {
		if _, err := sqlite.Open(p, nil); !errors.Is(err, gallery.ErrHardLinks) || hint.Of(err) == "" {
			t.Errorf("open: %v, hint %q", err, hint.Of(err))
		}
		if _, err := sqlite.Check(t.Context(), p); !errors.Is(err, gallery.ErrHardLinks) {
			t.Errorf("check: %v", err)
		}
	}
	if err := os.Remove(other); err != nil {
		t.Fatal(err)
	}
	open(t, path, 8)
}
