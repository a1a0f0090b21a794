package resample

import (
	"math"

	"faceid/embed/photo"
)

// SampleBox fills dst, planar, with w × h samples of b: sample (x, y) is the photo at (b.X0 + x·width/w, b.Y0 +
// y·height/h), bilinear, of m's mean colour outside. The box is not rounded to whole pixels: on small faces that moves
// the points by a third of a pixel.
func SampleBox(m *photo.Image, dst []float32, w, h int, b photo.Box, n Norm) {
	fx, fy := (b.X1-b.X0)/float32(w), (b.Y1-b.Y0)/float32(h)
	type column struct {
		x0, x1 int
		w0, w1 float32
	}
	out := MeanColour(m.Pix)
	// weights makes the two samples of a place and their weights; a sample outside has weight 0.
	weights := func(s float32, n int) column {
		f := float32(math.Floor(float64(s)))
		i := int(f)
		c := column{clampInt(i, 0, n-1), clampInt(i+1, 0, n-1), 1 - (s - f), s - f}
		if i < 0 || i >= n {
			c.w0 = 0
		}
		if i+1 < 0 || i+1 >= n {
			c.w1 = 0
		}
		return c
	}
	cols := make([]column, w)
	for x := range cols {
		cols[x] = weights(b.X0+float32(x)*fx, m.W)
	}
	for y := range h {
		r := weights(b.Y0+float32(y)*fy, m.H)
		top, bottom := m.Pix[3*r.x0*m.W:], m.Pix[3*r.x1*m.W:]
		for x, c := range cols {
			p, q := top[3*c.x0:3*c.x0+3], top[3*c.x1:3*c.x1+3]
			s, t := bottom[3*c.x0:3*c.x0+3], bottom[3*c.x1:3*c.x1+3]
			var v [3]float32
			outside := 1 - (c.w0+c.w1)*(r.w0+r.w1)
			for k := range v {
				v[k] = float32(out[k])*outside + (float32(p[k])*c.w0+float32(q[k])*c.w1)*r.w0 +
					(float32(s[k])*c.w0+float32(t[k])*c.w1)*r.w1
			}
			n.put(dst, w*h, y*w+x, v[0], v[1], v[2])
		}
	}
}
