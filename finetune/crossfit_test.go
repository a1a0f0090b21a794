package finetune

import (
	"context"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"faceid/finetune/gate"
	"faceid/finetune/internal/synthetic"
)

func quick() *Config {
	c := Defaults("")
	c.Epochs, c.BatchPeople, c.HeadLR, c.ProbeShare = 4, 16, 0.1, 0
	return c
}

// TestCrossFit: where people gain it is proven, each way is tried, and everybody judges by layers that have not seen
// them.
func TestCrossFit(t *testing.T) {
	c := synthetic.Crowd{Clean: 0.4, Poor: 0.5, Uneven: 0.2, D: 16, Nuisance: 20}
	for _, people := range []int{25, 40} {
		d := c.Draw(rand.New(rand.NewPCG(9, uint64(people))), people)
		before, _ := c.Layers()
		f, err := CrossFit(context.Background(), d, before, quick())
		if err != nil {
			t.Fatal(err)
		}
		if f.Way == WayNone || !f.Gate.Decision.Better || f.Gate.People != people || f.Gate.Judges != people {
			t.Errorf("%d people: %s, %+v", people, f.Way, f.Gate.Decision)
		}
		if len(f.Attempts) != 6 || f.Attempts[0].Way != WayNone || f.Attempts[1].Way != WayWCCN ||
			len(f.Head.Labels) != people || f.Head.KnownDistance <= 0 {
			t.Errorf("%d people: tried %+v, a head for %d, known below %v", people, f.Attempts, len(f.Head.Labels),
				f.Head.KnownDistance)
		}
		truth, err := gate.Measure(c.Draw(rand.New(rand.NewPCG(10, 10)), 300), before, f.Layer, nil)
		if err != nil || truth.Decision.Change.Diff.Low <= 0 {
			t.Errorf("%d people: on others %+v, %v", people, truth.Decision, err)
		}
		again, err := CrossFit(context.Background(), d, before, quick())
		if err != nil || !slices.Equal(again.Layer.W, f.Layer.W) || !reflect.DeepEqual(again.Gate, f.Gate) {
			t.Errorf("%d people: another result the second time, %v", people, err)
		}
	}
}

// TestHeadOpenSet: of strangers whom nobody has seen, as many are taken for one of the head's people as it says, in the
// kind of photos where they are most.
func TestHeadOpenSet(t *testing.T) {
	c := synthetic.Crowd{Clean: 0.4, Poor: 0.5, Uneven: 0.2, D: 16, Nuisance: 20}
	const draws = 6
	ratio := map[float64]float64{}
	for k := range uint64(draws) {
		d := c.Draw(rand.New(rand.NewPCG(13, k)), 60)
		before, _ := c.Layers()
		f, err := CrossFit(context.Background(), d, before, quick())
		if err != nil {
			t.Fatal(err)
		}
		if f.Head.Strangers != 60 || f.Head.KnownDistance != f.Head.OpenSet[len(f.Head.OpenSet)-1].Distance {
			t.Errorf("%d strangers, known below %v of %v", f.Head.Strangers, f.Head.KnownDistance, f.Head.OpenSet)
		}
		others := c.Draw(rand.New(rand.NewPCG(14, k)), 400)
		for _, p := range []float64{0.1, 0.2} {
			at, err := f.Head.AtFPIR(p)
			if err != nil {
				t.Fatal(err)
			}
			worst := 0.0
			for _, kind := range others.TestKinds() {
				v, taken := others.Views(kind, false), 0
				for i := range v.Len() {
					e := make([]float32, f.Layer.D)
					f.Layer.Embed(e, v.Row(i))
					if who, err := at.Identify(e, 1); err != nil {
						t.Fatal(err)
					} else if who[0].Known {
						taken++
					}
				}
				worst = max(worst, float64(taken)/float64(v.Len()))
			}
			ratio[p] += worst / p / draws
		}
	}
	for p, r := range ratio {
		if r < 0.6 || r > 1.6 {
			t.Errorf("true FPIR / asked at %v: %.2f", p, r)
		}
	}
}

// TestFolds: in each repeat everybody is in one fold, those with several photos evenly.
func TestFolds(t *testing.T) {
	c := synthetic.Crowd{Clean: 0.4, Poor: 0.8, D: 4}
	for _, people := range []int{3, 4, 10, 20, 21, 80} {
		d := c.Draw(rand.New(rand.NewPCG(11, uint64(people))), people)
		f := &fitter{data: d, cfg: *quick()}
		f.divide(people)
		if len(f.rounds)%f.folds != 0 || len(f.rounds) == 0 {
			t.Fatalf("%d people: %d rounds of %d folds", people, len(f.rounds), f.folds)
		}
		for at := 0; at < len(f.rounds); at += f.folds {
			sizes := make([]int, f.folds)
			for p := range people {
				in := 0
				for k := range f.folds {
					if f.rounds[at+k][p] {
						in++
						sizes[k]++
					}
				}
				if in != 1 {
					t.Fatalf("%d people: person %d is in %d folds of a repeat", people, p, in)
				}
			}
			if slices.Max(sizes)-slices.Min(sizes) > 1 {
				t.Errorf("%d people: folds of %v", people, sizes)
			}
		}
	}
}

// TestCrossFitProvesNothingByChance: photos dealt to people at random teach nothing.
func TestCrossFitProvesNothingByChance(t *testing.T) {
	c := synthetic.Crowd{Clean: 0.4, Poor: 0.8, Uneven: 0.2, D: 12}
	before, _ := c.Layers()
	passed := 0
	for k := range 20 {
		rng := rand.New(rand.NewPCG(12, uint64(k)))
		d := c.Draw(rng, 15)
		owner := make([]int32, len(d.Photos))
		for i, ph := range d.Photo {
			owner[ph] = d.Person[i]
		}
		rng.Shuffle(len(owner), func(i, j int) { owner[i], owner[j] = owner[j], owner[i] })
		for i, ph := range d.Photo {
			d.Person[i] = owner[ph]
		}
		f, err := CrossFit(context.Background(), d, before, quick())
		if err != nil {
			t.Fatal(err)
		}
		if f.Gate.Decision.Better {
			passed++
		}
	}
	if passed > 2 { // 2.5 % are due
		t.Errorf("%d of 20 passed", passed)
	}
}
