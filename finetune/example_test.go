package finetune_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"faceid/finetune"
	"faceid/finetune/report"
)

// The features were computed once, of each view of each photo, and kept with Dataset.Save: so training needs neither
// the photos nor the network.
func ExampleRun() {
	model, err := os.ReadFile("../testdata/onnx/embedder-gemm-bn.onnx")
	if err != nil {
		log.Fatal(err)
	}
	data, err := finetune.LoadDataset("../testdata/formats/features-1.safetensors", "golden features")
	if err != nil {
		log.Fatal(err)
	}
	out, err := os.MkdirTemp("", "tuned")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(out)

	r, err := finetune.Run(context.Background(), data, model, nil, &finetune.RunOptions{Out: out, Page: report.Write})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("people:", r.Data.People, "of whom judge:", r.Data.GatePeople)
	fmt.Println("better:", r.Better, "written:", r.Files)
	// Output:
	// people: 56 of whom judge: 56
	// better: true written: [tuned.onnx head.safetensors report.json config.toml report.html]
}

// A photo's views are rows of a Dataset: the inputs of the embedder's final layer, which embed.Face.Trunk holds.
func ExampleDataset_Add() {
	var data finetune.Dataset
	var index finetune.Index
	for _, v := range []struct {
		person, photo, kind string
		trunk               []float32
	}{
		{"Ada", "ada/1.jpg", finetune.KindClean, []float32{1, 2, 3}},
		{"Ada", "ada/1.jpg", "lowres", []float32{1, 2, 2}},
		{"Grace", "grace/1.jpg", finetune.KindClean, []float32{-1, 0, 2}},
	} {
		if err := data.Add(&index, v.person, v.photo, v.kind, v.trunk); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(data.Len(), "views of", len(data.Photos), "photos; judged by", data.TestKinds())
	// Output: 3 views of 2 photos; judged by [clean lowres]
}
