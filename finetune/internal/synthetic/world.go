// Package synthetic makes training data in which it is known what there is to find. It is for tests.
package synthetic

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"faceid/finetune/dense"
)

// World makes data in which fine-tuning has something to find: a trunk feature is the person's signal, plus noise,
// and the spoilt view adds strong noise in a few fixed directions that a layer can learn to ignore.
type World struct {
	People, T, D int
	Photos       func(person int) int
	Kinds        []string // besides clean
	Seed         uint64
}

func (w World) Make(t testing.TB) (*dense.Dataset, dense.Layer) {
	t.Helper()
	rng := rand.New(rand.NewPCG(w.Seed, 1))
	normal := func(n int, s float64) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(s * rng.NormFloat64())
		}
		return v
	}
	nuisance := make([][]float32, 3)
	for i := range nuisance {
		nuisance[i] = normal(w.T, 1)
	}
	d := &dense.Dataset{}
	var ix dense.Index
	for p := range w.People {
		signal := normal(w.T, 1)
		for ph := range w.Photos(p) {
			clean := normal(w.T, 0.4)
			for i, v := range signal {
				clean[i] += v
			}
			name := fmt.Sprintf("person-%d/%d.jpg", p, ph)
			add := func(kind string, x []float32) {
				if err := d.Add(&ix, fmt.Sprintf("person-%d", p), name, kind, x); err != nil {
					t.Fatal(err)
				}
			}
			add(dense.KindClean, clean)
			for _, k := range w.Kinds {
				x := append([]float32(nil), clean...)
				for _, dir := range nuisance {
					a := float32(2.5 * rng.NormFloat64())
					for i, v := range dir {
						x[i] += a * v
					}
				}
				add(k, x)
			}
		}
	}
	l := dense.Layer{D: w.D, T: w.T, W: normal(w.D*w.T, 0.2), B: normal(w.D, 0.01)}
	return d, l
}

// Each is a number of photos that is the same for everybody.
func Each(n int) func(int) int { return func(int) int { return n } }
