package embed

import (
	"image"
	"math"
)

// fitBytes is letterbox (top left) or stretch by the arithmetic of OpenCV's 8-bit INTER_LINEAR: weights of 11 bits, a horizontal pass in
// integers, a vertical one with its truncations, and a result of whole grey levels. The detectors' published figures were
// made that way, and where two candidates for a face are nearly tied the rounding decides between them. part must lie in m.
func (m *Image) fitBytes(dst []float32, w, h int, n norm, part image.Rectangle, stretch bool) placement {
	tw, th := w, h
	if !stretch {
		s := min(float64(w)/float64(part.Dx()), float64(h)/float64(part.Dy()))
		tw = clampInt(int(math.Round(s*float64(part.Dx()))), 1, w)
		th = clampInt(int(math.Round(s*float64(part.Dy()))), 1, h)
		if tw < w || th < h {
			for c := range n.channels {
				d := dst[c*w*h : (c+1)*w*h]
				for i := range d {
					d[i] = n.bias[c]
				}
			}
		}
	}
	m.resizeBytes(dst, w, w*h, tw, th, n, part)
	sx, sy := float32(tw)/float32(part.Dx()), float32(th)/float32(part.Dy())
	// The samples stand for the middle of their pixels on both sides, and coordinates of faces are used without that half, as
	// the models' own code has it.
	return placement{sx, sy, -sx * float32(part.Min.X), -sy * float32(part.Min.Y)}
}

// tap8 is where a target sample comes from: two source samples and their weights, of 2048 in all.
type tap8 struct {
	i, j   int32 // index of the first and the second
	wi, wj int32
}

// taps8 makes the taps for n samples of size source samples, with indices multiplied by step.
func taps8(n, size, step int) []tap8 {
	t := make([]tap8, n)
	f := float64(size) / float64(n)
	for k := range t {
		s := float32((float64(k)+0.5)*f - 0.5)
		i := int(math.Floor(float64(s)))
		w := s - float32(i)
		if i < 0 {
			i, w = 0, 0
		}
		if i >= size-1 {
			i, w = size-1, 0
		}
		t[k] = tap8{int32(i * step), int32(min(i+1, size-1) * step),
			int32(math.RoundToEven(float64((1 - w) * 2048))), int32(math.RoundToEven(float64(w * 2048)))}
	}
	return t
}

// resizeBytes writes the part of m, scaled to tw × th, to the top left of planes of the given size with rows of stride values.
func (m *Image) resizeBytes(dst []float32, stride, plane, tw, th int, n norm, part image.Rectangle) {
	xs, ys := taps8(tw, part.Dx(), 3), taps8(th, part.Dy(), 1)
	// value[c][v] is the tensor's value for the grey level v.
	var value [3][256]float32
	for c := range n.channels {
		for v := range 256 {
			value[c][v] = float32(v)*n.scale[c] + n.bias[c]
		}
	}
	rows := [2][]int32{make([]int32, 3*tw), make([]int32, 3*tw)}
	held := [2]int32{-1, -1}
	// row returns the source row y after the horizontal pass; the row keep is not overwritten.
	row := func(y, keep int32) []int32 {
		for k := range held {
			if held[k] == y {
				return rows[k]
			}
		}
		k := 0
		if held[0] == keep {
			k = 1
		}
		held[k] = y
		src := m.Pix[3*((part.Min.Y+int(y))*m.W+part.Min.X):]
		src = src[:3*part.Dx()]
		d := rows[k]
		for x, t := range xs {
			p, q := src[t.i:t.i+3:t.i+3], src[t.j:t.j+3:t.j+3]
			o := d[3*x : 3*x+3 : 3*x+3]
			o[0] = (int32(p[0])*t.wi + int32(q[0])*t.wj) >> 4
			o[1] = (int32(p[1])*t.wi + int32(q[1])*t.wj) >> 4
			o[2] = (int32(p[2])*t.wi + int32(q[2])*t.wj) >> 4
		}
		return d
	}
	for y, t := range ys {
		a := row(t.i, t.j)
		b := a
		if t.j != t.i {
			b = row(t.j, t.i)
		}
		b = b[:len(a)]
		at := y * stride
		mix := func(i int) uint8 { return uint8((a[i]*t.wi>>16 + b[i]*t.wj>>16 + 2) >> 2) }
		if n.channels == 1 {
			d := dst[at : at+tw]
			for x := range d {
				g := 0.299*float32(mix(3*x)) + 0.587*float32(mix(3*x+1)) + 0.114*float32(mix(3*x+2))
				d[x] = g*n.scale[0] + n.bias[0]
			}
			continue
		}
		for c := range 3 {
			d := dst[c*plane+at : c*plane+at+tw]
			v := &value[c]
			k := n.src[c]
			for x := range d {
				i := 3*x + k
				d[x] = v[uint8((a[i]*t.wi>>16+b[i]*t.wj>>16+2)>>2)]
			}
		}
	}
}
