package dense

import (
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
		want := func(i, j int) float64 {
			if i == j {
				return 1
			}
			return 0
		}
		for i := range n {
			for j := range n {
				worst = max(worst, math.Abs(p.At(i, j)-want(i, j)))
			}
		}
		if worst > 1e-3 {
			t.Errorf("smallest eigenvalue %g: Z·A·Z is off the identity by %g", least, worst)
		}
	}
}
