package main

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"math"
	"math/rand/v2"

	"github.com/disintegration/imaging"

	"faceid/embed"
)

// A kind is a way of spoiling a photo, at strengths 0 to 4. What they do to it is sized for LFW's photos of 150 pixels,
// whose faces are some 55 wide.
type kind struct {
	name  string
	spoil spoiler
}

type spoiler = func(m *embed.Image, strength int, r *rand.Rand) (*embed.Image, error)

// judges are the kinds that the figures are measured on. Nothing is chosen on them.
var judges = []kind{
	{"blur", blurred(func(s int, _ *rand.Rand) kernel { return gauss(pick(s, 1, 1.5, 2, 3, 4), 1, 0) })},
	{"motion", blurred(func(s int, r *rand.Rand) kernel {
		return line(pick(s, 5, 7, 9, 13, 17), math.Pi*r.Float64())
	})},
	{"small", func(m *embed.Image, s int, _ *rand.Rand) (*embed.Image, error) {
		// Faces of 32, 24, 18, 14 and 10 pixels.
		return resampled(m, int(float64(m.W)*pick(s, 32, 24, 18, 14, 10)/55), imaging.Box, imaging.Linear), nil
	}},
	{"jpeg", func(m *embed.Image, s int, _ *rand.Rand) (*embed.Image, error) {
		return compressed(m, int(pick(s, 20, 12, 8, 5, 3)))
	}},
	{"dark", pixels(func(v float64, s int, r *rand.Rand) float64 {
		// Read noise and whole grey levels, then made bright again.
		k := pick(s, 0.25, 0.12, 0.06, 0.03, 0.015)
		return math.Round(min(255, max(0, k*v+2*r.NormFloat64()))) / k
	})},
	{"noise", pixels(func(v float64, s int, r *rand.Rand) float64 {
		return v + pick(s, 15, 25, 40, 60, 90)*r.NormFloat64()
	})},
}

// lessons are the kinds that the quality figure is learnt from.
var lessons = []kind{
	{"disc", blurred(func(s int, _ *rand.Rand) kernel { return disc(pick(s, 1.5, 2.2, 3, 4, 6)) })},
	{"box", blurred(func(s int, _ *rand.Rand) kernel { return box(int(pick(s, 3, 4, 5, 7, 10))) })},
	{"long", blurred(func(s int, r *rand.Rand) kernel {
		return gauss(pick(s, 1.2, 1.7, 2.3, 3.2, 5), 0.3, math.Pi*r.Float64())
	})},
	{"path", blurred(func(s int, r *rand.Rand) kernel { return path(pick(s, 4, 6, 9, 13, 20), r) })},
	{"double", blurred(func(s int, r *rand.Rand) kernel {
		return double(pick(s, 2, 4, 6, 9, 12), 2*math.Pi*r.Float64())
	})},
	{"pixel", func(m *embed.Image, s int, _ *rand.Rand) (*embed.Image, error) {
		return resampled(m, int(pick(s, 75, 58, 46, 36, 24)), imaging.Box, imaging.NearestNeighbor), nil
	}},
	{"sparse", func(m *embed.Image, s int, _ *rand.Rand) (*embed.Image, error) { // shrunk without averaging
		return resampled(m, int(pick(s, 85, 66, 52, 40, 28)), imaging.NearestNeighbor, imaging.CatmullRom), nil
	}},
	// small and compressed, as thumbnails are
	{"twice", func(m *embed.Image, s int, _ *rand.Rand) (*embed.Image, error) {
		small := resampled(m, int(pick(s, 100, 80, 64, 50, 36)), imaging.Box, nil2)
		c, err := compressed(small, 40)
		if err != nil {
			return nil, err
		}
		return embed.FromImage(imaging.Resize(c.NRGBA(), m.W, m.H, imaging.Linear)), nil
	}},
	{"chroma", func(m *embed.Image, s int, _ *rand.Rand) (*embed.Image, error) {
		// Half size, coarsely compressed: blocks of 16.
		small := resampled(m, m.W/2, imaging.Box, nil2)
		c, err := compressed(small, int(pick(s, 40, 25, 15, 9, 5)))
		if err != nil {
			return nil, err
		}
		return embed.FromImage(imaging.Resize(c.NRGBA(), m.W, m.H, imaging.Linear)), nil
	}},
	{"fog", pixels(func(v float64, s int, _ *rand.Rand) float64 {
		k := pick(s, 0.5, 0.25, 0.15, 0.1, 0.05)
		return k*v + 200*(1-k)
	})},
	{"haze", pixels(func(v float64, s int, r *rand.Rand) float64 {
		k := pick(s, 0.5, 0.35, 0.22, 0.15, 0.08)
		return k*v + 120*(1-k) + 6*r.NormFloat64()
	})},
	{"glare", pixels(func(v float64, s int, _ *rand.Rand) float64 {
		return 255 - pick(s, 0.5, 0.25, 0.16, 0.1, 0.05)*(255-v)
	})},
	{"levels", pixels(func(v float64, s int, _ *rand.Rand) float64 {
		q := pick(s, 32, 64, 96, 128, 200)
		return q * math.Round(v/q)
	})},
	{"speckle", pixels(func(v float64, s int, r *rand.Rand) float64 {
		return v * (1 + pick(s, 0.1, 0.2, 0.3, 0.45, 0.7)*r.NormFloat64())
	})},
	{"salt", pixels(func(v float64, s int, r *rand.Rand) float64 {
		switch x := r.Float64() / pick(s, 0.02, 0.05, 0.09, 0.15, 0.25); {
		case x < 0.5:
			return 0
		case x < 1:
			return 255
		}
		return v
	})},
}

func pick(strength int, v ...float64) float64 { return v[strength] }

// pixels changes each sample by itself.
func pixels(f func(v float64, strength int, r *rand.Rand) float64) spoiler {
	return func(m *embed.Image, s int, r *rand.Rand) (*embed.Image, error) {
		d := embed.NewImage(m.W, m.H)
		for i, v := range m.Pix {
			d.Pix[i] = uint8(min(255, max(0, f(float64(v), s, r)+0.5)))
		}
		return d, nil
	}
}

var nil2 = imaging.ResampleFilter{Support: -1}

// resampled shrinks m to a width, and enlarges it again unless the second filter is nil2.
func resampled(m *embed.Image, width int, down, up imaging.ResampleFilter) *embed.Image {
	p := imaging.Resize(m.NRGBA(), width, max(1, m.H*width/m.W), down)
	if up.Support >= 0 {
		p = imaging.Resize(p, m.W, m.H, up)
	}
	return embed.FromImage(p)
}

func compressed(m *embed.Image, quality int) (*embed.Image, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}); err != nil {
		return nil, err
	}
	return embed.DecodeBytes(b.Bytes(), nil)
}

// kernel is a square of weights of odd side that add up to 1.
type kernel struct {
	side int
	w    []float64
}

func newKernel(reach int, f func(x, y float64) float64) kernel {
	k := kernel{2*reach + 1, nil}
	sum := 0.0
	for y := -reach; y <= reach; y++ {
		for x := -reach; x <= reach; x++ {
			v := f(float64(x), float64(y))
			k.w, sum = append(k.w, v), sum+v
		}
	}
	for i := range k.w {
		k.w[i] /= sum
	}
	return k
}

// gauss is a Gaussian with sigma along the angle and thin·sigma across it.
func gauss(sigma, thin, angle float64) kernel {
	c, s := math.Cos(angle), math.Sin(angle)
	return newKernel(int(3*sigma+1), func(x, y float64) float64 {
		u, v := (c*x+s*y)/sigma, (c*y-s*x)/(thin*sigma)
		return math.Exp(-(u*u + v*v) / 2)
	})
}

func disc(r float64) kernel {
	return newKernel(int(r+1), func(x, y float64) float64 { return min(1, max(0, r+0.5-math.Hypot(x, y))) })
}

func box(n int) kernel {
	half := float64(n) / 2
	side := func(v float64) float64 { return min(1, max(0, half+0.5-math.Abs(v))) }
	return newKernel(n/2+1, func(x, y float64) float64 { return side(x) * side(y) })
}

// trace is a kernel along points.
func trace(at []image.Point) kernel {
	reach := 0
	n := map[image.Point]float64{}
	for _, p := range at {
		n[p]++
		reach = max(reach, p.X, -p.X, p.Y, -p.Y)
	}
	return newKernel(reach, func(x, y float64) float64 { return n[image.Pt(int(x), int(y))] })
}

func round(x, y float64) image.Point { return image.Pt(int(math.Round(x)), int(math.Round(y))) }

func line(length, angle float64) kernel {
	var at []image.Point
	for i := range 201 {
		d := length * (float64(i)/200 - 0.5)
		at = append(at, round(d*math.Cos(angle), d*math.Sin(angle)))
	}
	return trace(at)
}

// path is the way of a hand that shakes: a random walk that keeps its direction for a while.
func path(length float64, r *rand.Rand) kernel {
	x, y, a := 0.0, 0.0, 2*math.Pi*r.Float64()
	var xs, ys []float64
	var mx, my float64
	for range 200 {
		a += 0.25 * r.NormFloat64()
		x, y = x+length/200*math.Cos(a), y+length/200*math.Sin(a)
		xs, ys, mx, my = append(xs, x), append(ys, y), mx+x/200, my+y/200
	}
	var at []image.Point
	for i := range xs {
		at = append(at, round(xs[i]-mx, ys[i]-my))
	}
	return trace(at)
}

// double shows everything twice.
func double(away, angle float64) kernel {
	x, y := away/2*math.Cos(angle), away/2*math.Sin(angle)
	return trace([]image.Point{round(x, y), round(-x, -y)})
}

// blurred folds a photo with a kernel; edges are repeated.
func blurred(of func(strength int, r *rand.Rand) kernel) spoiler {
	return func(m *embed.Image, s int, r *rand.Rand) (*embed.Image, error) {
		k := of(s, r)
		half := k.side / 2
		if half > 100 {
			return nil, fmt.Errorf("a kernel of %d pixels", k.side)
		}
		acc := make([]float64, len(m.Pix))
		for j, w := range k.w {
			if w == 0 {
				continue
			}
			dx, dy := j%k.side-half, j/k.side-half
			for y := range m.H {
				row := m.Pix[3*m.W*min(m.H-1, max(0, y+dy)):]
				for x := range m.W {
					p, q := acc[3*(y*m.W+x):], row[3*min(m.W-1, max(0, x+dx)):]
					p[0] += w * float64(q[0])
					p[1] += w * float64(q[1])
					p[2] += w * float64(q[2])
				}
			}
		}
		d := embed.NewImage(m.W, m.H)
		for i, v := range acc {
			d.Pix[i] = uint8(v + 0.5)
		}
		return d, nil
	}
}
