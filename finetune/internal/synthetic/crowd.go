package synthetic

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"

	"faceid/finetune/dense"
)

// Crowd is a world of people in few dimensions: a person is a direction, a clean photo that with noise whose size
// differs from person to person, and a poor photo one with more. The layer before keeps the direction in which poor
// photos err, the one after leaves it out.
type Crowd struct {
	Clean, Poor float64 // size of the noise
	Uneven      float64 // how much it differs between people
	D           int
	Nuisance    float64 // how much more a poor photo errs in the last direction; 0 means 3
}

func (c Crowd) Draw(rng *rand.Rand, people int) *dense.Dataset {
	d := &dense.Dataset{T: c.D, Kinds: []string{dense.KindClean, "poor"}}
	for p := range people {
		d.People = append(d.People, fmt.Sprint(p))
		who := make([]float64, c.D)
		for i := range who[:c.D-1] {
			who[i] = rng.NormFloat64()
		}
		size := math.Exp(c.Uneven * rng.NormFloat64())
		for range 3 + rng.IntN(4) {
			photo := int32(len(d.Photos))
			d.Photos = append(d.Photos, fmt.Sprint(photo))
			for kind, noise := range []float64{c.Clean, c.Poor} {
				d.Person, d.Photo, d.Kind = append(d.Person, int32(p)), append(d.Photo, photo),
					append(d.Kind, uint8(kind))
				for i, w := range who {
					e := size * noise * rng.NormFloat64()
					if i == c.D-1 && kind == 1 {
						e *= cmp.Or(c.Nuisance, 3)
					}
					d.X = append(d.X, float32(w+e))
				}
			}
		}
	}
	return d
}

func (c Crowd) Layers() (before, after dense.Layer) {
	before = dense.Layer{D: c.D, T: c.D, W: make([]float32, c.D*c.D), B: make([]float32, c.D)}
	for i := range c.D {
		before.W[i*c.D+i] = 1
	}
	after = before.Clone()
	after.W[len(after.W)-1] = 0.3
	return before, after
}
