package gate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"faceid/finetune/dense"
	"faceid/finetune/internal/synthetic"
)

// TestNoErrorIsNoProof: where nobody errs, 100 % of five people leaves more room than 100 % of a hundred, and a
// difference of 0 is not known to the last digit.
func TestNoErrorIsNoProof(t *testing.T) {
	last := 0.0
	for _, n := range []int{5, 20, 100} {
		f := figure{value: 1, psi: make([]float64, n), n: n}
		i, d := f.interval(0.95), f.minus(f, 0.95)
		if i.High != 1 || !(i.Low > last) || i.Low > 1-1/float64(n) {
			t.Errorf("%d people: %v", n, i)
		}
		if d.Value != 0 || !(d.Low < 0 && d.High > 0) {
			t.Errorf("%d people: the difference is %v", n, d)
		}
		last = i.Low
	}
}

// TestThresholdIsNoError: where nobody errs but everybody moves the threshold a little, as much is unknown as where
// nobody does.
func TestThresholdIsNoError(t *testing.T) {
	const n = 50
	still := figure{value: 1, psi: make([]float64, n), n: n}
	moving := figure{value: 1, psi: make([]float64, n), own: make([]float64, n), n: n}
	for i := range moving.psi {
		moving.psi[i], moving.own[i] = 1e-4*float64(i%7-3), 1e-16
	}
	a, b := still.interval(0.95), moving.interval(0.95)
	if math.Abs(a.Low-b.Low) > 1e-3 || mean([]figure{moving, moving}).interval(0.95) != b {
		t.Errorf("%v without, %v with", a, b)
	}
}

// TestMorePeopleProveMore: with one true gain the share of proven trials does not fall as judges are added.
func TestMorePeopleProveMore(t *testing.T) {
	c := synthetic.Crowd{Clean: 0.4, Poor: 0.6, Uneven: 0.3, D: 12}
	before, after := c.Layers()
	last := 0.0
	for _, people := range []int{10, 20, 28, 40, 80, 400} {
		trials := 40
		if people > 100 {
			trials = 8 // dear, and all of them prove it
		}
		proven := 0
		for k := range trials {
			g := Judge(c.Draw(rand.New(rand.NewPCG(uint64(people), uint64(1000+k))), people),
				before, []dense.Layer{after},
				nil, &Options{})
			if g.Decision.Figure != DecidingFigure {
				t.Fatalf("%d people: decided by %q", people, g.Decision.Figure)
			}
			proven += btoi(g.Decision.Better)
		}
		share := float64(proven) / float64(trials)
		t.Logf("%d people: %d of %d", people, proven, trials)
		if share < last-5.0/40 {
			t.Errorf("%d people proved %.2f of the trials, fewer proved %.2f", people, share, last)
		}
		last = max(last, share)
	}
	if last < 0.9 {
		t.Errorf("at most %.2f of the trials proven", last)
	}
}

// TestPeopleWeighAlike: a person with many photos counts as one with few, and clean pairs are counted once.
func TestPeopleWeighAlike(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	c := synthetic.Crowd{Clean: 0.5, Poor: 0.7, Uneven: 0, D: 6}
	d := c.Draw(rng, 6)
	before, _ := c.Layers()
	want := Judge(d, before, []dense.Layer{before}, nil, &Options{})
	// Every photo of person 0 five times over, as other photos: no share of pairs changes, but for those of copies.
	more := &dense.Dataset{T: d.T, People: d.People, Kinds: d.Kinds, Photos: append([]string(nil), d.Photos...)}
	for i := range d.Len() {
		times := 1
		if d.Person[i] == 0 {
			times = 5
		}
		for k := range times {
			photo := d.Photo[i]
			if k > 0 {
				photo = int32(len(more.Photos))
				more.Photos = append(more.Photos, fmt.Sprint(photo))
			}
			more.Person, more.Photo, more.Kind = append(more.Person, d.Person[i]), append(more.Photo, photo),
				append(more.Kind, d.Kind[i])
			more.X = append(more.X, d.Row(i)...)
		}
	}
	got := Judge(more, before, []dense.Layer{before}, nil, &Options{})
	a, b := want.Domains[0].TAR1e2.Before.Value, got.Domains[0].TAR1e2.Before.Value
	if math.Abs(a-b) > 0.12 {
		t.Errorf("clean TAR %.3f, with five copies of one person's photos %.3f", a, b)
	}
	var genuine, impostor int64
	for i, p := range d.Person {
		for j, q := range d.Person[:i] {
			switch {
			case d.Kind[i] != 0 || d.Kind[j] != 0:
			case p == q:
				genuine++
			default:
				impostor++
			}
		}
	}
	if g := want.Domains[0]; g.Genuine != genuine || g.Impostor != impostor {
		t.Errorf("%d genuine and %d impostor pairs, there are %d and %d", g.Genuine, g.Impostor, genuine, impostor)
	}
}

// TestCoverage draws people again and again from worlds whose figures are known from very many, and counts how often
// the 95 % intervals hold them: from 5 to 100 people, from photos with hardly an error to photos with many.
func TestCoverage(t *testing.T) {
	trials := 120
	if testing.Short() {
		trials = 30
	}
	for name, c := range map[string]synthetic.Crowd{
		"hardly an error":    {Clean: 0.3, Poor: 0.35, Uneven: 0.2, D: 12},
		"some errors":        {Clean: 0.4, Poor: 0.6, Uneven: 0.3, D: 12},
		"many, and unevenly": {Clean: 0.5, Poor: 0.9, Uneven: 0.6, D: 12},
	} {
		before, after := c.Layers()
		truth := Judge(c.Draw(rand.New(rand.NewPCG(1, 1)), 1500), before, []dense.Layer{after}, nil, &Options{})
		for _, people := range []int{5, 10, 30, 100} {
			held := map[string]int{}
			free := 0 // trials without an error on clean photos
			for k := range trials {
				g := Judge(c.Draw(rand.New(rand.NewPCG(uint64(people), uint64(k))), people),
					before, []dense.Layer{after},
					nil, &Options{})
				for i := range g.Domains {
					for figure, at := range map[string]func(d *Domain) *Change{
						"TAR at FAR 1e-2": func(d *Domain) *Change {
							return &d.TAR1e2
						},
						DecidingFigure: func(d *Domain) *Change { return &d.MeanTAR },
						"EER":          func(d *Domain) *Change { return &d.EER },
					} {
						got, want := at(&g.Domains[i]), at(&truth.Domains[i])
						for which, x := range map[string][2]Interval{"before": {got.Before, want.Before},
							"difference": {got.Diff, want.Diff}} {
							held[g.Domains[i].Kind+" "+figure+" "+which] += btoi(x[0].Low <= x[1].Value &&
								x[1].Value <= x[0].High)
						}
					}
				}
				free += btoi(g.Domains[0].TAR1e2.Before.Value == 1)
			}
			lowest, highest := 1.0, 0.0
			for what, n := range held {
				share := float64(n) / float64(trials)
				lowest, highest = min(lowest, share), max(highest, share)
				// Four standard errors of the count on either side of what 95 % may be on few people.
				if noise := 4 * math.Sqrt(0.05*0.95/float64(trials)); share < 0.92-noise ||
					people >= 30 && share > 0.985+noise {
					t.Errorf("%s, %d people, %s: %.3f of the 95 %% intervals hold the truth", name, people, what, share)
				}
			}
			t.Logf("%s, %d people: coverage %.3f to %.3f, %d of %d trials without an error", name, people, lowest,
				highest, free, trials)
		}
	}
}
