package embed

import (
	"fmt"
	"image"
	"math"
)

// norm turns 8-bit samples into the values of an input tensor: (x − mean[c]) / std[c] for channel c in tensor order.
type norm struct {
	channels int        // 1 (grey) or 3
	src      [3]int     // offset in R, G, B of each tensor channel
	scale    [3]float32 // 1/std
	bias     [3]float32 // −mean/std
}

// newNorm returns the norm of a model's input contract: channels "RGB", "BGR" or "GRAY", one mean and std a channel
// (none means 0 and 1). Grey is 0.299 R + 0.587 G + 0.114 B, as OpenCV's.
func newNorm(channels string, mean, std []float32) (norm, error) {
	var n norm
	switch channels {
	case "RGB":
		n.channels, n.src = 3, [3]int{0, 1, 2}
	case "BGR":
		n.channels, n.src = 3, [3]int{2, 1, 0}
	case "GRAY":
		n.channels = 1
	default:
		return norm{}, fmt.Errorf("embed: channel order %q is none of RGB, BGR, GRAY", channels)
	}
	if len(mean) != 0 && len(mean) != n.channels || len(std) != 0 && len(std) != n.channels {
		return norm{}, fmt.Errorf("embed: %d means and %d standard deviations for %d channels", len(mean), len(std), n.channels)
	}
	for c := range n.channels {
		m, s := 0.0, 1.0
		if len(mean) > 0 {
			m = float64(mean[c])
		}
		if len(std) > 0 {
			s = float64(std[c])
		}
		if !(s != 0) || math.IsInf(s, 0) || math.IsNaN(m) || math.IsInf(m, 0) {
			return norm{}, fmt.Errorf("embed: mean %v and standard deviation %v of channel %d", m, s, c)
		}
		n.scale[c], n.bias[c] = float32(1/s), float32(-m/s)
	}
	return n, nil
}

// placement says where a picture, or a part of it, came to lie in a tensor: source pixel (x, y) is at (x·SX + DX, y·SY + DY).
type placement struct{ SX, SY, DX, DY float32 }

// source maps a place in the tensor back to the photo.
func (p placement) source(q Point) Point { return Point{(q.X - p.DX) / p.SX, (q.Y - p.DY) / p.SY} }

// fitOptions vary letterbox and stretch; nil means the zero value.
type fitOptions struct {
	Part   image.Rectangle // the part of the photo to take, clipped to it; empty means all
	Center bool            // letterbox: padding on both sides instead of right and below
	Area   bool            // average over pixels when shrinking by more than 2, instead of sampling as OpenCV's INTER_LINEAR does
}

// letterbox scales m to fit into w × h with its aspect kept and writes it to dst, planar, n.channels·w·h values.
// What is left over is black: (0 − mean)/std.
func (m *Image) letterbox(dst []float32, w, h int, n norm, o *fitOptions) placement {
	var f fitOptions
	if o != nil {
		f = *o
	}
	r := m.part(f.Part)
	s := min(float64(w)/float64(r.Dx()), float64(h)/float64(r.Dy()))
	tw, th := clampInt(int(math.Round(s*float64(r.Dx()))), 1, w), clampInt(int(math.Round(s*float64(r.Dy()))), 1, h)
	for c := range n.channels {
		d := dst[c*w*h : (c+1)*w*h]
		for i := range d {
			d[i] = n.bias[c]
		}
	}
	var ox, oy int
	if f.Center {
		ox, oy = (w-tw)/2, (h-th)/2
	}
	m.resizeTo(dst, w, h, image.Rect(ox, oy, ox+tw, oy+th), r, n)
	// The exact scale, not tw/width: rounding the size moves nothing by more than half a tensor pixel.
	sx, sy := float32(float64(tw)/float64(r.Dx())), float32(float64(th)/float64(r.Dy()))
	return placement{sx, sy, float32(ox) - sx*float32(r.Min.X), float32(oy) - sy*float32(r.Min.Y)}
}

// stretch scales m to exactly w × h and writes it to dst, planar, n.channels·w·h values.
func (m *Image) stretch(dst []float32, w, h int, n norm, o *fitOptions) placement {
	var f fitOptions
	if o != nil {
		f = *o
	}
	r := m.part(f.Part)
	m.resizeTo(dst, w, h, image.Rect(0, 0, w, h), r, n)
	sx, sy := float32(w)/float32(r.Dx()), float32(h)/float32(r.Dy())
	return placement{sx, sy, -sx * float32(r.Min.X), -sy * float32(r.Min.Y)}
}

// tensor writes m to dst as it is, planar, n.channels·W·H values; mirrored flips it left to right on the way.
func (m *Image) tensor(dst []float32, n norm, mirrored bool) {
	for y := range m.H {
		for x := range m.W {
			p := m.Pix[3*(y*m.W+x):]
			u := x
			if mirrored {
				u = m.W - 1 - x
			}
			n.put(dst, m.W*m.H, y*m.W+u, float32(p[0]), float32(p[1]), float32(p[2]))
		}
	}
}

func (n *norm) put(dst []float32, plane, i int, r, g, b float32) {
	if n.channels == 1 {
		dst[i] = (0.299*r+0.587*g+0.114*b)*n.scale[0] + n.bias[0]
		return
	}
	v := [3]float32{r, g, b}
	for c := range 3 {
		dst[c*plane+i] = v[n.src[c]]*n.scale[c] + n.bias[c]
	}
}

func (m *Image) part(r image.Rectangle) image.Rectangle {
	if r = r.Intersect(m.Bounds()); r.Empty() {
		return m.Bounds()
	}
	return r
}

func clampInt(x, lo, hi int) int { return max(lo, min(x, hi)) }

// resizeTo writes the part r of m into the rectangle to of a tensor of w × h, as OpenCV's INTER_LINEAR samples.
func (m *Image) resizeTo(dst []float32, w, h int, to, r image.Rectangle, n norm) {
	tw, th := to.Dx(), to.Dy()
	buf := make([]float32, (1+2*n.channels)*tw)
	wx, rows := buf[:tw], [2][]float32{buf[tw : (1+n.channels)*tw], buf[(1+n.channels)*tw:]}
	idx := make([]int32, 2*tw)
	x0, x1 := idx[:tw], idx[tw:]
	f := float64(r.Dx()) / float64(tw)
	for x := range tw {
		a, b, v := tap(x, f, r.Dx())
		x0[x], x1[x], wx[x] = int32(3*a), int32(3*b), v
	}
	have := [2]int{-1, -1} // the source rows that rows hold, interpolated
	f = float64(r.Dy()) / float64(th)
	for y := range th {
		a, b, wy := tap(y, f, r.Dy())
		if a == have[1] {
			have[0], have[1], rows[0], rows[1] = have[1], have[0], rows[1], rows[0]
		}
		for i, k := range [2]int{a, b} {
			if have[i] != k {
				have[i] = k
				at := 3 * ((r.Min.Y+k)*m.W + r.Min.X)
				lines(rows[i], m.Pix[at:at+3*r.Dx()], x0, x1, wx, n.channels)
			}
		}
		for c := range n.channels {
			s := n.src[c] * tw
			i := c*w*h + (to.Min.Y+y)*w + to.Min.X
			blend(dst[i:i+tw], rows[0][s:s+tw], rows[1][s:s+tw], wy, n.scale[c], n.bias[c])
		}
	}
}

// tap returns the two source samples and the weight of the second for target sample i, half-pixel centres, edges repeated.
func tap(i int, f float64, n int) (int, int, float32) {
	s := (float64(i)+0.5)*f - 0.5
	k := int(math.Floor(s))
	w := float32(s - float64(k))
	return clampInt(k, 0, n-1), clampInt(k+1, 0, n-1), w
}
