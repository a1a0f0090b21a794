package finetune

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// crowd is a world of people in few dimensions: a person is a direction, a clean photo that with noise whose size
// differs from person to person, and a poor photo one with more. The layer before keeps the direction in which poor
// photos err, the one after leaves it out.
type crowd struct {
	clean, poor float64 // size of the noise
	uneven      float64 // how much it differs between people
	d           int
	nuisance    float64 // how much more a poor photo errs in the last direction; 0 means 3
}

func (c crowd) draw(rng *rand.Rand, people int) *Dataset {
	d := &Dataset{T: c.d, Kinds: []string{KindClean, "poor"}}
	for p := range people {
		d.People = append(d.People, fmt.Sprint(p))
		who := make([]float64, c.d)
		for i := range who[:c.d-1] {
			who[i] = rng.NormFloat64()
		}
		size := math.Exp(c.uneven * rng.NormFloat64())
		for range 3 + rng.IntN(4) {
			photo := int32(len(d.Photos))
			d.Photos = append(d.Photos, fmt.Sprint(photo))
			for kind, noise := range []float64{c.clean, c.poor} {
				d.Person, d.Photo, d.Kind = append(d.Person, int32(p)), append(d.Photo, photo),
					append(d.Kind, uint8(kind))
				for i, w := range who {
					e := size * noise * rng.NormFloat64()
					if i == c.d-1 && kind == 1 {
						e *= cmp.Or(c.nuisance, 3)
					}
					d.X = append(d.X, float32(w+e))
				}
			}
		}
	}
	return d
}

func (c crowd) layers() (before, after Layer) {
	before = Layer{D: c.d, T: c.d, W: make([]float32, c.d*c.d), B: make([]float32, c.d)}
	for i := range c.d {
		before.W[i*c.d+i] = 1
	}
	after = before.Clone()
	after.W[len(after.W)-1] = 0.3
	return before, after
}

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

// TestMorePeopleProveMore: with one true gain the share of proven trials does not fall as judges are added.
func TestMorePeopleProveMore(t *testing.T) {
	c := crowd{clean: 0.4, poor: 0.6, uneven: 0.3, d: 12}
	before, after := c.layers()
	const trials = 40
	last := 0
	for _, people := range []int{10, 20, 28, 40, 80} {
		proven := 0
		for k := range trials {
			g := judge(c.draw(rand.New(rand.NewPCG(uint64(people), uint64(1000+k))), people), before, []Layer{after},
				nil, &GateOptions{})
			if g.Decision.Figure != DecidingFigure {
				t.Fatalf("%d people: decided by %q", people, g.Decision.Figure)
			}
			proven += btoi(g.Decision.Better)
		}
		t.Logf("%d people: %d of %d", people, proven, trials)
		if proven < last-5 {
			t.Errorf("%d people proved %d of %d, fewer proved %d", people, proven, trials, last)
		}
		last = max(last, proven)
	}
	if last < trials*9/10 {
		t.Errorf("at most %d of %d trials proven", last, trials)
	}
}

// TestPeopleWeighAlike: a person with many photos counts as one with few, and clean pairs are counted once.
func TestPeopleWeighAlike(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	c := crowd{clean: 0.5, poor: 0.7, uneven: 0, d: 6}
	d := c.draw(rng, 6)
	before, _ := c.layers()
	want := judge(d, before, []Layer{before}, nil, &GateOptions{})
	// Every photo of person 0 five times over, as other photos: no share of pairs changes, but for those of copies.
	more := &Dataset{T: d.T, People: d.People, Kinds: d.Kinds, Photos: append([]string(nil), d.Photos...)}
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
			more.X = append(more.X, d.row(i)...)
		}
	}
	got := judge(more, before, []Layer{before}, nil, &GateOptions{})
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
	for name, c := range map[string]crowd{
		"hardly an error":    {clean: 0.3, poor: 0.35, uneven: 0.2, d: 12},
		"some errors":        {clean: 0.4, poor: 0.6, uneven: 0.3, d: 12},
		"many, and unevenly": {clean: 0.5, poor: 0.9, uneven: 0.6, d: 12},
	} {
		before, after := c.layers()
		truth := judge(c.draw(rand.New(rand.NewPCG(1, 1)), 1500), before, []Layer{after}, nil, &GateOptions{})
		for _, people := range []int{5, 10, 30, 100} {
			held := map[string]int{}
			free := 0 // trials without an error on clean photos
			for k := range trials {
				g := judge(c.draw(rand.New(rand.NewPCG(uint64(people), uint64(k))), people), before, []Layer{after},
					nil, &GateOptions{})
				for i := range g.Domains {
					for figure, at := range map[string]func(d *Domain) *Change{
						"TAR at FAR 1e-2": func(d *Domain) *Change {
							return &d.TAR1e2
						}, "EER": func(d *Domain) *Change { return &d.EER },
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
