package recognize

import (
	"path/filepath"
	"testing"

	"faceid/finetune"
	"faceid/gallery"
	"faceid/gallery/snorm"
	"faceid/internal/golden"
	"faceid/models"
)

// TestMigrateCohort: a cohort is of the old model's embeddings. It does not follow to the new model, and that is said.
func TestMigrateCohort(t *testing.T) {
	t.Chdir(home)
	ctx := t.Context()
	r, err := Open(ctx, &Options{Gallery: filepath.Join(t.TempDir(), "g.db"),
		Models: &models.Options{Dir: t.TempDir(), Offline: true}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var base models.Entry
	for name, file := range map[string]string{"base": golden.Path(t, "onnx", "embedder-gemm-bn.onnx"),
		"tuned": golden.Path(t, "formats", "tuned-1.onnx")} {
		e, err := r.Models().Add(ctx, file, models.Entry{Name: name, Role: models.RoleEmbedder,
			License: models.License{Class: "permissive"},
			Input:   &models.Input{Channels: "RGB", Mean: []float32{0, 0, 0}, Std: []float32{1, 1, 1}}})
		if err != nil {
			t.Fatal(err)
		}
		if name == "base" {
			base = e
		}
	}
	m := gallery.Model{Name: "base", SHA256: base.SHA256, Dim: base.Output.Dim, Views: ViewsPlain}
	e, err := r.GalleryFor(ctx, m)
	if err != nil {
		t.Fatal(err)
	}
	_, onnx, err := r.Models().Load(ctx, "base")
	if err != nil {
		t.Fatal(err)
	}
	l, err := finetune.LayerOf(onnx)
	if err != nil {
		t.Fatal(err)
	}
	people := crowd(5, 45, 0.2)
	var strangers [][]float32
	for i := range people {
		x := &people[i].Templates[0]
		v, err := gallery.Unit(x.Embedding[:m.Dim], m.Dim)
		if err != nil {
			t.Fatal(err)
		}
		x.Embedding, x.Trunk = v, people[i].Templates[0].Embedding[m.Dim:][:len(l.W)/m.Dim]
		people[i].Templates = people[i].Templates[:1]
		if i >= 15 {
			strangers = append(strangers, v)
		}
	}
	if _, err := e.Enrol(ctx, people[:15], nil); err != nil {
		t.Fatal(err)
	}
	n, err := snorm.New(strangers)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Calibrate(ctx, &CalibrateOptions{Cohort: n}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{30, 0} { // a second time there is nothing to do
		if got, err := r.Migrate(ctx, "tuned", nil); err != nil || got.Cohort != want || got.To != "tuned" {
			t.Errorf("%+v, %v; want a cohort of %d", got, err, want)
		}
	}
	c, err := r.Calibration(ctx)
	if err != nil || c == nil || c.Model.Name != "tuned" || c.Cohort != nil {
		t.Errorf("after the migration: %+v, %v", c, err)
	}
}
