package eval

import (
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

// With all weights 1, and with the weights written out as repeated scores, the weighted pass equals the curve.
func TestWeightedFigures(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	fars := []float64{0, 0.01, 0.1, 0.3, 1}
	for range 500 {
		g, i := randomScores(r)
		all := slices.Concat(g, i)
		rk := newRanked(len(all), func(k int) (float64, bool) { return all[k], k < len(g) })
		w := make([]int64, len(all))
		var rg, ri []float64
		for k := range w {
			w[k] = int64(r.IntN(3))
			for range w[k] {
				if k < len(g) {
					rg = append(rg, all[k])
				} else {
					ri = append(ri, all[k])
				}
			}
		}
		c, err := ROC(rg, ri)
		if err != nil { // nothing of one class was drawn
			continue
		}
		tar := make([]float64, len(fars))
		eer, auc := rk.figures(w, fars, tar)
		wantEER, _ := c.EER()
		if math.Abs(eer-wantEER) > 1e-12 || math.Abs(auc-c.AUC()) > 1e-12 {
			t.Fatalf("EER %v, AUC %v; want %v, %v", eer, auc, wantEER, c.AUC())
		}
		for k, f := range fars {
			if want, _ := c.TARAtFAR(f); tar[k] != want {
				t.Fatalf("TAR@FAR=%v: %v, want %v", f, tar[k], want)
			}
		}
	}
}

func TestBootstrapPairs(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	g, i := make([]float64, 400), make([]float64, 400)
	for k := range g {
		g[k], i[k] = r.NormFloat64()+2, r.NormFloat64()
	}
	o := &BootstrapOptions{Samples: 2000, Seed: 5}
	a, err := BootstrapPairs(g, i, []float64{0.05, 1}, o)
	if err != nil {
		t.Fatal(err)
	}
	c, _ := ROC(g, i)
	if want, _ := c.TARAtFAR(0.05); a.TAR[0].Value != want {
		t.Errorf("value %v, want %v", a.TAR[0].Value, want)
	}
	// At FAR 1 everything is accepted, so there is nothing to vary.
	if lo, hi := a.TAR[1].Interval(0.95); lo != 1 || hi != 1 {
		t.Errorf("[%v, %v] at FAR 1", lo, hi)
	}
	// The AUC's standard error by Hanley and McNeil, 1982, eq. 1, with A = Φ(√2): within a tenth.
	A := c.AUC()
	q1, q2 := A/(2-A), 2*A*A/(1+A)
	want := math.Sqrt((A*(1-A) + 399*(q1-A*A) + 399*(q2-A*A)) / (400 * 400))
	var m, ss float64
	for _, x := range a.AUC.Replicates {
		m += x / 2000
	}
	for _, x := range a.AUC.Replicates {
		ss += (x - m) * (x - m)
	}
	if got := math.Sqrt(ss / 1999); math.Abs(got/want-1) > 0.15 {
		t.Errorf("standard error of AUC %v, Hanley and McNeil %v", got, want)
	}
	old := runtime.GOMAXPROCS(1)
	b, _ := BootstrapPairs(g, i, []float64{0.05, 1}, o)
	runtime.GOMAXPROCS(old)
	if !slices.Equal(a.EER.Replicates, b.EER.Replicates) || !slices.Equal(a.TAR[0].Replicates, b.TAR[0].Replicates) {
		t.Error("another number of CPUs, other replicates")
	}
	d, err := a.EER.Minus(b.EER)
	if lo, hi := d.Interval(0.95); err != nil || d.Value != 0 || lo != 0 || hi != 0 {
		t.Errorf("difference with itself: %v, [%v, %v], %v", d.Value, lo, hi, err)
	}
	o.Seed = 6
	if b, _ := BootstrapPairs(g, i, nil, o); slices.Equal(a.EER.Replicates, b.EER.Replicates) {
		t.Error("another seed, the same replicates")
	}
	if _, err := a.EER.Minus(Estimate{}); !errors.Is(err, ErrOption) {
		t.Error(err)
	}
	for _, o := range []*BootstrapOptions{{Samples: -1}, {Samples: 2e6}} {
		if _, err := BootstrapPairs(g, i, nil, o); !errors.Is(err, ErrOption) {
			t.Error(err)
		}
	}
	if _, err := BootstrapPairs(g, i, []float64{math.NaN()}, nil); !errors.Is(err, ErrOption) {
		t.Error(err)
	}
}

// One person's pairs stand or fall together: resampling people shows it, resampling pairs does not.
func TestBootstrapPeople(t *testing.T) {
	var c []Comparison
	var g, i []float64
	for p := range 20 {
		s := 0.9
		if p%4 == 0 {
			s = -0.5 // a person whose every genuine pair fails
		}
		for k := range 30 {
			v := s + float64(k)*1e-4
			c, g = append(c, Comparison{p, p, v}), append(g, v)
		}
		for q := range p {
			v := float64((p*31+q*17)%100) / 500
			c, i = append(c, Comparison{p, q, v}), append(i, v)
		}
	}
	fars := []float64{0.01}
	people, err := BootstrapPeople(c, fars, nil)
	if err != nil {
		t.Fatal(err)
	}
	pairs, err := BootstrapPairs(g, i, fars, nil)
	if err != nil {
		t.Fatal(err)
	}
	if people.TAR[0].Value != 0.75 || pairs.TAR[0].Value != 0.75 {
		t.Fatalf("%v, %v", people.TAR[0].Value, pairs.TAR[0].Value)
	}
	a0, a1 := people.TAR[0].Interval(0.95)
	b0, b1 := pairs.TAR[0].Interval(0.95)
	// Binomial: σ = √(.75·.25/20) = 0.097 over people, 0.018 over 600 pairs; intervals are 3.92 σ wide.
	if w := a1 - a0; w < 0.30 || w > 0.45 {
		t.Errorf("over people: [%v, %v]", a0, a1)
	}
	if w := b1 - b0; w < 0.05 || w > 0.09 {
		t.Errorf("over pairs: [%v, %v]", b0, b1)
	}
	if _, err := BootstrapPeople(c[:0], nil, nil); !errors.Is(err, ErrEmpty) {
		t.Error(err)
	}
	if _, err := BootstrapPeople([]Comparison{{1, 1, math.NaN()}}, nil, nil); !errors.Is(err, ErrScore) {
		t.Error(err)
	}
	// Two people, ids at the ends of int: half of the resamples have no impostor pair and are drawn again.
	two := []Comparison{{math.MaxInt, math.MaxInt, 1}, {math.MinInt, math.MinInt, 0.9}, {math.MinInt, math.MaxInt, 0.2}}
	v, err := BootstrapPeople(two, fars, nil)
	if err != nil || slices.ContainsFunc(v.EER.Replicates, math.IsNaN) {
		t.Errorf("%v", err)
	}
	if lo, hi := (Estimate{}).Interval(0.95); !math.IsNaN(lo) || !math.IsNaN(hi) {
		t.Errorf("no replicates: [%v, %v]", lo, hi)
	}
	if lo, hi := (Estimate{Replicates: []float64{2}}).Interval(0.95); lo != 2 || hi != 2 {
		t.Errorf("one replicate: [%v, %v]", lo, hi)
	}
}

func BenchmarkBootstrap(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	g, i := make([]float64, 3000), make([]float64, 3000)
	for k := range g {
		g[k], i[k] = r.NormFloat64()+3, r.NormFloat64()
	}
	b.Run("pairs=6000/samples=1000", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := BootstrapPairs(g, i, []float64{0.01, 0.001}, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}
