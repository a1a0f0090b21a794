package resample

import (
	"fmt"
	"image"
	"math"
	"testing"

	"faceid/embed/internal/phototest"
	"faceid/embed/photo"
)

func noise(w, h int, seed uint64) *photo.Image {
	return &photo.Image{Pix: phototest.Noise(w, h, seed), W: w, H: h}
}

func testPhoto(w, h int) *photo.Image { return &photo.Image{Pix: phototest.Photo(w, h), W: w, H: h} }

func mustNorm(t testing.TB, channels string, mean, std []float32) Norm {
	t.Helper()
	n, err := NewNorm(channels, mean, std)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// slowLinear is INTER_LINEAR written from its definition: the value of channel c (3: grey) of part r of m, resized to w
// × h, at x, y.
func slowLinear(m *photo.Image, r image.Rectangle, w, h, x, y, c int) float64 {
	at := func(x, y int) float64 {
		x, y = clampInt(x, 0, r.Dx()-1)+r.Min.X, clampInt(y, 0, r.Dy()-1)+r.Min.Y
		p := m.Pix[3*(y*m.W+x):]
		if c == 3 {
			return 0.299*float64(p[0]) + 0.587*float64(p[1]) + 0.114*float64(p[2])
		}
		return float64(p[c])
	}
	sx := (float64(x)+0.5)*float64(r.Dx())/float64(w) - 0.5
	sy := (float64(y)+0.5)*float64(r.Dy())/float64(h) - 0.5
	i, j := int(math.Floor(sx)), int(math.Floor(sy))
	u, v := sx-float64(i), sy-float64(j)
	return (at(i, j)*(1-u)+at(i+1, j)*u)*(1-v) + (at(i, j+1)*(1-u)+at(i+1, j+1)*u)*v
}

func TestFitEqualsSlowLinear(t *testing.T) {
	order := map[string][]int{"RGB": {0, 1, 2}, "BGR": {2, 1, 0}, "GRAY": {3}}
	mean, std := []float32{100, 110, 120}, []float32{50, 60, 70}
	for _, c := range []struct {
		w, h, tw, th int
		part         image.Rectangle
		center       bool
	}{
		{150, 150, 320, 240, image.Rectangle{}, false},
		{150, 150, 320, 240, image.Rectangle{}, true},
		{640, 333, 64, 48, image.Rectangle{}, true},
		{37, 91, 64, 64, image.Rect(3, 10, 30, 80), false},
		{37, 91, 20, 64, image.Rect(-5, -5, 30, 200), true},
		{1, 1, 5, 3, image.Rectangle{}, false},
		{2, 300, 7, 7, image.Rectangle{}, true},
	} {
		for _, name := range []string{"RGB", "BGR", "GRAY"} {
			for _, kind := range []string{"letterbox", "stretch"} {
				t.Run(fmt.Sprintf("%s/%s/%dx%d/%dx%d", kind, name, c.w, c.h, c.tw, c.th), func(t *testing.T) {
					m := noise(c.w, c.h, 1)
					n := mustNorm(t, name, mean[:len(order[name])], std[:len(order[name])])
					dst := make([]float32, n.Channels*c.tw*c.th)
					for i := range dst {
						dst[i] = float32(math.NaN()) // every value must be written
					}
					o := &Options{Part: c.part, Center: c.center}
					r := part(m, c.part)
					var p Placement
					if kind == "letterbox" {
						p = Letterbox(m, dst, c.tw, c.th, n, o)
					} else {
						p = Stretch(m, dst, c.tw, c.th, n, o)
					}
					a := photo.Point{X: float32(r.Min.X), Y: float32(r.Min.Y)}
					b := photo.Point{X: float32(r.Max.X), Y: float32(r.Max.Y)}
					x0, y0 := int(math.Round(float64(a.X*p.SX+p.DX))), int(math.Round(float64(a.Y*p.SY+p.DY)))
					x1, y1 := int(math.Round(float64(b.X*p.SX+p.DX))), int(math.Round(float64(b.Y*p.SY+p.DY)))
					if q := p.Source(photo.Point{X: float32(x1), Y: float32(y1)}); math.Abs(float64(q.X-b.X)) > 1e-3 ||
						math.Abs(float64(q.Y-b.Y)) > 1e-3 {
						t.Errorf("source of the far corner is %v, want %v", q, b)
					}
					if x1-x0 != c.tw && y1-y0 != c.th || kind == "stretch" && (x1-x0 != c.tw || y1-y0 != c.th) {
						t.Errorf("%d × %d of %d × %d used", x1-x0, y1-y0, c.tw, c.th)
					}
					if right := c.tw - x1; c.center && (right-x0 < 0 || right-x0 > 1) || !c.center && x0 != 0 {
						t.Errorf("padding %d left, %d right", x0, right)
					}
					for k, ch := range order[name] {
						for y := range c.th {
							for x := range c.tw {
								v := 0.0
								if x >= x0 && x < x1 && y >= y0 && y < y1 {
									v = slowLinear(m, r, x1-x0, y1-y0, x-x0, y-y0, ch)
								}
								// 0.5 of rounding, 0.25 of weights with 11 bits, and the truncations on the way
								if got := float64(dst[(k*c.th+y)*c.tw+x]*std[k] + mean[k]); !(math.Abs(got-v) < 1) {
									t.Fatalf("channel %d at %d, %d: %v, want %v", k, x, y, got, v)
								}
							}
						}
					}
				})
			}
		}
	}
}

// Averaging by a whole factor is the mean of each square; a constant stays constant and a slope keeps its place at any
// size.
func TestFitArea(t *testing.T) {
	n := mustNorm(t, "RGB", nil, nil)
	m := noise(60, 40, 2)
	dst := make([]float32, 3*15*10)
	Letterbox(m, dst, 15, 10, n, &Options{Area: true})
	for y := range 10 {
		for x := range 15 {
			sum := 0
			for i := range 16 {
				sum += int(m.Pix[3*((4*y+i/4)*60+4*x+i%4)+1])
			}
			if got, want := float64(dst[150+15*y+x]), float64(sum)/16; math.Abs(got-want) > 0.5001 {
				t.Fatalf("at %d, %d: %v, want %v", x, y, got, want)
			}
		}
	}
	slope := photo.NewImage(1003, 777)
	for i := range slope.W * slope.H {
		x, y := i%slope.W, i/slope.W
		slope.Pix[3*i], slope.Pix[3*i+1], slope.Pix[3*i+2] = uint8(x/5), uint8(y/5), 77
	}
	const w, h = 90, 70
	dst = make([]float32, 3*w*h)
	p := Stretch(slope, dst, w, h, n, &Options{Area: true})
	var red, green float64
	for y := 1; y < h-1; y++ {
		for x := 1; x < w-1; x++ {
			q := p.Source(photo.Point{X: float32(x) + 0.5, Y: float32(y) + 0.5})
			dx, dy := float64(dst[y*w+x]-(q.X-0.5-2)/5), float64(dst[w*h+y*w+x]-(q.Y-0.5-2)/5) // −2: x/5 rounds down
			if max(math.Abs(dx), math.Abs(dy)) > 1.5 || dst[2*w*h+y*w+x] != 77 {
				t.Fatalf("at %d, %d: red %v off, green %v, blue is %v", x, y, dx, dy, dst[2*w*h+y*w+x])
			}
			red, green = red+dx/((w-2)*(h-2)), green+dy/((w-2)*(h-2))
		}
	}
	if math.Abs(red) > 0.25 || math.Abs(green) > 0.25 { // 0.25 levels are 1.25 of the 11 pixels that make one
		t.Errorf("shifted by %v and %v pixels of the source", 5*red, 5*green)
	}
}

func TestTensor(t *testing.T) {
	for _, mirrored := range []bool{false, true} {
		for _, name := range []string{"RGB", "BGR", "GRAY"} {
			for _, w := range []int{1, 2, 7, 112} {
				m := noise(w, 5, 3)
				n := mustNorm(t, name, nil, nil)
				got, want := make([]float32, n.Channels*w*5), make([]float32, n.Channels*w*5)
				Tensor(m, got, n, mirrored)
				if mirrored {
					m = m.Mirror()
				}
				Stretch(m, want, w, 5, n, nil)
				for i := range want {
					if math.Abs(float64(got[i]-want[i])) > 1e-4 {
						t.Fatalf("%s, width %d, mirrored %v: %d is %v, want %v", name, w, mirrored, i, got[i], want[i])
					}
				}
			}
		}
	}
}

func TestNormRefuses(t *testing.T) {
	nan := float32(math.NaN())
	for _, c := range []struct {
		channels  string
		mean, std []float32
	}{
		{"rgb", nil, nil}, {"RGB", []float32{1}, nil}, {"GRAY", nil, []float32{1, 1, 1}},
		{"RGB", nil, []float32{1, 0, 1}}, {"RGB", []float32{0, nan, 0}, nil}, {"RGB", nil, []float32{1, nan, 1}},
	} {
		if _, err := NewNorm(c.channels, c.mean, c.std); err == nil {
			t.Errorf("%+v was accepted", c)
		}
	}
}

// shrunk against the mean by its definition.
func TestShrunk(t *testing.T) {
	m := testPhoto(37, 23)
	for _, k := range []int{1, 2, 3, 7, 23, 30, 100} {
		d := Shrunk(m, k)
		if w, h := (37+k-1)/k, (23+k-1)/k; d.W != w || d.H != h {
			t.Fatalf("k=%d: %d × %d, want %d × %d", k, d.W, d.H, w, h)
		}
		for i, got := range d.Pix {
			x, y, c := i/3%d.W, i/3/d.W, i%3
			sum, n := 0.0, 0.0
			for v := y * k; v < min(y*k+k, m.H); v++ {
				for u := x * k; u < min(x*k+k, m.W); u++ {
					sum, n = sum+float64(m.Pix[3*(v*m.W+u)+c]), n+1
				}
			}
			if d := float64(got) - sum/n; d < -0.5 || d > 0.5 {
				t.Fatalf("k=%d at %d, %d: %d, want %.3f", k, x, y, got, sum/n)
			}
		}
	}
}
