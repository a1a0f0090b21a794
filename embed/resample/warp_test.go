package resample

import (
	"math"
	"math/rand/v2"
	"testing"

	"faceid/embed/photo"
)

func randomSimilarity(r *rand.Rand) Similarity {
	k, a := math.Exp(4*r.Float64()-2), 2*math.Pi*r.Float64()
	return Similarity{k * math.Cos(a), k * math.Sin(a), 1000 * (r.Float64() - 0.5), 1000 * (r.Float64() - 0.5)}
}

// The C loop against the definition, with faces inside, at the edge, outside, tiny and huge.
func TestWarpEqualsSlow(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 13))
	for n := range 60 {
		m := noise(1+r.IntN(90), 1+r.IntN(90), uint64(n))
		s := randomSimilarity(r)
		s.TX, s.TY = 120*r.Float64()-60, 120*r.Float64()-60
		d := photo.NewImage(40, 30)
		out := [3]uint8{uint8(n), 200, 7}
		Warp(m, d, s, out)
		at := func(x, y, c int) float64 {
			if x < 0 || y < 0 || x >= m.W || y >= m.H {
				return float64(out[c])
			}
			return float64(m.Pix[3*(y*m.W+x)+c])
		}
		for y := range d.H {
			for x := range d.W {
				fx, fy := s.A*float64(x)-s.B*float64(y)+s.TX, s.B*float64(x)+s.A*float64(y)+s.TY
				i, j := int(math.Floor(fx)), int(math.Floor(fy))
				u, v := fx-float64(i), fy-float64(j)
				for c := range 3 {
					want := (at(i, j, c)*(1-u)+at(i+1, j, c)*u)*(1-v) + (at(i, j+1, c)*(1-u)+at(i+1, j+1, c)*u)*v
					if got := float64(d.Pix[3*(y*d.W+x)+c]); math.Abs(got-want) > 0.501 { // rounding to 8 bits
						t.Fatalf("%+v at %d, %d: %v, want %v", s, x, y, got, want)
					}
				}
			}
		}
	}
}
