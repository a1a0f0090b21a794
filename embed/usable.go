package embed

import (
	"image"
	"math"

	"faceid/embed/resample"
)

// LeastUsable is the Quality.Usable from which an embedder's false accept rates hold.
const LeastUsable = 0.5

// Caution is how much higher than a threshold the score of two faces must be for the threshold's false accept rate to
// hold, given the Usable of both: 0 for good photos, up to 0.28 where both are just LeastUsable. It is 0.7·(0.9 −
// √(a·b)).
//
// For the kinds of spoiling that Usable was learnt from a slope of 0.4 would do. Photos are spoilt in other ways
// too, so bench/quality -learn leaves kinds that are alike out of the learning and judges by them (LFW's View 1
// training people): of pairs out of focus, small, compressed, pale or with noise at most 2.3 times the rate asked
// for passes with 0.4 and 0.7 times with 0.7; of pairs that moved, without anything like it in the lessons, 9.2 and
// 4.5 times. More would refuse too many pairs of poor photos that are of one person: of those at the third of five
// strengths, against a clean photo at a rate of 1e-3, 66 % pass with 0.4, 58 % with 0.7.
func Caution(a, b float32) float64 {
	return 0.7 * max(0, 0.9-math.Sqrt(max(0, float64(a)*float64(b))))
}

// Usable is Quality.Usable of a face whose Face.Trunk is t, also of one that a gallery keeps; 1 where nothing is known.
//
// Faces without detail look alike to an embedder: it was taught to tell faces apart by what blur, few pixels, noise and
// darkness take away, and what is left is much the same for everybody. The trunk feature tells how far a face has gone
// on that way; see models.Quality.
func (e *Embedder) Usable(t []float32) float32 {
	q := e.quality
	if q == nil || len(q.Weights) != len(t) {
		return 1
	}
	var sum float64
	for i, v := range t {
		sum += float64(int8(q.Weights[i])) * float64(v)
	}
	return float32(1 / (1 + math.Exp(float64(q.Scale)*sum+float64(q.Bias))))
}

// reason is Quality.Reason: of what can be measured the first that is out of order, and if nothing is, what cannot be
// measured.
func reason(m *Image, f *sight) string {
	q := &f.Quality
	if q.Usable >= LeastUsable {
		return ""
	}
	g := make([]float32, f.crop.W*f.crop.H)
	resample.Tensor(f.crop, g, resample.Grey, false)
	light := float32(0)
	for _, v := range g {
		light += v / float32(len(g))
	}
	switch {
	case q.Size < 24:
		return "small"
	case light < 30:
		return "dark"
	case q.Frontal < 0.75:
		return "turned"
	case blocks(m, f.Box) > 2.2: // photos as cameras save them have up to 1.8, at JPEG quality 8 from 2.2 on
		return "compressed"
	case q.Sharpness < 0.25:
		return "blurred"
	case q.Sharpness > 0.88:
		return "noisy"
	}
	return "covered"
}

// blocks is how much larger the steps between the 8 × 8 blocks of JPEG are than those inside, over the part b of m:
// about 1 where there are no blocks to be seen, 0 where b is too small to tell.
func blocks(m *Image, b Box) float64 {
	r := image.Rect(int(b.X0), int(b.Y0), int(b.X1), int(b.Y1)).Intersect(m.Bounds())
	if r.Dx() < 24 || r.Dy() < 24 {
		return 0
	}
	var sum, n [2]float64 // inside, between
	step := func(i, j int, edge bool) {
		k := 0
		if edge {
			k = 1
		}
		sum[k] += math.Abs(float64(m.Pix[i]) - float64(m.Pix[j]))
		n[k]++
	}
	for y := r.Min.Y + 1; y < r.Max.Y; y++ {
		for x := r.Min.X + 1; x < r.Max.X; x++ {
			i := 3*(y*m.W+x) + 1 // green is most of the light
			step(i, i-3, x%8 == 0)
			step(i, i-3*m.W, y%8 == 0)
		}
	}
	return sum[1] / n[1] / (sum[0]/n[0] + 0.1)
}
