package embed_test

import (
	"context"
	"fmt"
	"log"
	"path/filepath"

	"faceid/embed"
	"faceid/models"
)

// From photos to embeddings, whose dot product says how alike two faces are. The models and the sample photos are
// fetched by make setup, or by a store with models.Options.Fetch.
func ExamplePipeline_Run() {
	ctx := context.Background()
	store, err := models.Open(nil)
	if err != nil {
		log.Fatal(err)
	}
	pack, err := store.Pack("default")
	if err != nil {
		log.Fatal(err)
	}
	p, err := embed.Open(ctx, store, pack, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	photos, err := store.Samples(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for photo := range p.Run(ctx, embed.Files(photos[0], "missing.jpg")) {
		if photo.Err != nil {
			fmt.Println(photo.Err)
			continue
		}
		var alike float32
		for i, v := range photo.Faces[0].Embedding {
			alike += v * photo.Faces[1].Embedding[i]
		}
		fmt.Println(filepath.Base(photo.Path), len(photo.Faces), len(photo.Faces[0].Embedding), alike < 0.3)
	}
	// Output:
	// sample1.jpg 3 512 true
	// missing.jpg: no such file or directory
}
