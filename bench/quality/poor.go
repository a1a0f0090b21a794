package main

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"faceid/embed"
)

// A trial is spoilt photos of people who are all different.
type trial struct {
	name  string // begins the names of its sets
	list  string // of View 1's people
	skip  int    // photos of the list that are for something else
	kinds []kind // how they are spoilt
}

// What settings are judged by, and what they are chosen on: neither people nor kinds are in both. The photos left out
// are those that learn uses.
var (
	judged = trial{"", "peopleDevTest.txt", 0, judges}
	taught = trial{"taught ", "peopleDevTrain.txt", learnt + further, lessons}
)

// poor measures the false accept rate among different people's photos, spoilt in one way and run through the whole
// pipeline, before and after those are left out that are too poor to tell and the others are asked for what
// embed.Caution says.
func (b *bench) poor(t trial, n int) (worst, refused float64, err error) {
	names, err := people(b.lfw, t.list)
	if err != nil {
		return 0, 0, err
	}
	paths, err := photosOf(b.lfw, names, t.skip+max(n, b.of(1000)))
	if err != nil {
		return 0, 0, err
	}
	paths = paths[t.skip:]
	clean, err := b.spoilt(t.name+"clean", paths, nil, 0)
	if err != nil {
		return 0, 0, err
	}
	poor := func(f embed.Face) bool { return f.Embedding == nil || f.Quality.Usable < embed.LeastUsable }
	refused = 1 - float64(len(slices.DeleteFunc(clean, poor)))/float64(len(paths))
	fmt.Printf("clean: %.2f %% of %d photos refused\n", 100*refused, len(paths))
	threshold := thresholdAt(b.p, 1e-3)
	fmt.Printf("\nof %d people's photos at strengths 1 to 5: FAR of all %% → FAR of those that get an answer %% "+
		"(how many)\n", n)
	for _, k := range t.kinds {
		fmt.Printf("%-8s", k.name)
		for s := range 5 {
			found, err := b.spoilt(fmt.Sprintf("%s%s %d", t.name, k.name, s+1), paths[:n], &k, s)
			if err != nil {
				return 0, 0, err
			}
			found = slices.DeleteFunc(found, func(f embed.Face) bool { return f.Embedding == nil })
			all := accepted(found, func(_, _ *embed.Face) float64 { return threshold })
			usable := slices.DeleteFunc(found, poor)
			left := accepted(usable, func(a, b *embed.Face) float64 {
				return threshold + embed.Caution(a.Quality.Usable, b.Quality.Usable)
			})
			if len(usable)*(len(usable)-1)/2 >= 1000 {
				worst = max(worst, left/1e-3)
			}
			fmt.Printf("  %6.2f → %4.2f (%3d)", 100*all, 100*left, len(usable))
		}
		fmt.Println()
	}
	return worst, refused, nil
}

// spoilt runs each photo, spoilt by k if there is one, through the pipeline.
func (b *bench) spoilt(set string, paths []string, k *kind, strength int) ([]embed.Face, error) {
	return b.faces(set, len(paths), func(i int) (embed.Face, error) {
		m, err := load(paths[i])
		if err == nil && k != nil {
			m, err = k.spoil(m, strength, rand.New(rand.NewPCG(uint64(i), uint64(100+strength))))
		}
		if err != nil {
			return embed.Face{}, err
		}
		return b.face(m)
	})
}

// accepted is the share of the pairs of faces, all of different people, whose score reaches what threshold asks for.
func accepted(faces []embed.Face, threshold func(a, b *embed.Face) float64) float64 {
	n, yes := 0, 0
	for i := range faces {
		a := &faces[i]
		for j := range i {
			b := &faces[j]
			if n++; cosine(a.Embedding, b.Embedding) >= threshold(a, b) {
				yes++
			}
		}
	}
	return float64(yes) / float64(max(1, n))
}
