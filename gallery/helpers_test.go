package gallery_test

import (
	"testing"

	"faceid/gallery"
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
