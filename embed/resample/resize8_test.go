package resample

import (
	"image"
	"math"
	"testing"

	"faceid/embed/photo"
)

// The C loop gives the very values of OpenCV's integer arithmetic, written out here.
func TestFitEqualsBytes(t *testing.T) {
	for _, c := range []struct{ w, h, tw, th int }{{150, 150, 640, 640}, {150, 150, 320, 240}, {1000, 700, 320, 240},
		{33, 1, 7, 5}, {1, 90, 64, 64}} {
		for _, name := range []string{"RGB", "BGR", "GRAY"} {
			m := noise(c.w, c.h, 5)
			n := mustNorm(t, name, nil, nil)
			got, want := make([]float32, n.Channels*c.tw*c.th), make([]float32, n.Channels*c.tw*c.th)
			Stretch(m, got, c.tw, c.th, n, nil)
			slowBytes(m, want, c.tw, c.tw*c.th, c.tw, c.th, n, m.Bounds())
			for i := range want {
				if d := math.Abs(float64(got[i] - want[i])); d > 0 && (name != "GRAY" || d > 1e-4) {
					t.Fatalf("%+v %s: value %d is %v, want %v", c, name, i, got[i], want[i])
				}
			}
		}
	}
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

// slowBytes writes the part of m, scaled to tw × th, to the top left of planes of the given size with rows of stride
// values.
func slowBytes(m *photo.Image, dst []float32, stride, plane, tw, th int, n Norm, part image.Rectangle) {
	xs, ys := taps8(tw, part.Dx(), 3), taps8(th, part.Dy(), 1)
	// value[c][v] is the tensor's value for the grey level v.
	var value [3][256]float32
	for c := range n.Channels {
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
		if n.Channels == 1 {
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
