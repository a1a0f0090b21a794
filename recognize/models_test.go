package recognize

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"faceid/gallery"
	"faceid/gallery/sqlite"
	"faceid/models"
)

// store makes a gallery for a model, with one person in it.
func storeFor(t *testing.T, m gallery.Model) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "g.db")
	s, err := sqlite.Open(path, &sqlite.Options{Model: &m, Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	v := make([]float32, m.Dim)
	v[0] = 1
	one := gallery.Template{Embedding: v, Trunk: v}
	if _, err := s.Enrol(t.Context(), []gallery.Enrolment{{Name: "Ada", Templates: []gallery.Template{one}}},
		nil); err != nil {
		t.Fatal(err)
	}
	return path
}

// A gallery, a training set and a migration find their model by its checksum: a name may have been given to another one
// since.
func TestModelByChecksum(t *testing.T) {
	r := open(t, Options{})
	e, err := r.Models().Entry(r.Models().Packs()[0].Embedder)
	if err != nil {
		t.Fatal(err)
	}
	renamed := gallery.Model{Name: "tuned", SHA256: e.SHA256, Dim: e.Output.Dim, Views: ViewsPlain}
	r = open(t, Options{Gallery: storeFor(t, renamed)})
	if is, err := r.ModelOf(renamed); err != nil || is.Name != e.Name {
		t.Errorf("the model of a renamed one: %+v, %v", is, err)
	}
	if c, err := r.choose(&renamed); err != nil || c.entry.SHA256 != e.SHA256 || c.views != ViewsPlain {
		t.Errorf("a pipeline of a renamed model: %+v, %v", c, err)
	}
	other := renamed
	other.Name, other.SHA256 = e.Name, strings.Repeat("0", 64)
	r = open(t, Options{Gallery: storeFor(t, other)})
	var m *ModelError
	if _, err := r.ModelOf(other); !errors.As(err, &m) || m.Is.SHA256 != "" || !errors.Is(err, gallery.ErrModel) {
		t.Errorf("a model that is not here: %v", err)
	}
}

// Photos are compared by the model of the gallery by whose people the threshold is, unless another is named.
func TestModelOfCalibration(t *testing.T) {
	gone := gallery.Model{Name: "tuned", SHA256: strings.Repeat("0", 64), Dim: 8, Views: ViewsPlain}
	path := storeFor(t, gone)
	var m *ModelError
	if _, err := open(t, Options{Calibration: path}).Pipeline(t.Context()); !errors.As(err, &m) || m.Gallery != path {
		t.Errorf("a calibration's model that is not here: %v", err)
	}
	for _, o := range []Options{{Model: "mobilefacenet"}, {Plain: true}, {Calibration: path + ".none"}} {
		if o.Calibration == "" {
			o.Calibration = path
		}
		if p, err := open(t, o).Pipeline(t.Context()); err != nil || p.Entry.Name == gone.Name {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// One acceptance of a licence counts for all that a Recognizer opens.
func TestAcceptLicense(t *testing.T) {
	needPhotos(t)
	library, err := open(t, Options{}).Models().Runtime(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, accept := range []bool{false, true} {
		r := open(t, Options{
			Model: "buffalo_l", Runtime: library,
			Models: &models.Options{Dir: t.TempDir(), Local: "-", Offline: true, AcceptLicense: accept},
		})
		_, err := r.Pipeline(t.Context())
		if want := map[bool]error{false: models.ErrLicense, true: models.ErrMissing}[accept]; !errors.Is(err, want) {
			t.Errorf("accepted %v: %v, want %v", accept, err, want)
		}
	}
}

// A gallery's views are its own, whoever adds to it.
func TestPlainAgainstGallery(t *testing.T) {
	r := open(t, Options{})
	e, err := r.Models().Entry(r.Models().Packs()[0].Embedder)
	if err != nil {
		t.Fatal(err)
	}
	m := gallery.Model{Name: e.Name, SHA256: e.SHA256, Dim: e.Output.Dim, Views: ViewsMirrored}
	r = open(t, Options{Gallery: storeFor(t, m), Plain: true})
	if _, err := r.Pipeline(t.Context()); !errors.Is(err, ErrPlain) {
		t.Errorf("plain photos for a gallery of mirrored ones: %v", err)
	}
	m.Views = ViewsPlain
	if _, err := r.GalleryFor(t.Context(), m); !errors.Is(err, gallery.ErrModel) {
		t.Errorf("plain templates into it: %v", err)
	}
}

// An import without a word on its model makes a gallery as the options say, plain or mirrored.
func TestImportViews(t *testing.T) {
	r := open(t, Options{})
	embedder := r.Models().Packs()[0].Embedder
	e, err := r.Models().Entry(embedder)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "people.jsonl")
	numbers := strings.TrimSuffix(strings.Repeat("0.1,", e.Output.Dim), ",")
	line := `{"name":"Ada","templates":[{"embedding":[` + numbers + `]}]}` + "\n"
	if err := os.WriteFile(path, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, plain := range []bool{false, true} {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		r := open(t, Options{Gallery: filepath.Join(t.TempDir(), "g.db")})
		if _, err := r.Import(t.Context(), f, nil); !errors.Is(err, ErrUnsaid) {
			t.Errorf("a file that names no model: %v", err)
		}
		done, err := r.Import(t.Context(), f, &ImportOptions{Model: embedder, Plain: plain})
		if err != nil || done.Added != 1 {
			t.Fatalf("%+v, %v", done, err)
		}
		g, err := r.Gallery(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		info, err := g.Info(t.Context())
		if want := map[bool]string{true: ViewsPlain, false: ViewsMirrored}[plain]; err != nil ||
			info.Model.Views != want {
			t.Errorf("plain %v: %+v, %v", plain, info.Model, err)
		}
	}
}

// A failed import leaves nothing behind that is bound to the bad file's model.
func TestImportFails(t *testing.T) {
	r := open(t, Options{})
	embedder := r.Models().Packs()[0].Embedder
	dir := t.TempDir()
	path, db := filepath.Join(dir, "people.jsonl"), filepath.Join(dir, "g.db")
	if err := os.WriteFile(path, []byte(`{"name":"Ada","templates":[{"embedding":[1,2]}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err = Open(t.Context(), &Options{Gallery: db, Models: &models.Options{Offline: true}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Import(t.Context(), f, &ImportOptions{Model: embedder}); err == nil {
		t.Error("vectors of two dimensions were taken")
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(db); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a gallery is left: %v", err)
	}
}
