package curate

import (
	"os"
	"path/filepath"
	"testing"

	"faceid/embed"
	"faceid/gallery"
	"faceid/internal/golden"
	"faceid/models"
	"faceid/recognize"
)

// open opens a Recognizer that is closed with the test, and its pipeline; the test is skipped where no models are set
// up.
func open(t *testing.T, o recognize.Options) (*recognize.Recognizer, *recognize.Pipeline) {
	t.Helper()
	o.Models = &models.Options{Offline: true}
	r, err := recognize.Open(t.Context(), &o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	p, err := r.Pipeline(t.Context())
	if err != nil && os.Getenv("FACEID_REQUIRE_ORT") != "1" {
		t.Skipf("models are not set up (make setup): %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r, p
}

// lfw are photos of people of LFW, so many of each.
func lfw(t *testing.T, people, photos int) [][]string {
	t.Helper()
	paths, err := golden.LFW(people, photos)
	if err != nil {
		t.Fatal(err)
	}
	if paths == nil {
		t.Skip("LFW is not at hand (FACEID_SHARED)")
	}
	return paths
}

// templates are of people of LFW whose photos are all good enough, so many of each.
func templates(t *testing.T, p *recognize.Pipeline, people, photos int) [][]gallery.Template {
	t.Helper()
	var out [][]gallery.Template
	for _, of := range lfw(t, people+6, photos) {
		var list []gallery.Template
		for photo := range p.Run(t.Context(), embed.Files(of...)) {
			if f, err := recognize.OneFace(photo, recognize.SeveralMain); err == nil && recognize.TooPoor(f) == nil {
				list = append(list, recognize.TemplateOf(photo, f))
			}
		}
		if len(list) == photos && len(out) < people {
			out = append(out, list)
		}
	}
	if len(out) < people {
		t.Fatalf("%d people of %d", len(out), people)
	}
	return out
}

// gallery makes a gallery in a new folder.
func newGallery(t *testing.T) (*recognize.Recognizer, *recognize.Pipeline, gallery.Engine) {
	t.Helper()
	r, p := open(t, recognize.Options{Gallery: filepath.Join(t.TempDir(), "g.db")})
	e, err := r.GalleryFor(t.Context(), p.Model())
	if err != nil {
		t.Fatal(err)
	}
	return r, p, e
}
