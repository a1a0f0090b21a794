package sqlite_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"faceid/gallery"
	"faceid/gallery/sqlite"
	"faceid/internal/hint"
)

func ExampleOpen() {
	dir, err := os.MkdirTemp("", "gallery")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()

	model := gallery.Model{Name: "toy", SHA256: "ab12", Dim: 3, Views: "plain"}
	g, err := sqlite.Open(filepath.Join(dir, "people.faceid"), &sqlite.Options{Model: &model, Create: true})
	if err != nil {
		log.Fatal(err, hint.Of(err))
	}
	defer g.Close()

	_, err = g.Enrol(ctx, []gallery.Enrolment{
		{Name: "Ada", Templates: []gallery.Template{{Embedding: []float32{3, 0, 4}}}},
		{Name: "Grace", Templates: []gallery.Template{{Embedding: []float32{0, 1, 0}},
			{Embedding: []float32{0, 4, 3}}}},
	}, nil)
	if err != nil {
		log.Fatal(err)
	}
	found, err := g.Search(ctx, [][]float32{{0, 0, 2}}, &gallery.SearchOptions{K: 2})
	if err != nil {
		log.Fatal(err)
	}
	for _, m := range found[0] {
		fmt.Printf("%s %.2f\n", m.Name, m.Score)
	}
	// Output:
	// Ada 0.80
	// Grace 0.60
}

// A model's final layer was trained anew: every template becomes W·t + b of its trunk feature t, without the photos.
func ExampleStore_Migrate() {
	dir, err := os.MkdirTemp("", "gallery")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	model := gallery.Model{Name: "toy", SHA256: "ab12", Dim: 3, Views: "plain"}
	g, err := sqlite.Open(filepath.Join(dir, "people.faceid"), &sqlite.Options{Model: &model, Create: true})
	if err != nil {
		log.Fatal(err)
	}
	defer g.Close()
	ada := gallery.Template{Embedding: []float32{1, 0, 0}, Trunk: []float32{1, 2}}
	if _, err := g.Enrol(ctx, []gallery.Enrolment{{Name: "Ada", Templates: []gallery.Template{ada}}}, nil); err != nil {
		log.Fatal(err)
	}

	tuned := gallery.Model{Name: "toy-tuned", SHA256: "cd34", Dim: 3, Views: "plain"}
	w := []float32{ // 3 × 2, row-major
		1, 0,
		0, 1,
		1, 1,
	}
	b := []float32{0, 0, -1}
	if err := g.Migrate(ctx, tuned, w, b, nil); err != nil {
		log.Fatal(err)
	}
	found, err := g.Search(ctx, [][]float32{{1, 2, 2}}, nil) // W·t + b
	if err != nil {
		log.Fatal(err)
	}
	info, err := g.Info(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %s %.2f\n", info.Model.Name, found[0][0].Name, found[0][0].Score)
	// Output: toy-tuned: Ada 1.00
}
