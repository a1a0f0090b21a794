package sqlite_test

import (
	"path/filepath"
	"testing"

	"faceid/gallery"
	"faceid/gallery/gallerytest"
	"faceid/gallery/sqlite"
)

// model returns a contract for tests.
func model(dim int) *gallery.Model {
	return &gallery.Model{Name: "test", SHA256: "00ff", Dim: dim, Views: "plain"}
}

// open opens or creates the gallery at path.
func open(t testing.TB, path string, dim int) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(path, &sqlite.Options{Model: model(dim), Create: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestConformance(t *testing.T) {
	for _, dim := range []int{8, 24} {
		t.Run(map[int]string{8: "dim=8", 24: "dim=24"}[dim], func(t *testing.T) {
			gallerytest.Run(t, func(t *testing.T) gallery.Engine {
				return open(t, filepath.Join(t.TempDir(), "g.faceid"), dim)
			}, nil)
		})
	}
}
