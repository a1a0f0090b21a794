package train_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"faceid/gallery"
	"faceid/gallery/sqlite"
	"faceid/recognize"
	"faceid/recognize/train"
)

// A training set finds the model of a gallery by its checksum: its name may have been given to another one since.
func TestModelByChecksum(t *testing.T) {
	open := func(change func(*gallery.Model)) *recognize.Recognizer {
		path := filepath.Join(t.TempDir(), "g.db")
		r, err := recognize.Open(t.Context(), &recognize.Options{Gallery: path})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { r.Close() })
		e, err := r.Models().Entry(r.Models().Packs()[0].Embedder)
		if err != nil {
			t.Fatal(err)
		}
		m := gallery.Model{Name: e.Name, SHA256: e.SHA256, Dim: e.Output.Dim, Views: recognize.ViewsPlain}
		change(&m)
		s, err := sqlite.Open(path, &sqlite.Options{Model: &m, Create: true})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		v := make([]float32, m.Dim)
		v[0] = 1
		one := gallery.Template{Embedding: v, Trunk: v}
		people := []gallery.Enrolment{{Name: "Ada", Templates: []gallery.Template{one}},
			// is nobody to train on
			{Name: "not Ada", Metadata: []byte(`{"faceid:not":"Ada"}`), Templates: []gallery.Template{one}}}
		if _, err := s.Enrol(t.Context(), people, nil); err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := open(func(m *gallery.Model) { m.Name = "tuned" })
	set, err := train.FromGallery(t.Context(), r)
	if err != nil || set.Model.Name != r.Models().Packs()[0].Embedder || set.Data.Len() != 1 {
		t.Errorf("a training set of a renamed model: %+v, %v", set, err)
	}
	var m *recognize.ModelError
	r = open(func(m *gallery.Model) { m.SHA256 = strings.Repeat("0", 64) })
	if _, err := train.FromGallery(t.Context(), r); !errors.As(err, &m) || m.Is.SHA256 != "" ||
		!errors.Is(err, gallery.ErrModel) {
		t.Errorf("a training set of a model that is not here: %v", err)
	}
}
