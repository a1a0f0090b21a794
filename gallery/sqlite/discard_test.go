package sqlite_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"faceid/gallery"
	"faceid/gallery/sqlite"
	"faceid/internal/hint"
)

// TestDiscard: a gallery that was made for nothing goes again, with all its files, and no other does.
func TestDiscard(t *testing.T) {
	ctx := t.Context()
	ada := []gallery.Enrolment{{Name: "Ada", Templates: []gallery.Template{
		{Embedding: []float32{1, 2, 3, 4, 5, 6, 7, 8}}}}}
	for name, c := range map[string]struct {
		before func(t *testing.T, path string, s *sqlite.Store)
		gone   bool
	}{
		"for nothing": {func(*testing.T, string, *sqlite.Store) {}, true},
		"searched": {func(t *testing.T, _ string, s *sqlite.Store) {
			if _, err := s.Search(ctx, [][]float32{ada[0].Templates[0].Embedding}, nil); err != nil {
				t.Error(err)
			}
		}, true},
		"refused": {func(t *testing.T, _ string, s *sqlite.Store) {
			if _, err := s.Enrol(ctx, []gallery.Enrolment{{Name: "Ada", Templates: []gallery.Template{{}}}},
				nil); err == nil {
				t.Error("accepted")
			}
		}, true},
		"enrolled": {func(t *testing.T, _ string, s *sqlite.Store) {
			if _, err := s.Enrol(ctx, ada, nil); err != nil {
				t.Error(err)
			}
		}, false},
		"enrolled and removed": {func(t *testing.T, _ string, s *sqlite.Store) {
			if _, err := s.Enrol(ctx, ada, nil); err != nil {
				t.Error(err)
			}
			if err := s.Remove(ctx, 1); err != nil {
				t.Error(err)
			}
		}, false},
		"in use": {func(t *testing.T, path string, _ *sqlite.Store) { open(t, path, 8) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "g")
			s, err := sqlite.Open(path, &sqlite.Options{Model: model(8), Create: true})
			if err != nil {
				t.Fatal(err)
			}
			c.before(t, path, s)
			if err := s.Discard(); err != nil {
				t.Fatal(err)
			}
			files, err := os.ReadDir(dir)
			if err != nil || (len(files) == 0) != c.gone {
				t.Errorf("%v, %v", files, err)
			}
			if c.gone {
				return
			}
			if s, err = sqlite.Open(path, &sqlite.Options{Model: model(8), Create: true}); err != nil {
				t.Fatal(err)
			}
			if err := s.Discard(); err != nil { // which it did not make
				t.Error(err)
			}
			if rep, err := sqlite.Check(ctx, path); err != nil || !rep.OK() {
				t.Errorf("check: %+v, %v", rep, err)
			}
		})
	}
}

// TestDiscardRace has some enrol into a gallery that others make and discard: whatever is acknowledged is there.
func TestDiscardRace(t *testing.T) {
	ctx := t.Context()
	for range 30 {
		path := filepath.Join(t.TempDir(), "g")
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				if s, err := sqlite.Open(path, &sqlite.Options{Model: model(8), Create: true}); err == nil {
					if err := s.Discard(); err != nil {
						t.Errorf("discard: %v", err)
					}
				}
			})
		}
		acknowledged := false
		wg.Go(func() {
			s, err := sqlite.Open(path, &sqlite.Options{Model: model(8), Create: true})
			if err != nil {
				return // it went at this moment
			}
			defer s.Close()
			_, err = s.Enrol(ctx, []gallery.Enrolment{{Name: "Ada"}}, nil)
			if acknowledged = err == nil; !acknowledged && (!errors.Is(err, fs.ErrNotExist) || hint.Of(err) == "") {
				t.Errorf("enrol: %v", err)
			}
		})
		wg.Wait()
		s, err := sqlite.Open(path, nil)
		if !acknowledged && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatalf("acknowledged %v: %v", acknowledged, err)
		}
		if ps, err := s.Find(ctx, "Ada"); err != nil || acknowledged && len(ps) != 1 {
			t.Errorf("acknowledged %v, found %v, %v", acknowledged, ps, err)
		}
		s.Close()
	}
}
