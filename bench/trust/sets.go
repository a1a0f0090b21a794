package main

import (
	"math/rand/v2"
	"path/filepath"
	"strings"

	"faceid/bench/internal/groups"
	"faceid/internal/f32"
)

// set are people to draw from: of each the unit embeddings of the photos.
type set struct {
	name   string
	people [][][]float32
	names  []string // of the people, or nil
}

// photos is the most photos of a person that a figure is taken over, so that the comparisons stay few.
const photos = 12

// readSets reads the embeddings in dir, one .npz per set.
func readSets(dir string) ([]set, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.npz"))
	if err != nil {
		return nil, err
	}
	var sets []set
	for _, f := range files {
		s, err := readSet(f)
		if err != nil {
			return nil, err
		}
		sets = append(sets, s)
	}
	return sets, nil
}

func readSet(file string) (set, error) {
	people, err := groups.Read(file)
	if err != nil {
		return set{}, err
	}
	return set{name: strings.TrimSuffix(filepath.Base(file), ".npz"), people: people}.few(), nil
}

// few keeps at most photos photos of each person, drawn at random.
func (s set) few() set {
	rng := rand.New(rand.NewPCG(1, 1))
	for i, p := range s.people {
		rng.Shuffle(len(p), func(a, b int) { p[a], p[b] = p[b], p[a] })
		s.people[i] = p[:min(len(p), photos)]
	}
	return s
}

func unit(v []float32) []float32 {
	f32.Unit(v)
	return v
}
