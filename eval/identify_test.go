package eval

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestNewTrial(t *testing.T) {
	for _, x := range []struct {
		scores []float64
		mate   int
		want   Trial
	}{
		{[]float64{0.3, 0.9, 0.5}, 1, Trial{7, true, 0.9, 1, 0.5}},
		{[]float64{0.3, 0.9, 0.5}, 0, Trial{7, true, 0.3, 3, 0.9}},
		{[]float64{0.9, 0.9}, 0, Trial{7, true, 0.9, 2, 0.9}}, // a tie counts against
		{[]float64{0.3, 0.9}, -1, Trial{Person: 7, Other: 0.9}},
		{[]float64{0.3}, 0, Trial{7, true, 0.3, 1, math.Inf(-1)}},
		{nil, -1, Trial{Person: 7, Other: math.Inf(-1)}},
	} {
		if got, err := NewTrial(7, x.scores, x.mate); err != nil || got != x.want {
			t.Errorf("%v, %d: %+v, %v", x.scores, x.mate, got, err)
		}
	}
	if _, err := NewTrial(0, []float64{1}, 1); !errors.Is(err, ErrOption) {
		t.Error(err)
	}
	if _, err := NewTrial(0, []float64{math.NaN()}, 0); !errors.Is(err, ErrScore) {
		t.Error(err)
	}
}

func randomTrials(r *rand.Rand) []Trial {
	trials := []Trial{{Person: 1, Enrolled: true, Mate: 1, Rank: 1}, {Person: 2, Other: 0.5}}
	for range r.IntN(60) {
		s := make([]float64, 1+r.IntN(5))
		mate := r.IntN(len(s)+3) - 3
		for k := range s {
			s[k] = math.Round(10*(r.NormFloat64()+2*float64(btoi(k == mate)))) / 10
		}
		t, err := NewTrial(r.IntN(20), s, mate)
		if err != nil {
			panic(err)
		}
		trials = append(trials, t)
	}
	return trials
}

// slowOpen counts both errors at one threshold.
func slowOpen(trials []Trial, th float64) (fnir, fpir float64) {
	var mated, unmated float64
	for _, t := range trials {
		if t.Enrolled {
			mated++
			if !(t.Rank == 1 && t.Mate >= th) {
				fnir++
			}
		} else {
			unmated++
			if t.Other >= th {
				fpir++
			}
		}
	}
	return fnir / mated, fpir / unmated
}

func TestOpenSetAgainstDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for range 500 {
		trials := randomTrials(r)
		c, err := OpenSet(trials)
		if err != nil {
			t.Fatal(err)
		}
		if c.Threshold[0] != math.Inf(1) || c.FNIR[0] != 1 || c.FPIR[0] != 0 || c.FPIR[len(c.FPIR)-1] != 1 {
			t.Fatalf("ends: %+v", c)
		}
		for k, th := range c.Threshold {
			fnir, fpir := slowOpen(trials, th)
			if c.FNIR[k] != fnir || c.FPIR[k] != fpir {
				t.Fatalf("at %v: %v, %v; want %v, %v", th, c.FNIR[k], c.FPIR[k], fnir, fpir)
			}
		}
		cmc, err := CMC(trials, 6)
		if err != nil {
			t.Fatal(err)
		}
		if last := c.FNIR[len(c.FNIR)-1]; math.Abs(1-last-cmc[0]) > 1e-12 || cmc[5] != 1 || !slices.IsSorted(cmc) {
			t.Fatalf("rank-1 %v, FNIR at the end %v, CMC %v", cmc[0], last, cmc)
		}
		fpirs := []float64{0, 0.05, 0.2, 1}
		id, err := BootstrapIdentify(trials, fpirs, &BootstrapOptions{Samples: 3, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		if id.Rank1.Value != cmc[0] {
			t.Fatalf("rank-1 %v, want %v", id.Rank1.Value, cmc[0])
		}
		for k, f := range fpirs {
			fnir, th := c.FNIRAtFPIR(f)
			if id.FNIR[k].Value != fnir {
				t.Fatalf("FNIR@FPIR=%v: %v, want %v", f, id.FNIR[k].Value, fnir)
			}
			if a, b := slowOpen(trials, th); a != fnir || b > f {
				t.Fatalf("threshold %v gives %v, %v", th, a, b)
			}
			for _, other := range c.Threshold {
				if a, b := slowOpen(trials, other); b <= f && (a < fnir || a == fnir && other > th) {
					t.Fatalf("%v is better than %v", other, th)
				}
			}
		}
	}
}

func TestOpenSetEdges(t *testing.T) {
	miss := []Trial{{Enrolled: true, Mate: 0.2, Rank: 2, Other: 0.9}, {Other: 0.1}}
	c, err := OpenSet(miss)
	if err != nil || slices.Min(c.FNIR) != 1 {
		t.Errorf("%+v, %v", c, err)
	}
	if fnir, th := c.FNIRAtFPIR(math.NaN()); fnir != 1 || !math.IsInf(th, 1) {
		t.Errorf("%v at %v", fnir, th)
	}
	for _, x := range [][]Trial{nil, miss[:1], miss[1:]} {
		if _, err := OpenSet(x); !errors.Is(err, ErrEmpty) {
			t.Error(err)
		}
	}
	if _, err := OpenSet([]Trial{{Enrolled: true, Mate: math.NaN(), Rank: 1}}); !errors.Is(err, ErrScore) {
		t.Error(err)
	}
	if _, err := CMC(miss, 0); !errors.Is(err, ErrOption) {
		t.Error(err)
	}
	if _, err := CMC([]Trial{{Enrolled: true}}, 1); !errors.Is(err, ErrOption) {
		t.Error(err)
	}
	if _, err := CMC(miss[1:], 1); !errors.Is(err, ErrEmpty) {
		t.Error(err)
	}
	if id, err := BootstrapIdentify(miss[:1], nil, nil); err != nil || id.Rank1.Value != 0 {
		t.Errorf("closed set: %+v, %v", id, err)
	}
	if _, err := BootstrapIdentify(miss[:1], []float64{0.1}, nil); !errors.Is(err, ErrEmpty) {
		t.Error(err)
	}
	if _, err := BootstrapIdentify(miss, []float64{-1}, nil); !errors.Is(err, ErrOption) {
		t.Error(err)
	}
}

// Rank-1 of people with one search each is a binomial share: its interval is known.
func TestBootstrapIdentify(t *testing.T) {
	var trials []Trial
	for p := range 200 {
		trials = append(trials, Trial{Person: p, Enrolled: true, Mate: 0.9, Rank: 1 + btoi(p%5 == 0), Other: 0.5},
			Trial{Person: 1000 + p, Other: float64(p) / 400})
	}
	id, err := BootstrapIdentify(trials, []float64{0.01}, &BootstrapOptions{Samples: 4000})
	if err != nil {
		t.Fatal(err)
	}
	lo, hi := id.Rank1.Interval(0.95)
	// √(.8·.2/200)·1.96 = 0.0554
	if math.Abs(lo-0.7446) > 0.01 || math.Abs(hi-0.8554) > 0.01 || id.Rank1.Value != 0.8 {
		t.Errorf("%v [%v, %v]", id.Rank1.Value, lo, hi)
	}
	if id.FNIR[0].Value != 0.2 && math.Abs(id.FNIR[0].Value-0.2) > 1e-12 {
		t.Errorf("FNIR %v", id.FNIR[0].Value)
	}
}
