package eval

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// TestClopperPearson against its definition: at the ends of the interval what was seen, or more (less), has half of
// what the level leaves.
func TestClopperPearson(t *testing.T) {
	for _, n := range []float64{1, 3, 20, 500, 100_000} {
		for _, k := range []float64{0, 1, 2, 7, 20, 250, 500} {
			if k > n {
				continue
			}
			low, high := ClopperPearson(k, n, 0.95)
			if k > 0 {
				if p := 1 - (distuv.Binomial{N: n, P: low}).CDF(k-1); math.Abs(p-0.025) > 1e-6 {
					t.Errorf("%v of %v: at %v as many have %v", k, n, low, p)
				}
			} else if low != 0 {
				t.Errorf("0 of %v: low %v", n, low)
			}
			if k < n {
				if p := (distuv.Binomial{N: n, P: high}).CDF(k); math.Abs(p-0.025) > 1e-6 {
					t.Errorf("%v of %v: at %v as few have %v", k, n, high, p)
				}
			} else if high != 1 {
				t.Errorf("%v of %v: high %v", k, n, high)
			}
		}
	}
	for _, bad := range [][3]float64{{-1, 3, 0.9}, {4, 3, 0.9}, {1, 3, 0}, {1, 3, 1}, {math.NaN(), 3, 0.9},
		{1, math.Inf(1), 0.9}, {1, 3, math.NaN()}} {
		if low, high := ClopperPearson(bad[0], bad[1], bad[2]); !math.IsNaN(low) || !math.IsNaN(high) {
			t.Errorf("%v: %v, %v", bad, low, high)
		}
	}
	if low, high := ClopperPearson(0, 0, 0.95); low != 0 || high != 1 {
		t.Errorf("nothing seen: %v, %v", low, high)
	}
}

// crowd makes all-against-all scores: everybody has a tendency to score high with others, and photos of one person
// alike.
func crowd(rng *rand.Rand, people, photos int, hub float64) []Comparison {
	type photo struct {
		person int
		x      float64
	}
	var all []photo
	for p := range people {
		x := hub * rng.NormFloat64()
		for range photos {
			all = append(all, photo{p, x + 0.3*hub*rng.NormFloat64()})
		}
	}
	pair := map[[2]int]float64{}
	var c []Comparison
	for i, a := range all {
		for _, b := range all[:i] {
			k := [2]int{b.person, a.person}
			if _, ok := pair[k]; !ok {
				pair[k] = rng.NormFloat64()
			}
			s := a.x + b.x + pair[k] + 0.3*rng.NormFloat64()
			if a.person == b.person {
				s += 4
			}
			c = append(c, Comparison{a.person, b.person, s})
		}
	}
	return c
}

// TestRatesCoverage: drawn again and again, the intervals hold the true rates about as often as they say, with few
// people and with many, whether errors were seen or not.
func TestRatesCoverage(t *testing.T) {
	draws := 400
	if testing.Short() {
		draws = 150
	}
	for _, c := range []struct {
		people, photos int
		hub, threshold float64
	}{{5, 2, 0.3, 1.5}, {5, 3, 0.6, 2.5}, {20, 2, 0.5, 2}, {20, 1, 0.3, 2.5}, {60, 2, 0.4, 2.2}, {100, 1, 0.5, 3}} {
		rng := rand.New(rand.NewPCG(uint64(c.people), 4))
		sd := math.Sqrt(1 + 0.3*0.3 + 2*1.09*c.hub*c.hub)
		truth := 1 - distuv.UnitNormal.CDF(c.threshold/sd)
		held, held2, genuine := 0, 0, 0.0
		var tars []Rate
		for range draws {
			far, tar, err := RatesAt(crowd(rng, c.people, c.photos, c.hub), c.threshold)
			if err != nil {
				t.Fatal(err)
			}
			if far.Low <= truth && truth <= far.High {
				held++
			}
			if far.Hits == 0 && far.High < 1/float64(far.N) {
				t.Fatalf("none of %d seen, bound %v", far.N, far.High)
			}
			genuine += tar.Value / float64(draws)
			tars = append(tars, tar)
		}
		for _, r := range tars {
			if r.Low <= genuine && genuine <= r.High {
				held2++
			}
		}
		if share := float64(held) / float64(draws); share < 0.9 {
			t.Errorf("%+v: %.0f %% of the intervals hold the false accept rate %.4f", c, 100*share, truth)
		}
		if share := float64(held2) / float64(draws); c.photos > 1 && share < 0.9 {
			t.Errorf("%+v: %.0f %% of the intervals hold the true accept rate %.4f", c, 100*share, genuine)
		}
	}
}

// TestRatesSlow: the variance behind the interval against its definition, a sum over all pairs of pairs that share a
// person.
func TestRatesSlow(t *testing.T) {
	c := crowd(rand.New(rand.NewPCG(3, 3)), 12, 2, 0.6)
	far, _, err := RatesAt(c, 1.2)
	if err != nil {
		t.Fatal(err)
	}
	var hits, n, v float64
	for _, p := range c {
		if p.A != p.B {
			n++
			hits += float64(btoi(p.Score >= 1.2))
		}
	}
	rate := hits / n
	for _, p := range c {
		for _, q := range c {
			if p.A == p.B || q.A == q.B || p.A != q.A && p.A != q.B && p.B != q.A && p.B != q.B {
				continue
			}
			v += (float64(btoi(p.Score >= 1.2)) - rate) * (float64(btoi(q.Score >= 1.2)) - rate)
		}
	}
	f := distuv.StudentsT{Sigma: 1, Nu: 11}.Quantile(0.975) / distuv.UnitNormal.Quantile(0.975)
	want := math.Min(66, n*n*rate*(1-rate)/v) / f / f
	if far.Hits != int(hits) || far.N != int(n) || math.Abs(far.Effective-want) > 1e-6*want {
		t.Errorf("%+v, want %v of %v, effective %v", far, hits, n, want)
	}
}

func TestRatesEdges(t *testing.T) {
	far, tar, err := RatesAt(nil, 0.5)
	if err != nil || far.High != 1 || far.Low != 0 || !math.IsNaN(far.Value) || tar.High != 1 ||
		!math.IsNaN(tar.Value) {
		t.Errorf("%+v %+v %v", far, tar, err)
	}
	c := []Comparison{{1, 1, 0.9}, {1, 2, 0.1}, {2, 3, 0.2}, {1, 3, 0.3}}
	far, tar, _ = RatesAt(c, 0.5)
	if far.Value != 0 || far.High < 0.5 || far.High > 0.8 || tar.Value != 1 || tar.Low > 0.1 || tar.High != 1 {
		t.Errorf("%+v %+v", far, tar)
	}
	for _, bad := range []float64{math.NaN(), math.Inf(1)} {
		if _, _, err := RatesAt([]Comparison{{1, 2, bad}}, 0.5); !errors.Is(err, ErrScore) {
			t.Errorf("score %v: %v", bad, err)
		}
	}
	if _, _, err := RatesAt(c, math.NaN()); !errors.Is(err, ErrScore) {
		t.Errorf("threshold NaN: %v", err)
	}
}
