package embed

import "math"

// sharpnessHalf is the variance of the Laplacian, in squared grey levels, at which Sharpness is one half.
const sharpnessHalf = 100

// Sharpness returns a figure in [0, 1) for an aligned crop: v/(v+c) for the variance v of its grey Laplacian (4 neighbours).
// The crop has a fixed size, so the figure does not grow with the face in the photo.
func Sharpness(crop *Image) float32 {
	w, h := crop.W, crop.H
	g := make([]float32, w*h)
	for i := range g {
		p := crop.Pix[3*i:]
		g[i] = 0.299*float32(p[0]) + 0.587*float32(p[1]) + 0.114*float32(p[2])
	}
	var n, sum, sq float64
	for y := 1; y < h-1; y++ {
		for x := 1; x < w-1; x++ {
			i := y*w + x
			l := float64(g[i-1] + g[i+1] + g[i-w] + g[i+w] - 4*g[i])
			n, sum, sq = n+1, sum+l, sq+l*l
		}
	}
	if n == 0 {
		return 0
	}
	v := sq/n - (sum/n)*(sum/n)
	return float32(max(0, v) / (max(0, v) + sharpnessHalf))
}

// Frontal returns in [0, 1] how frontal a face is by its five points, 1 is frontal: the nose tip's distance from the middle line
// between the eyes and mouth corners, in eye distances.
func Frontal(p Landmarks) float32 {
	s, err := Umeyama(p, Template)
	if err != nil {
		return 0
	}
	var q Landmarks
	for i := range p {
		q[i] = s.Apply(p[i])
	}
	mid := (q[0].X + q[1].X + q[3].X + q[4].X) / 4
	yaw := math.Abs(float64(q[2].X-mid)) / math.Abs(float64(q[1].X-q[0].X)+1e-6)
	return float32(max(0, 1-2*yaw))
}
