package lfw

import (
	"math/rand/v2"
	"sort"

	"faceid/finetune"
)

// Folder draws what a user may have: n people with three photos or more, at most so many photos of each. The truth
// about them are up to others people with two photos or more, at most so many photos of each.
func Folder(data *finetune.Dataset, rng *rand.Rand, n, most, others int) (given, truth *finetune.Dataset) {
	photos := map[int32]map[int32]bool{}
	for i, p := range data.Person {
		if photos[p] == nil {
			photos[p] = map[int32]bool{}
		}
		photos[p][data.Photo[i]] = true
	}
	role := make([]int, len(data.People))
	inside, outside := 0, 0
	for _, p := range rng.Perm(len(role)) {
		switch {
		case len(photos[int32(p)]) >= 3 && inside < n:
			role[p] = 1
			inside++
		case len(photos[int32(p)]) >= 2 && outside < others:
			role[p] = 2
			outside++
		}
	}
	keep := make([]bool, len(data.Photos))
	seed := rng.Uint64()
	for p, set := range photos {
		var list []int32
		for ph := range set {
			list = append(list, ph)
		}
		sort.Slice(list, func(i, j int) bool { return list[i] < list[j] })
		r := rand.New(rand.NewPCG(seed, uint64(p)))
		r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		for _, ph := range list[:min(len(list), most)] {
			keep[ph] = true
		}
	}
	part := func(want int) *finetune.Dataset {
		return data.Select(func(i int) bool { return role[data.Person[i]] == want && keep[data.Photo[i]] })
	}
	return part(1), part(2)
}
