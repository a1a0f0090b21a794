package openset

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"faceid/internal/deptest"
)

// Distances in, thresholds out.
func TestWalls(t *testing.T) {
	deptest.Ours(t, "what strangers get from a head needs no head")
}

// world draws the least of n distances that are evenly spread over [0, 1]: below x it is with 1 − (1 − x)^n.
func world(rng *rand.Rand, n int) float64 { return -math.Expm1(math.Log(rng.Float64()) / float64(n)) }

// Where it is known how strangers are distributed: the share of them below a threshold is the one asked for, at the
// number of people that the head has and not at that of the folds, and the intervals hold it as often as they say.
func TestThresholds(t *testing.T) {
	const folds, people, draws = 80, 100, 2000
	rng := rand.New(rand.NewPCG(1, 1))
	for _, strangers := range []int{30, 100, 400} {
		sum, held, n := map[float64]float64{}, map[float64]int{}, map[float64]int{}
		for range draws {
			s := &Strangers{}
			for range strangers {
				s.Add(world(rng, folds), 1, folds)
			}
			c := Thresholds([]*Strangers{s}, strangers, people)
			if err := c.Check(); err != nil {
				t.Fatal(err)
			}
			for _, r := range c {
				truth := -math.Expm1(float64(people) * math.Log1p(-r.Distance))
				sum[r.FPIR] += truth / r.FPIR
				n[r.FPIR]++
				if r.Low <= truth && truth <= r.High {
					held[r.FPIR]++
				}
			}
		}
		for p := range sum {
			ratio, holds := sum[p]/float64(n[p]), float64(held[p])/float64(n[p])
			if n[p] != draws || ratio < 0.9 || ratio > 1.1 || holds < 0.9 || holds > 0.995 {
				t.Errorf("%d strangers at %g: %d times, true FPIR / asked %.2f, %.3f of the intervals hold it",
					strangers, p, n[p], ratio, holds)
			}
		}
		if len(n) < 4 {
			t.Errorf("%d strangers: rates %v", strangers, n)
		}
	}
}

// The kind of photos at which most strangers pass counts, and a person with many photos no more than others.
func TestWorstKind(t *testing.T) {
	good, poor := &Strangers{}, &Strangers{}
	for i := range 100 {
		good.Add(1+float64(i)/100, 1, 100)
		poor.Add(0.5+float64(i)/100, 1, 100)
	}
	for range 50 { // fifty photos of one more, all near
		good.Add(0.01, 0.02, 100)
	}
	c := Thresholds([]*Strangers{good, poor}, 100, 100)
	if d, ok := c.Distance(0.1); !ok || math.Abs(d-0.591) > 1e-9 {
		t.Errorf("at 0.1: %v, %v", d, ok)
	}
	if r := c.At(0.591); math.Abs(r.FPIR-0.1) > 1e-9 {
		t.Errorf("below 0.591: %+v", r)
	}
	for _, d := range []float64{0.52, 0.55, 0.7, 0.8} { // there and back
		r := c.At(d)
		if back, ok := c.Distance(r.FPIR); !ok || math.Abs(back-d) > 1e-9 || !(r.Low <= r.FPIR && r.FPIR <= r.High) {
			t.Errorf("%v: %+v, and back %v, %v", d, r, back, ok)
		}
	}
	if _, ok := c.Distance(0.009); ok {
		t.Error("one of 111 strangers, by 100")
	}
	for _, r := range c {
		if c.At(r.Distance) != r {
			t.Errorf("%+v became %+v", r, c.At(r.Distance))
		}
	}
	if r := c.At(0.001); r.FPIR != c[len(c)-1].FPIR || r.Low != 0 {
		t.Errorf("below all: %+v", r)
	}
	if r := Curve(nil).At(1); !math.IsNaN(r.FPIR) || r.High != 1 {
		t.Errorf("nothing known: %+v", r)
	}
	if Needed(0.01) != 125 || Needed(0.03) != 42 {
		t.Errorf("needed: %d and %d", Needed(0.01), Needed(0.03))
	}
}

func TestCheck(t *testing.T) {
	fine := Rate{0.1, 0.05, 0.2, 0.7}
	for i, bad := range []Curve{
		{{0, 0, 0.2, 0.7}}, {{1, 0, 1, 0.7}}, {{math.NaN(), 0, 1, 0.7}}, {{0.1, 0.2, 0.3, 0.7}}, {{0.1, 0, 0.05, 0.7}},
		{{0.1, 0.05, 2, 0.7}}, {{0.1, 0.05, 0.2, -1}}, {{0.1, 0.05, 0.2, math.NaN()}}, {fine, fine},
		{fine, {0.2, 0.1, 0.3, 0.6}}, {fine, {0.05, 0.01, 0.1, 0.8}},
	} {
		if bad.Check() == nil {
			t.Errorf("case %d passes: %v", i, bad)
		}
	}
	if err := (Curve{fine, {0.05, 0.01, 0.1, 0.6}}).Check(); err != nil {
		t.Error(err)
	}
}

// A head of 25 people by 40 strangers who met one of 20: three of these come below the threshold for one in ten.
func ExampleThresholds() {
	s := &Strangers{}
	for i := range 40 {
		s.Add(float64(i+1)/40, 1, 20)
	}
	d, _ := Thresholds([]*Strangers{s}, 40, 25).Distance(0.1)
	fmt.Printf("%.3f\n", d)
	// Output: 0.083
}
