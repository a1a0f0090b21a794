package finetune_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"faceid/finetune"
)

// world makes data in which fine-tuning has something to find: a trunk feature is the person's signal, plus noise,
// and the spoilt view adds strong noise in a few fixed directions that a layer can learn to ignore.
type world struct {
	people, t, d int
	photos       func(person int) int
	kinds        []string // besides clean
	seed         uint64
}

func (w world) make(t testing.TB) (*finetune.Dataset, finetune.Layer) {
	t.Helper()
	rng := rand.New(rand.NewPCG(w.seed, 1))
	normal := func(n int, s float64) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(s * rng.NormFloat64())
		}
		return v
	}
	nuisance := make([][]float32, 3)
	for i := range nuisance {
		nuisance[i] = normal(w.t, 1)
	}
	d := &finetune.Dataset{}
	var ix finetune.Index
	for p := range w.people {
		signal := normal(w.t, 1)
		for ph := range w.photos(p) {
			clean := normal(w.t, 0.4)
			for i, v := range signal {
				clean[i] += v
			}
			name := fmt.Sprintf("person-%d/%d.jpg", p, ph)
			add := func(kind string, x []float32) {
				if err := d.Add(&ix, fmt.Sprintf("person-%d", p), name, kind, x); err != nil {
					t.Fatal(err)
				}
			}
			add(finetune.KindClean, clean)
			for _, k := range w.kinds {
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
	l := finetune.Layer{D: w.d, T: w.t, W: normal(w.d*w.t, 0.2), B: normal(w.d, 0.01)}
	return d, l
}

func each(n int) func(int) int { return func(int) int { return n } }

// small returns settings that suit tiny data.
func small() *finetune.Config {
	c := finetune.Defaults("")
	c.Epochs, c.BatchPeople, c.HeadLR = 6, 16, 0.1
	c.Scale = 16
	return c
}

func train(t testing.TB, d *finetune.Dataset, l finetune.Layer, c *finetune.Config) *finetune.Result {
	t.Helper()
	r, err := finetune.Train(context.Background(), d, l, c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
