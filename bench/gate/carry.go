package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"

	"faceid/bench/internal/lfw"
	"faceid/finetune"
)

// carriedKey is what LoadDataset asks of a file that carry wrote.
const carriedKey = "bench/gate: people of two photos or more, eight of each at most, eleven bits of each value"

// features are those of LFW's photos, or those of a file that carry wrote, with the model's last layer.
func (o *options) features(ctx context.Context) (data *finetune.Dataset, start finetune.Layer, err error) {
	var model []byte
	if o.from == "" {
		data, model, _, err = lfw.Features(ctx, o.lfw)
	} else if data, err = finetune.LoadDataset(o.from, carriedKey); err == nil {
		if model, err = os.ReadFile(o.model); err != nil {
			err = fmt.Errorf("the model that the features are of (name it with -model): %w", err)
		}
	}
	if err == nil {
		start, err = finetune.LayerOf(model)
	}
	return data, start, err
}

// carry writes what is drawn from for a machine without the photos: a quarter of the features, and rounded as half
// floats are, so that the file packs to half its size.
func carry(data *finetune.Dataset, path string) error {
	of := make([][]int32, len(data.People))
	seen := make([]bool, len(data.Photos))
	for i, ph := range data.Photo {
		if !seen[ph] {
			seen[ph] = true
			of[data.Person[i]] = append(of[data.Person[i]], ph)
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	keep := make([]bool, len(data.Photos))
	for _, photos := range of {
		if len(photos) < 2 {
			continue
		}
		rng.Shuffle(len(photos), func(i, j int) { photos[i], photos[j] = photos[j], photos[i] })
		for _, ph := range photos[:min(len(photos), 8)] {
			keep[ph] = true
		}
	}
	some := data.Select(func(i int) bool { return keep[data.Photo[i]] })
	const low = 1<<13 - 1 // of the 23 bits after the leading one
	for i, v := range some.X {
		some.X[i] = math.Float32frombits((math.Float32bits(v) + (low+1)/2) &^ low)
	}
	fmt.Printf("%d photos of %d people in %s\n", len(some.Photos), len(some.People), path)
	return some.Save(path, carriedKey)
}
