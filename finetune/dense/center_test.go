package dense_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"faceid/finetune/dense"
	"faceid/finetune/gate"
	"faceid/finetune/internal/synthetic"
)

// TestCenter: the share of the mean is taken, people and kinds weighing alike, of spoilt views where there are any; and
// where photos lean one way by a strength of their own, others are told apart better for it.
func TestCenter(t *testing.T) {
	c := synthetic.Crowd{Clean: 0.4, Poor: 0.5, Uneven: 0.2, D: 12}
	lean := func(d *dense.Dataset, rng *rand.Rand) *dense.Dataset {
		for i := range d.Len() {
			d.Row(i)[3] += 2
			if d.Kinds[d.Kind[i]] != dense.KindClean {
				d.Row(i)[3] += float32(4 * rng.Float64())
			}
		}
		return d
	}
	rng := rand.New(rand.NewPCG(31, 7))
	d, others := lean(c.Draw(rng, 10), rng), lean(c.Draw(rng, 200), rng)
	before, _ := c.Layers()
	// The mean over people of the mean raw embedding of each one's views of a kind.
	mean := func(d *dense.Dataset, kind string, l dense.Layer) []float64 {
		sum, n := map[int32][]float64{}, map[int32]float64{}
		for i, p := range d.Person {
			if d.Kinds[d.Kind[i]] != kind {
				continue
			}
			if sum[p] == nil {
				sum[p] = make([]float64, l.D)
			}
			n[p]++
			for r := range l.D {
				e := float64(l.B[r])
				for j, x := range d.Row(i) {
					e += float64(l.W[r*l.T+j]) * float64(x)
				}
				sum[p][r] += e
			}
		}
		out := make([]float64, l.D)
		for p, s := range sum {
			for r := range s {
				out[r] += s[r] / n[p] / float64(len(sum))
			}
		}
		return out
	}
	clean := d.OnlyKinds(dense.KindClean)
	for _, x := range []struct {
		d     *dense.Dataset
		kind  string
		share float64
	}{
		{d, d.TestKinds()[1], 0.5}, {d, d.TestKinds()[1], 1},
		{clean, dense.KindClean, 0.5}, {clean, dense.KindClean, 0},
	} {
		was, is := mean(x.d, x.kind, before), mean(x.d, x.kind, dense.Center(x.d, x.share, before)[0])
		for r := range was {
			if math.Abs(is[r]-(1-x.share)*was[r]) > 1e-5 {
				t.Errorf("%s, a share of %g: mean output %d is %g, it was %g", x.kind, x.share, r, is[r], was[r])
			}
		}
	}
	g, err := gate.Measure(others, before, dense.Center(d, dense.CenterShare, before)[0], nil)
	if err != nil || !g.Decision.Better || g.Domains[0].TAR1e3.Diff.High < 0 {
		t.Errorf("%+v, %v", g.Decision, err)
	}
}
