package main

import (
	"bufio"
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"faceid/embed"
)

// people reads the names of one of View 1's lists, peopleDevTrain.txt or peopleDevTest.txt; nobody is on both.
func people(lfw, list string) ([]string, error) {
	f, err := os.Open(filepath.Join(lfw, list))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var names []string
	for s := bufio.NewScanner(f); s.Scan(); {
		if name, _, ok := strings.Cut(s.Text(), "\t"); ok {
			names = append(names, name)
		}
	}
	return names, nil
}

// photosOf returns n photos of the people, in an order that a seed fixes, one of each person first.
func photosOf(lfw string, names []string, n int) ([]string, error) {
	type photo struct {
		path string
		nth  int
		key  uint64
	}
	r := rand.New(rand.NewPCG(15, 1))
	var all []photo
	for _, name := range names {
		found, err := filepath.Glob(filepath.Join(lfw, "images", name, "*.jpg"))
		if err != nil {
			return nil, err
		}
		for i, p := range found {
			all = append(all, photo{p, i, r.Uint64()})
		}
	}
	slices.SortFunc(all, func(a, b photo) int { return cmp.Or(cmp.Compare(a.nth, b.nth), cmp.Compare(a.key, b.key)) })
	var paths []string
	for _, p := range all[:min(n, len(all))] {
		paths = append(paths, p.path)
	}
	if len(paths) < n {
		return nil, fmt.Errorf("%s: %d photos where %d are needed", lfw, len(paths), n)
	}
	return paths, nil
}

func load(path string) (*embed.Image, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return embed.DecodeBytes(b, nil)
}

func person(path string) string { return filepath.Base(filepath.Dir(path)) }
