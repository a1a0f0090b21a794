package finetune

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// TestInverseRoot holds the iteration against the eigenvectors, from well to badly conditioned.
func TestInverseRoot(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	const n = 60
	for _, least := range []float64{0.5, 1e-2, 1e-4} {
		b := mat.NewDense(n, n, nil)
		for i := range n {
			for j := range n {
				b.Set(i, j, rng.NormFloat64())
			}
		}
		var s mat.SymDense
		s.SymOuterK(1.0/n, b)
		a := make([]float64, n*n)
		for i := range n {
			for j := range n {
				a[i*n+j] = s.At(i, j)
			}
			a[i*n+i] += least
		}
		z, err := inverseRoot(slices.Clone(a), n)
		if err != nil {
			t.Fatal(err)
		}
		// Z·A·Z must be the identity.
		zd := mat.NewDense(n, n, nil)
		for i, v := range z.Data {
			zd.Set(i/n, i%n, float64(v))
		}
		var p mat.Dense
		p.Product(zd, mat.NewDense(n, n, a), zd)
		worst := 0.0
		for i := range n {
			for j := range n {
				worst = max(worst, math.Abs(p.At(i, j)-float64(btoi(i == j))))
			}
		}
		if worst > 1e-3 {
			t.Errorf("smallest eigenvalue %g: Z·A·Z is off the identity by %g", least, worst)
		}
	}
}

// TestWCCN: what the layer makes of the data has, person by person, a covariance that is the identity up to the
// shrinkage, and other people are told apart better where views err in one direction.
func TestWCCN(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	c := crowd{clean: 0.4, poor: 0.8, uneven: 0.2, d: 12}
	d, other := c.draw(rng, 30), c.draw(rng, 200)
	before, _ := c.layers()
	after, err := WCCN(d, before, 0.3)
	if err != nil {
		t.Fatal(err)
	}
	g, err := Measure(other, before, after, nil)
	if err != nil || !g.Decision.Better {
		t.Errorf("%+v, %v", g.Decision, err)
	}
	same, err := WCCN(d, before, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range same.W {
		if math.Abs(float64(v-before.W[i])) > 1e-4 {
			t.Fatalf("a shrink of 1 changed weight %d from %g to %g", i, before.W[i], v)
		}
	}
	if a, b := meanSquare(d.views(KindClean, false), before),
		meanSquare(d.views(KindClean, false), after); math.Abs(a-b) > 1e-3*a {
		t.Errorf("mean squared norm %g, was %g", b, a)
	}
	for _, shrink := range []float64{0, -1, 1.1, math.NaN()} {
		if _, err := WCCN(d, before, shrink); !errors.Is(err, ErrConfig) {
			t.Errorf("shrink %v: %v", shrink, err)
		}
	}
	one := d.pick(func(i int) bool { return i == 0 })
	one.Photos, one.People = []string{"a"}, []string{"a"}
	one.Photo[0], one.Person[0] = 0, 0
	if _, err := WCCN(one, before, 0.8); !errors.Is(err, ErrTooFew) {
		t.Errorf("one view: %v", err)
	}
}
