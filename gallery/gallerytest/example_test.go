package gallerytest_test

import (
	"path/filepath"
	"testing"

	"faceid/gallery"
	"faceid/gallery/gallerytest"
	"faceid/gallery/sqlite"
)

// open makes an empty engine, here SQLite's in the place of one's own.
func open(t *testing.T) gallery.Engine {
	model := gallery.Model{Name: "toy", SHA256: "ab12", Dim: 16, Views: "plain"}
	g, err := sqlite.Open(filepath.Join(t.TempDir(), "people.db"), &sqlite.Options{Model: &model, Create: true})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// conformance is the one test that an engine's author writes, named TestConformance there: the suite is the
// specification. An engine that searches approximately says so with Traits.MinRecall.
func conformance(t *testing.T) {
	gallerytest.Run(t, open, &gallerytest.Traits{Operations: 200})
}

func Example() {
	var _ func(*testing.T) = conformance
}
