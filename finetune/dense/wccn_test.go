package dense_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"faceid/finetune/dense"
	"faceid/finetune/gate"
	"faceid/finetune/internal/synthetic"
	"faceid/internal/gemm"
)

// TestWCCN: what the layer makes of the data has, person by person, a covariance that is the identity up to the
// shrinkage, and other people are told apart better where views err in one direction.
func TestWCCN(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	c := synthetic.Crowd{Clean: 0.4, Poor: 0.8, Uneven: 0.2, D: 12}
	d, other := c.Draw(rng, 30), c.Draw(rng, 200)
	before, _ := c.Layers()
	after, err := dense.WCCN(d, before, 0.3)
	if err != nil {
		t.Fatal(err)
	}
	g, err := gate.Measure(other, before, after, nil)
	if err != nil || !g.Decision.Better {
		t.Errorf("%+v, %v", g.Decision, err)
	}
	same, err := dense.WCCN(d, before, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range same.W {
		if math.Abs(float64(v-before.W[i])) > 1e-4 {
			t.Fatalf("a shrink of 1 changed weight %d from %g to %g", i, before.W[i], v)
		}
	}
	meanSquare := func(l dense.Layer) (sum float64) { // of the raw embeddings of clean views
		v := d.Views(dense.KindClean, false)
		e := gemm.Matrix(make([]float32, v.Len()*l.D), v.Len(), l.D)
		l.Affine(e, gemm.Matrix(v.X, v.Len(), v.T))
		for _, x := range e.Data {
			sum += float64(x) * float64(x) / float64(v.Len())
		}
		return sum
	}
	if a, b := meanSquare(before), meanSquare(after); math.Abs(a-b) > 1e-3*a {
		t.Errorf("mean squared norm %g, was %g", b, a)
	}
	for _, shrink := range []float64{0, -1, 1.1, math.NaN()} {
		if _, err := dense.WCCN(d, before, shrink); !errors.Is(err, dense.ErrConfig) {
			t.Errorf("shrink %v: %v", shrink, err)
		}
	}
	one := d.Pick(func(i int) bool { return i == 0 })
	one.Photos, one.People = []string{"a"}, []string{"a"}
	one.Photo[0], one.Person[0] = 0, 0
	if _, err := dense.WCCN(one, before, 0.8); !errors.Is(err, dense.ErrTooFew) {
		t.Errorf("one view: %v", err)
	}
}
