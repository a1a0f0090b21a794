package gallery_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"faceid/gallery"
	"faceid/gallery/sqlite"
)

// People go from one gallery to another of the same model, whatever the engines; a second time adds nothing.
func ExampleCopy() {
	dir, err := os.MkdirTemp("", "gallery")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	create := func(name string) gallery.Engine {
		model := gallery.Model{Name: "toy", SHA256: "ab12", Dim: 3, Views: "plain"}
		g, err := sqlite.Open(filepath.Join(dir, name), &sqlite.Options{Model: &model, Create: true})
		if err != nil {
			log.Fatal(err)
		}
		return g
	}
	door, office := create("door.db"), create("office.db")
	defer door.Close()
	defer office.Close()
	_, err = door.Enrol(ctx, []gallery.Enrolment{
		{Name: "Ada", Templates: []gallery.Template{{Embedding: []float32{3, 0, 4}}}},
		{Name: "Grace", Templates: []gallery.Template{{Embedding: []float32{0, 1, 0}}}},
	}, nil)
	if err != nil {
		log.Fatal(err)
	}

	for range 2 {
		t, err := gallery.Copy(ctx, door, office, nil)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%d people, %d new; %d templates added, %d there already\n", t.People, t.Created, t.Added,
			t.Duplicates)
	}
	// Output:
	// 2 people, 2 new; 2 templates added, 0 there already
	// 2 people, 0 new; 0 templates added, 2 there already
}
