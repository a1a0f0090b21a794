package lfw

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"

	"faceid/finetune"
)

// carriedKey is what LoadDataset asks of a file that Carry wrote.
const carriedKey = "LFW: eight photos of a person at most, one clean view of people with one, eleven bits of each value"

// Carried reads features that Carry wrote, for a machine without the photos, and the file of their embedder.
func Carried(path, model string) (*finetune.Dataset, []byte, error) {
	data, err := finetune.LoadDataset(path, carriedKey)
	if err != nil {
		return nil, nil, err
	}
	file, err := os.ReadFile(model)
	if err != nil {
		return nil, nil, fmt.Errorf("the model that the features are of (name it with -model): %w", err)
	}
	return data, file, nil
}

// Carry writes what Folder draws from: half of the features, and rounded as half floats are, so that the file packs to
// half its size.
func Carry(data *finetune.Dataset, path string) error {
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
		rng.Shuffle(len(photos), func(i, j int) { photos[i], photos[j] = photos[j], photos[i] })
		for _, ph := range photos[:min(len(photos), 8)] {
			keep[ph] = true
		}
	}
	some := data.Select(func(i int) bool {
		return keep[data.Photo[i]] && (len(of[data.Person[i]]) > 1 || data.Kinds[data.Kind[i]] == finetune.KindClean)
	})
	const low = 1<<13 - 1 // of the 23 bits after the leading one
	for i, v := range some.X {
		some.X[i] = math.Float32frombits((math.Float32bits(v) + (low+1)/2) &^ low)
	}
	fmt.Printf("%d photos of %d people in %s\n", len(some.Photos), len(some.People), path)
	return some.Save(path, carriedKey)
}
