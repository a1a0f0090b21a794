package finetune

import (
	"math"
	"math/rand/v2"
	"slices"
)

// divide deals the people into folds, those with several photos and those with one evenly: three folds of up to twenty
// people, so that there are strangers enough in each, else five; and again in another order until about meetings pairs
// of people were in one fold.
func (f *fitter) divide(judges int) {
	if judges < leastJudges {
		return
	}
	f.folds = f.cfg.Folds
	if f.folds == 0 {
		f.folds = 5
		if judges <= 20 {
			f.folds = 3
		}
	}
	f.folds = min(f.folds, max(leastJudges, judges/2)) // each has strangers to compare
	const meetings, most = 300, 4
	each := float64(judges) / float64(f.folds)
	repeats := min(most, max(1, int(math.Ceil(meetings/(float64(judges)*max(0.5, each-1)/2)))))
	photos := f.data.PhotosOf()
	rng := rand.New(rand.NewPCG(f.cfg.Seed, 0x666f6c6473))
	several := func(person int) int { return min(photos[person], 2) / 2 }
	for range repeats {
		order := rng.Perm(len(f.data.People))
		slices.SortStableFunc(order, func(a, b int) int { return several(b) - several(a) })
		at := len(f.rounds)
		for range f.folds {
			f.rounds = append(f.rounds, make([]bool, len(f.data.People)))
		}
		for i, p := range order {
			f.rounds[at+i%f.folds][p] = true
		}
	}
}
