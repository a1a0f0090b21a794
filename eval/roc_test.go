package eval

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// slowRates re-applies a threshold to the scores, as the definition says.
func slowRates(g, i []float64, t float64) (tar, far float64) {
	for _, s := range g {
		if s >= t {
			tar++
		}
	}
	for _, s := range i {
		if s >= t {
			far++
		}
	}
	return tar / float64(len(g)), far / float64(len(i))
}

// slowAUC is the Mann–Whitney count over all pairs of pairs.
func slowAUC(g, i []float64) float64 {
	var n float64
	for _, a := range g {
		for _, b := range i {
			switch {
			case a > b:
				n++
			case a == b:
				n += 0.5
			}
		}
	}
	return n / float64(len(g)) / float64(len(i))
}

// randomScores draws lists with ties (few levels), separation and sizes that vary with the round.
func randomScores(r *rand.Rand) (g, i []float64) {
	levels := []float64{3, 10, 1000, 1e12}[r.IntN(4)]
	shift := r.Float64() * 3
	one := func(shift float64) float64 {
		if r.IntN(50) == 0 {
			return math.Inf(-1) // a comparison that could not be made
		}
		return math.Round((r.NormFloat64()+shift)*levels) / levels
	}
	for range 1 + r.IntN(60) {
		g = append(g, one(shift))
	}
	for range 1 + r.IntN(120) {
		i = append(i, one(0))
	}
	return g, i
}

func TestROCAgainstDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		g, i := randomScores(r)
		c, err := ROC(g, i)
		if err != nil {
			t.Fatal(err)
		}
		last := len(c.TAR) - 1
		if c.Threshold[0] != math.Inf(1) || c.TAR[0] != 0 || c.FAR[0] != 0 || c.TAR[last] != 1 || c.FAR[last] != 1 {
			t.Fatalf("ends of %+v", c)
		}
		for k, th := range c.Threshold {
			tar, far := slowRates(g, i, th)
			if c.TAR[k] != tar || c.FAR[k] != far {
				t.Fatalf("point %d: %v, %v; want %v, %v", k, c.TAR[k], c.FAR[k], tar, far)
			}
			if k > 0 && (th >= c.Threshold[k-1] || tar < c.TAR[k-1] || far < c.FAR[k-1]) {
				t.Fatalf("not monotone at %d", k)
			}
			if a, b := c.At(th); a != tar || b != far {
				t.Fatalf("At(%v) = %v, %v", th, a, b)
			}
			if x := th - 1e-3; !math.IsInf(th, 0) {
				tar, far := slowRates(g, i, x)
				if a, b := c.At(x); a != tar || b != far {
					t.Fatalf("At(%v) = %v, %v; want %v, %v", x, a, b, tar, far)
				}
			}
		}
		if a, b := c.AUC(), slowAUC(g, i); math.Abs(a-b) > 1e-12 { // sums of at most 180 terms in [0, 1]
			t.Fatalf("AUC %v, want %v", a, b)
		}
		for _, far := range []float64{0, 1e-3, 0.01, 0.1, 0.5, 1, r.Float64()} {
			tar, th := c.TARAtFAR(far)
			wantTAR, wantTh := 0.0, math.Inf(1)
			for _, s := range slices.Concat(g, i) {
				a, b := slowRates(g, i, s)
				if b <= far && (a > wantTAR || a == wantTAR && a > 0 && s > wantTh) {
					wantTAR, wantTh = a, s
				}
			}
			if tar != wantTAR || th != wantTh {
				t.Fatalf("TAR@FAR=%v: %v at %v, want %v at %v", far, tar, th, wantTAR, wantTh)
			}
		}
		k := c.Corners()
		ka, kb := k.EER()
		a, b := c.EER()
		if math.Abs(ka-a) > 1e-12 || math.Abs(k.AUC()-c.AUC()) > 1e-12 {
			t.Fatalf("corners: EER %v %v, %v %v", a, b, ka, kb)
		}
		if !(a >= 0 && a <= 1) {
			t.Fatalf("EER %v", a)
		}
		// The EER lies between the errors of the two points that enclose it.
		lo, hi := 0.0, 1.0
		for k := range c.TAR {
			lo = max(lo, min(c.FAR[k], 1-c.TAR[k]))
			hi = min(hi, max(c.FAR[k], 1-c.TAR[k]))
		}
		if a < lo-1e-12 || a > hi+1e-12 {
			t.Fatalf("EER %v not in [%v, %v]", a, lo, hi)
		}
	}
}

// The example of scikit-learn's roc_curve and roc_auc_score documentation (1.7): drop_intermediate=False.
func TestROCKnown(t *testing.T) {
	c, err := ROCLabels([]float64{0.1, 0.4, 0.35, 0.8}, []bool{false, false, true, true})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(c.FAR, []float64{0, 0, 0.5, 0.5, 1}) || !slices.Equal(c.TAR, []float64{0, 0.5, 0.5, 1, 1}) ||
		!slices.Equal(c.Threshold, []float64{math.Inf(1), 0.8, 0.4, 0.35, 0.1}) || c.AUC() != 0.75 {
		t.Fatalf("%+v, AUC %v", c, c.AUC())
	}
	if eer, _ := c.EER(); eer != 0.5 {
		t.Fatalf("EER %v", eer)
	}
	c, _ = ROC([]float64{3, 4}, []float64{1, 2})
	if eer, th := c.EER(); eer != 0 || th != 3 {
		t.Fatalf("separable: EER %v at %v", eer, th)
	}
	if tar, th := c.TARAtFAR(0); tar != 1 || th != 3 {
		t.Fatalf("separable: %v at %v", tar, th)
	}
	c, _ = ROC([]float64{1}, []float64{2})
	if tar, th := c.TARAtFAR(0.5); tar != 0 || !math.IsInf(th, 1) {
		t.Fatalf("all wrong: %v at %v", tar, th)
	}
	if eer, _ := c.EER(); eer != 1 {
		t.Fatalf("all wrong: EER %v", eer)
	}
	c, _ = ROC([]float64{1, 1}, []float64{1, 1})
	if eer, _ := c.EER(); eer != 0.5 || c.AUC() != 0.5 {
		t.Fatalf("all equal: EER %v, AUC %v", eer, c.AUC())
	}
	if tar, th := c.TARAtFAR(math.NaN()); tar != 0 || !math.IsInf(th, 1) {
		t.Fatalf("NaN: %v at %v", tar, th)
	}
}

func TestROCRefuses(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, x := range []struct {
		g, i []float64
		want error
	}{
		{nil, []float64{1}, ErrEmpty}, {[]float64{1}, nil, ErrEmpty},
		{[]float64{nan}, []float64{1}, ErrScore}, {[]float64{1}, []float64{1, nan}, ErrScore},
		{[]float64{inf}, []float64{1}, ErrScore}, {[]float64{1}, []float64{inf}, ErrScore},
	} {
		if _, err := ROC(x.g, x.i); !errors.Is(err, x.want) {
			t.Errorf("ROC(%v, %v): %v", x.g, x.i, err)
		}
		if _, err := BootstrapPairs(x.g, x.i, nil, nil); !errors.Is(err, x.want) {
			t.Errorf("BootstrapPairs(%v, %v): %v", x.g, x.i, err)
		}
		if _, err := BestThreshold(x.g, x.i); !errors.Is(err, x.want) {
			t.Errorf("BestThreshold(%v, %v): %v", x.g, x.i, err)
		}
		s, err := NewStream(x.g)
		if err == nil {
			if err = s.Add(x.i...); err == nil {
				_, err = s.Curve()
			}
		}
		if !errors.Is(err, x.want) {
			t.Errorf("Stream(%v, %v): %v", x.g, x.i, err)
		}
	}
	if _, err := ROCLabels([]float64{1}, nil); !errors.Is(err, ErrOption) {
		t.Error(err)
	}
}

func TestStreamEqualsROC(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		g, i := randomScores(r)
		want, err := ROC(g, i)
		if err != nil {
			t.Fatal(err)
		}
		s, err := NewStream(g)
		if err != nil {
			t.Fatal(err)
		}
		f, cut := s.Fork(), r.IntN(len(i)+1)
		if err := errors.Join(s.Add(i[:cut]...), f.Add(i[cut:]...), s.Merge(f)); err != nil {
			t.Fatal(err)
		}
		got, err := s.Curve()
		if err != nil {
			t.Fatal(err)
		}
		for k, th := range got.Threshold {
			tar, far := slowRates(g, i, th)
			if got.TAR[k] != tar || got.FAR[k] != far {
				t.Fatalf("point %d at %v", k, th)
			}
		}
		a, b := got.Corners(), want.Corners()
		if !slices.Equal(a.Threshold, b.Threshold) || !slices.Equal(a.TAR, b.TAR) || !slices.Equal(a.FAR, b.FAR) {
			t.Fatalf("corners differ:\n%+v\n%+v", a, b)
		}
		for _, far := range []float64{0, 0.01, 0.1, 0.5, 1} {
			tar, th := got.TARAtFAR(far)
			wtar, wth := want.TARAtFAR(far)
			if tar != wtar || th != wth {
				t.Fatalf("TAR@FAR=%v: %v at %v, want %v at %v", far, tar, th, wtar, wth)
			}
		}
	}
	a, _ := NewStream([]float64{1})
	b, _ := NewStream([]float64{2})
	if err := a.Merge(b); !errors.Is(err, ErrOption) {
		t.Error(err)
	}
	wide, err := NewStream([]float64{-math.MaxFloat64, 0, math.MaxFloat64, math.Inf(-1)})
	if err != nil || wide.Add(1, math.Inf(-1), -math.MaxFloat64) != nil {
		t.Error(err)
	}
	tiny, err := NewStream([]float64{0, math.SmallestNonzeroFloat64})
	if err != nil || tiny.Add(1, 0, -1) != nil || tiny.Add32([]float32{2}) != nil {
		t.Error(err)
	}
	if c, err := tiny.Curve(); err != nil || c.Impostor != 4 {
		t.Errorf("%+v, %v", c, err)
	}
}

func BenchmarkROC(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	g, i := make([]float64, 100_000), make([]float64, 900_000)
	for k := range g {
		g[k] = r.NormFloat64() + 3
	}
	for k := range i {
		i[k] = r.NormFloat64()
	}
	b.Run("n=1000000", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := ROC(g, i); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("stream/genuine=100000/impostor=900000", func(b *testing.B) {
		s, err := NewStream(g)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if err := s.Add(i...); err != nil {
				b.Fatal(err)
			}
		}
	})
}
