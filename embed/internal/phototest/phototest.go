// Package phototest makes pictures for the tests of package embed and its rooms: bare samples, three bytes per pixel in
// the order R, G, B, so that package photo's own tests can use them, too.
package phototest

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Photo is a made-up photo: smooth colours, edges and a little noise, so that a JPEG of it is as large as a real one's.
func Photo(w, h int) []uint8 {
	r := rand.New(rand.NewPCG(uint64(w), uint64(h)))
	pix := make([]uint8, 3*w*h)
	for y := range h {
		for x := range w {
			u, v := float64(x)/float64(w), float64(y)/float64(h)
			edge := 0.0
			if math.Mod(13*u+7*v, 1) < 0.3 {
				edge = 50
			}
			n := r.Float64()*12 - 6
			p := pix[3*(y*w+x):]
			p[0] = uint8(60 + 120*u + edge + n)
			p[1] = uint8(70 + 90*v + edge + n)
			p[2] = uint8(100 + 60*math.Sin(9*u*v) + edge/2 + n)
		}
	}
	return pix
}

// Noise is w × h pixels without any order; a seed always gives the same.
func Noise(w, h int, seed uint64) []uint8 {
	r := rand.New(rand.NewPCG(seed, 7))
	pix := make([]uint8, 3*w*h)
	for i := range pix {
		pix[i] = uint8(r.Uint32())
	}
	return pix
}

// Difference is the largest and the mean distance between the samples of two pictures of one size.
func Difference(t testing.TB, a, b []uint8) (worst int, mean float64) {
	t.Helper()
	if len(a) != len(b) || len(a) == 0 {
		t.Fatalf("%d and %d samples", len(a), len(b))
	}
	sum := 0
	for i := range a {
		d := int(a[i]) - int(b[i])
		worst, sum = max(worst, d, -d), sum+max(d, -d)
	}
	return worst, float64(sum) / float64(len(a))
}
