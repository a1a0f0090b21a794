package sqlite_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"faceid/gallery"
	"faceid/gallery/flat"
	"faceid/gallery/sqlite"
	"faceid/internal/hint"
)

// TestForeignIndex puts files of other kinds at the index's path, before a gallery is made, before it is opened and
// while it is open: nothing replaces or removes them, and whoever needs the index hears of it.
func TestForeignIndex(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	other := filepath.Join(dir, "other") // another gallery, of whom somebody would be sorely missed
	s := open(t, other, 8)
	if _, err := s.Enrol(ctx, []gallery.Enrolment{{Name: "Ada",
		Templates: []gallery.Template{{Embedding: []float32{1, 2, 3, 4, 5, 6, 7, 8}}}}}, nil); err != nil {
		t.Fatal(err)
	}
	s.Close()
	second, err := os.ReadFile(other)
	if err != nil {
		t.Fatal(err)
	}
	for name, foreign := range map[string][]byte{"gallery": second, "text": []byte("dear diary"),
		"photo": []byte("\xff\xd8\xff")} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "g")
			index := path + ".index"
			put := func() { // as another program would save it
				t.Helper()
				if err := os.WriteFile(path+".tmp", foreign, 0o600); err != nil {
					t.Fatal(err)
				}
				if err := os.Rename(path+".tmp", index); err != nil {
					t.Fatal(err)
				}
			}
			unharmed := func(what string, err error) {
				t.Helper()
				if !errors.Is(err, flat.ErrNotIndex) || hint.Of(err) == "" || !strings.Contains(err.Error(), index) {
					t.Errorf("%s: %v, hint %q", what, err, hint.Of(err))
				}
				if b, err := os.ReadFile(index); err != nil || !bytes.Equal(b, foreign) {
					t.Fatalf("%s: the file is lost: %d bytes, %v", what, len(b), err)
				}
			}
			put()
			_, err := sqlite.Open(path, &sqlite.Options{Model: model(8), Create: true})
			unharmed("create", err)
			if _, err := os.Stat(path); err == nil {
				t.Error("a gallery that cannot be opened was made")
			}
			if err := os.Remove(index); err != nil {
				t.Fatal(err)
			}
			s := open(t, path, 8)
			if _, err := s.Enrol(ctx, []gallery.Enrolment{{Name: "Bob",
				Templates: []gallery.Template{{Embedding: []float32{8, 7, 6, 5, 4, 3, 2, 1}}}}, {Name: "Eve"}},
				nil); err != nil {
				t.Fatal(err)
			}
			put()
			_, err = s.Search(ctx, [][]float32{{1, 1, 1, 1, 1, 1, 1, 1}}, nil)
			unharmed("search", err)
			unharmed("remove", s.Remove(ctx, 2))
			unharmed("compact", s.Compact(ctx))
			if i, err := s.Info(ctx); err != nil || i.People != 1 {
				t.Errorf("%+v, %v", i, err)
			}
			s.Close()
			if rep, err := sqlite.Check(ctx, path); err != nil || rep.OK() ||
				!strings.Contains(rep.Problems[0], index) {
				t.Errorf("check: %+v, %v", rep, err)
			}
			_, err = sqlite.Open(path, nil)
			unharmed("open", err)
			if err := os.Remove(index); err != nil {
				t.Fatal(err)
			}
			s = open(t, path, 8)
			if got, err := s.Search(ctx, [][]float32{{1, 1, 1, 1, 1, 1, 1, 1}}, nil); err != nil || len(got[0]) != 1 {
				t.Errorf("without it: %v, %v", got, err)
			}
			put() // in the place of an index in use
			if _, err := s.Search(ctx, [][]float32{{1, 1, 1, 1, 1, 1, 1, 1}}, nil); err != nil {
				t.Errorf("what is open is still right: %v", err)
			}
			if _, err := s.Enrol(ctx, []gallery.Enrolment{{Name: "Zoe",
				Templates: []gallery.Template{{Embedding: []float32{0, 0, 0, 0, 0, 0, 0, 1}}}}}, nil); err != nil {
				t.Fatal(err)
			}
			_, err = s.Search(ctx, [][]float32{{1, 1, 1, 1, 1, 1, 1, 1}}, nil)
			unharmed("search after a change", err)
		})
	}
}
