package calibrate

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func fit(t *testing.T, ref Reference, s Sample) *Fit {
	t.Helper()
	f, err := New(ref, s)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestExpected: the expected rate against plain random draws from the posterior, where nothing was counted.
func TestExpected(t *testing.T) {
	s := faces(50, 8).sample(12)
	f := fit(t, like, s)
	mean, cov := posterior(like, f.Moments, 12, noiseOf(s, f.Moments))
	var chol mat.Cholesky
	chol.Factorize(cov)
	var l mat.TriDense
	chol.LTo(&l)
	rng := rand.New(rand.NewPCG(1, 1))
	at := f.Threshold(1e-3)
	w := f.weight(1e-3)
	var sum float64
	const draws = 100_000
	for range draws {
		z := mat.NewVecDense(dims, nil)
		for i := range dims {
			z.SetVec(i, rng.NormFloat64())
		}
		var x mat.VecDense
		x.MulVec(&l, z)
		v := func(i int) float64 { return mean[i] + x.AtVec(i) }
		m := rateAbove((at-like.Mean-like.SD*v(0))/(like.SD*math.Exp(v(1))), v(4))
		sum += m * (ratioShape + w*float64(f.counted(at))) / (ratioShape + w*float64(f.Pairs)*m) / draws
	}
	if got := f.expected(at); math.Abs(got/sum-1) > 0.06 {
		t.Errorf("expected %g, by random draws %g", got, sum)
	}
}

// TestThreshold: it gives no more than what was asked, a little below it gives more, and a lower rate needs a higher
// one.
func TestThreshold(t *testing.T) {
	for _, n := range []int{3, 5, 20, 150} {
		f := fit(t, like, faces(200, uint64(n)).sample(n))
		last := -2.0
		for _, far := range []float64{0.3, 0.1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6} {
			at := f.Threshold(far)
			if f.expected(at) > far || f.expected(at-1e-6) < far*0.999 {
				t.Errorf("n %d: threshold %.4f for %g gives %g, and %g below", n, at, far,
					f.expected(at), f.expected(at-1e-6))
			}
			if at < last {
				t.Errorf("n %d: threshold %.4f for %g after %.4f", n, at, far, last)
			}
			last = at
			rate, low, high := f.FAR(at)
			if !(low >= 0 && low <= rate && rate <= high && high <= 1) || high == 0 {
				t.Errorf("n %d: FAR %g in [%g, %g]", n, rate, low, high)
			}
		}
		for _, bad := range []float64{0, 1, -1, math.NaN(), 2} {
			if !math.IsNaN(f.Threshold(bad)) {
				t.Errorf("a threshold for %v", bad)
			}
		}
	}
}

// TestScale: scores on another scale, with the reference on that scale or with none, give the threshold on that scale.
func TestScale(t *testing.T) {
	s := faces(50, 4).sample(25)
	const a, b = 0.5, 0.2
	o := Sample{People: s.People}
	for _, p := range s.Pairs {
		o.Pairs = append(o.Pairs, Pair{p.A, p.B, a*p.Score + b})
	}
	for _, ref := range []Reference{like, {}} {
		other := ref
		if ref != (Reference{}) {
			other = Reference{a*ref.Mean + b, a * ref.SD}
		}
		x, y := fit(t, ref, s).Threshold(1e-3), fit(t, other, o).Threshold(1e-3)
		if math.Abs(a*x+b-y) > 1e-5 {
			t.Errorf("reference %+v: %.5f and %.5f", ref, a*x+b, y)
		}
	}
}

// TestCounted: with many people the count decides, whatever the reference says.
func TestCounted(t *testing.T) {
	s := newPopulation(1200, 2, 0.1, 0.5, 0.2).sample(1200)
	for _, ref := range []Reference{like, {0.2, 0.2}, {}} {
		f := fit(t, ref, s)
		at := f.Threshold(1e-3)
		if c := float64(f.counted(at)) / float64(f.Pairs); c < 0.6e-3 || c > 1.4e-3 {
			t.Errorf("reference %+v: the share counted at the threshold is %g", ref, c)
		}
	}
}

// TestFewPeople: little is known of five people, so their threshold is stricter than that of 200 of the same kind.
func TestFewPeople(t *testing.T) {
	p := faces(400, 6)
	var five, many float64
	for range 20 {
		five += fit(t, like, p.sample(5)).Threshold(1e-4) / 20
		many += fit(t, like, p.sample(100)).Threshold(1e-4) / 20
	}
	if five <= many {
		t.Errorf("mean threshold of 5 people %.3f, of 100 %.3f", five, many)
	}
}

// TestCoverage: the interval holds the true rate about as often as it says, people drawn anew each time, from 5 to 100
// of them, whether or not one of their pairs passed; for each kind of people, also those with a heavier tail than LFW.
func TestCoverage(t *testing.T) {
	size, draws := 2000, 150
	if testing.Short() {
		size, draws = 1000, 80
	}
	type group struct{ held, all int }
	passed, none := group{}, group{}
	for k, c := range []struct {
		common, groups, uneven float64
		sizes                  []int
	}{
		{0.1, 0.3, 0.35, []int{5, 20, 100}},
		{0.1, 0.3, 0.2, []int{5, 20, 100}},
		{0.3, 0.2, 0.3, []int{5, 20, 100}},
		{0.1, 0.42, 0.2, []int{20, 50}},
		{0.1, 0.4, 0.3, []int{20}},
	} {
		p := newPopulation(size, uint64(10+k), c.common, c.groups, c.uneven)
		truth := p.all()
		m := MomentsOf(truth)
		ref := Reference{m.Mean - 0.05, m.SD * 0.92} // as LFW lies to other people
		for _, n := range c.sizes {
			held := 0
			for range draws {
				f := fit(t, ref, p.sample(n))
				at := f.Threshold(1e-3)
				g := &none
				if f.counted(at) > 0 {
					g = &passed
				}
				g.all++
				if _, low, high := f.FAR(at); low <= shareAbove(truth, at) && shareAbove(truth, at) <= high {
					held++
					g.held++
				}
			}
			t.Logf("%+v, %d people: %d of %d", c, n, held, draws)
			if float64(held) < 0.9*float64(draws) {
				t.Errorf("%+v, %d people: %d of %d intervals hold the true rate", c, n, held, draws)
			}
		}
	}
	for name, g := range map[string]group{"no pair passed": none, "some pair passed": passed} {
		share := float64(g.held) / float64(g.all)
		t.Logf("%s: %.3f of %d", name, share, g.all)
		// 99 % is the most; so many draws tell it to within their own chance.
		if share < 0.9 || share > 0.99+2*math.Sqrt(0.99*0.01/float64(g.all)) {
			t.Errorf("%s: %d of %d intervals hold the true rate", name, g.held, g.all)
		}
	}
}

// TestAsked: over many samples the true rate is about the one asked for, and seldom many times higher.
func TestAsked(t *testing.T) {
	p := faces(1000, 21)
	truth := p.all()
	for _, c := range []struct {
		n                  int
		least, most, worst float64
	}{{20, 0.3, 1.6, 3}, {100, 0.5, 1.4, 2}} {
		var r []float64
		for range 60 {
			r = append(r, shareAbove(truth, fit(t, like, p.sample(c.n)).Threshold(1e-3))/1e-3)
		}
		slices.Sort(r)
		if r[30] < c.least || r[30] > c.most || r[54] > c.worst {
			t.Errorf("%d people: true over asked %.2f .. %.2f .. %.2f", c.n, r[6], r[30], r[54])
		}
	}
}

func TestNewRefuses(t *testing.T) {
	s := faces(20, 1).sample(6)
	flat := Sample{People: 3, Pairs: []Pair{{0, 1, 0.5}, {0, 2, 0.5}, {1, 2, 0.5}}}
	bad := faces(20, 1).sample(4)
	bad.Pairs[2].Score = float32(math.NaN())
	for name, c := range map[string]struct {
		ref  Reference
		s    Sample
		want error
	}{
		"two people":     {like, faces(20, 1).sample(2), ErrFew},
		"few pairs":      {like, Sample{People: 6, Pairs: s.Pairs[:7]}, ErrFew},
		"equal scores":   {like, flat, ErrFew},
		"no number":      {like, bad, ErrScore},
		"bad reference":  {Reference{0.1, -1}, s, ErrReference},
		"NaN deviation":  {Reference{0.1, math.NaN()}, s, ErrReference},
		"huge reference": {Reference{0.1, math.Inf(1)}, s, ErrReference},
	} {
		if _, err := New(c.ref, c.s); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}
