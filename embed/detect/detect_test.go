package detect

import (
	"image"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"faceid/embed/photo"
)

func TestNMS(t *testing.T) {
	a := Detection{Box: photo.Box{X0: 0, Y0: 0, X1: 10, Y1: 10}, Score: 0.9}
	b := Detection{Box: photo.Box{X0: 1, Y0: 0, X1: 11, Y1: 10}, Score: 0.8}   // IoU with a 9/11
	c := Detection{Box: photo.Box{X0: 9, Y0: 9, X1: 19, Y1: 19}, Score: 0.7}   // IoU with a 1/199
	d := Detection{Box: photo.Box{X0: 20, Y0: 0, X1: 30, Y1: 10}, Score: 0.95} // alone
	want := []Detection{d, a, c}
	for range 20 {
		in := []Detection{a, b, c, d}
		rand.Shuffle(len(in), func(i, j int) { in[i], in[j] = in[j], in[i] })
		if got := nms(in, 0.3); !slices.Equal(got, want) {
			t.Fatalf("got %v", got)
		}
	}
	if got := nms([]Detection{a, b}, 0.9); len(got) != 2 {
		t.Errorf("limit 0.9 keeps %d", len(got))
	}
	if got := nms(nil, 0.3); len(got) != 0 {
		t.Errorf("nothing gives %v", got)
	}
}

// TestNMSTie: of two candidates with nearly one score the smaller box stands for the face, whichever is ahead by a
// rounding.
func TestNMSTie(t *testing.T) {
	var p photo.Landmarks
	for _, gap := range []float32{-1e-4, 0, 1e-4} {
		big := Detection{Box: photo.Box{X0: 0, Y0: 0, X1: 10, Y1: 10}, Score: 0.9, Points: &p}
		small := Detection{Box: photo.Box{X0: 1, Y0: 1, X1: 10, Y1: 10}, Score: 0.9 + gap, Points: &p}
		if got := nms([]Detection{big, small}, 0.3); len(got) != 1 || got[0].Box != small.Box {
			t.Errorf("gap %v: got %v", gap, got)
		}
	}
}

// faceAt is a face to be written into a detector's outputs and read back.
type faceAt struct {
	box    photo.Box
	points photo.Landmarks
	score  float32
	level  int // index of the stride
	anchor int
}

func someFaces() []faceAt {
	box := func(x0, y0, x1, y1 float32) photo.Box { return photo.Box{X0: x0, Y0: y0, X1: x1, Y1: y1} }
	points := func(v ...float32) (p photo.Landmarks) {
		for i := range p {
			p[i] = photo.Point{X: v[2*i], Y: v[2*i+1]}
		}
		return p
	}
	return []faceAt{
		{box(10, 12, 30, 40), points(15, 20, 24, 20, 20, 27, 16, 33, 24, 34), 0.9, 0, 0},
		{box(100, 50, 180, 160), points(120, 80, 160, 81, 141, 100, 122, 130, 158, 131), 0.75, 1, 1},
		{box(150, 150, 310, 330), points(190, 200, 260, 199, 220, 240, 195, 280, 262, 281), 0.6, 2, 0},
	}
}

// TestDecodeSCRFD writes faces into outputs as SCRFD's authors define them, and reads them back.
func TestDecodeSCRFD(t *testing.T) {
	const w, h, anchors = 320, 352, 2
	strides := []int{8, 16, 32}
	o := outputs{name: "generated", strides: strides, anchors: anchors, v: make([][]float32, 9)}
	for l, s := range strides {
		n := (w / s) * (h / s) * anchors
		o.v[l], o.v[3+l], o.v[6+l] = make([]float32, n), make([]float32, 4*n), make([]float32, 10*n)
	}
	faces := someFaces()
	for _, f := range faces {
		s := float32(strides[f.level])
		cx, cy := int((f.box.X0+f.box.X1)/2/s), int((f.box.Y0+f.box.Y1)/2/s)
		ax, ay := float32(cx)*s, float32(cy)*s
		i := (cy*(w/strides[f.level])+cx)*anchors + f.anchor
		o.v[f.level][i] = f.score
		copy(o.v[3+f.level][4*i:], []float32{(ax - f.box.X0) / s, (ay - f.box.Y0) / s, (f.box.X1 - ax) / s,
			(f.box.Y1 - ay) / s})
		for k, p := range f.points {
			o.v[6+f.level][10*i+2*k], o.v[6+f.level][10*i+2*k+1] = (p.X-ax)/s, (p.Y-ay)/s
		}
	}
	got, err := decodeSCRFD(&o, w, h, 0.5, nil)
	check(t, got, err, faces, true)
	if got, _ = decodeSCRFD(&o, w, h, 0.7, nil); len(got) != 2 {
		t.Errorf("threshold 0.7 leaves %d", len(got))
	}
	o.v = o.v[:6]
	got, err = decodeSCRFD(&o, w, h, 0.5, nil)
	check(t, got, err, faces, false)
	for i := range o.v {
		bad := o
		bad.v = slices.Clone(o.v)
		bad.v[i] = bad.v[i][1:]
		if _, err := decodeSCRFD(&bad, w, h, 0.5, nil); err == nil {
			t.Errorf("output %d too short: no error", i)
		}
	}
}

// TestDecodeYuNet does the same for YuNet.
func TestDecodeYuNet(t *testing.T) {
	const w, h = 320, 352
	strides := []int{8, 16, 32}
	o := outputs{name: "generated", strides: strides, v: make([][]float32, 12)}
	for l, s := range strides {
		n := (w / s) * (h / s)
		o.v[l], o.v[3+l], o.v[6+l], o.v[9+l] = make([]float32, n), make([]float32, n), make([]float32, 4*n),
			make([]float32, 10*n)
	}
	faces := someFaces()
	for _, f := range faces {
		s := float32(strides[f.level])
		x, y := (f.box.X0+f.box.X1)/2/s, (f.box.Y0+f.box.Y1)/2/s
		cx, cy := float32(int(x)), float32(int(y))
		i := int(cy)*(w/strides[f.level]) + int(cx)
		o.v[f.level][i], o.v[3+f.level][i] = f.score, f.score
		copy(o.v[6+f.level][4*i:], []float32{x - cx, y - cy,
			float32(math.Log(float64((f.box.X1 - f.box.X0) / s))),
			float32(math.Log(float64((f.box.Y1 - f.box.Y0) / s)))})
		for k, p := range f.points {
			o.v[9+f.level][10*i+2*k], o.v[9+f.level][10*i+2*k+1] = p.X/s-cx, p.Y/s-cy
		}
	}
	got, err := decodeYuNet(&o, w, h, 0.5, nil)
	check(t, got, err, faces, true)
	o.v[11] = o.v[11][1:]
	if _, err := decodeYuNet(&o, w, h, 0.5, nil); err == nil {
		t.Error("output too short: no error")
	}
}

// TestDecodeUltraFaceMaps does the same for UltraFace before its priors, for an input that is not the model's own.
func TestDecodeUltraFaceMaps(t *testing.T) {
	const w, h = 448, 384
	strides := []int{8, 16, 32, 64}
	o := outputs{name: "generated", strides: strides}
	for _, per := range []int{2, 4} {
		for l, s := range strides {
			o.v = append(o.v, make([]float32, per*len(ultraFacePriors[l])*(w/s)*(h/s)))
		}
	}
	for _, v := range o.v[:4] { // no face anywhere
		for i := range v {
			v[i] = -float32(i%2) - 3
		}
	}
	faces := someFaces()
	for i := range faces {
		f := &faces[i]
		s, priors := strides[f.level], ultraFacePriors[f.level]
		cols, n := w/s, (w/s)*(h/s)
		b, p := f.box, priors[f.anchor]
		x, y := (b.X0+b.X1)/2, (b.Y0+b.Y1)/2
		cx, cy := int(x)/s, int(y)/s
		at := cy*cols + cx
		o.v[f.level][2*f.anchor*n+at] = 1
		o.v[f.level][(2*f.anchor+1)*n+at] = 1 + float32(Logit(f.score))
		loc := o.v[4+f.level][4*f.anchor*n+at:]
		loc[0], loc[n] = (x-(float32(cx)+0.5)*float32(s))/p*10, (y-(float32(cy)+0.5)*float32(s))/p*10
		loc[2*n] = 5 * float32(math.Log(float64((b.X1-b.X0)/p)))
		loc[3*n] = 5 * float32(math.Log(float64((b.Y1-b.Y0)/p)))
	}
	got, err := decodeUltraFaceMaps(&o, w, h, 0.55, nil)
	slices.SortFunc(got, better)
	check(t, got, err, faces, false)
	if got, _ = decodeUltraFaceMaps(&o, w, h, 0.7, nil); len(got) != 2 {
		t.Errorf("threshold 0.7 leaves %d", len(got))
	}
	for i := range o.v {
		bad := o
		bad.v = slices.Clone(o.v)
		bad.v[i] = bad.v[i][1:]
		if _, err := decodeUltraFaceMaps(&bad, w, h, 0.5, nil); err == nil {
			t.Errorf("output %d too short: no error", i)
		}
	}
}

// TestDecodeCenterFace does the same for CenterFace.
func TestDecodeCenterFace(t *testing.T) {
	const w, h, cell = 320, 352, 4
	n := (w / cell) * (h / cell)
	o := outputs{name: "generated",
		v: [][]float32{make([]float32, n), make([]float32, 2*n), make([]float32, 2*n), make([]float32, 10*n)}}
	faces := someFaces()
	for _, f := range faces {
		b := f.box
		bw, bh, x, y := b.X1-b.X0, b.Y1-b.Y0, (b.X0+b.X1)/2/cell, (b.Y0+b.Y1)/2/cell
		cx, cy := int(x), int(y)
		i := cy*(w/cell) + cx
		o.v[0][i] = f.score
		o.v[1][i], o.v[1][n+i] = float32(math.Log(float64(bh/cell))), float32(math.Log(float64(bw/cell)))
		o.v[2][i], o.v[2][n+i] = y-float32(cy)-0.5, x-float32(cx)-0.5
		for k, p := range f.points {
			o.v[3][2*k*n+i], o.v[3][(2*k+1)*n+i] = (p.Y-b.Y0)/bh, (p.X-b.X0)/bw
		}
	}
	got, err := decodeCenterFace(&o, w, h, 0.5, nil)
	slices.SortFunc(got, better)
	check(t, got, err, faces, true)
	o.v[3] = o.v[3][1:]
	if _, err := decodeCenterFace(&o, w, h, 0.5, nil); err == nil {
		t.Error("output too short: no error")
	}
}

func check(t *testing.T, got []Detection, err error, want []faceAt, points bool) {
	t.Helper()
	if err != nil || len(got) != len(want) {
		t.Fatalf("%d faces, %v", len(got), err)
	}
	near := func(a, b float32) bool { return math.Abs(float64(a-b)) < 1e-3 }
	for i, f := range want {
		g := got[i]
		if !near(g.Box.X0, f.box.X0) || !near(g.Box.Y0, f.box.Y0) || !near(g.Box.X1, f.box.X1) ||
			!near(g.Box.Y1, f.box.Y1) || !near(g.Score, f.score) {
			t.Errorf("face %d: %v %v, want %v %v", i, g.Box, g.Score, f.box, f.score)
		}
		if (g.Points != nil) != points {
			t.Fatalf("face %d: points %v", i, g.Points)
		}
		for k := range f.points {
			if points && (!near(g.Points[k].X, f.points[k].X) || !near(g.Points[k].Y, f.points[k].Y)) {
				t.Errorf("face %d: point %d %v, want %v", i, k, g.Points[k], f.points[k])
			}
		}
	}
}

// TestPlan: every face of the smallest size asked for lies whole in a view that shows it large enough.
func TestPlan(t *testing.T) {
	rand := rand.New(rand.NewPCG(5, 6))
	for i := range 6000 {
		d := &Net{free: i%2 == 0}
		d.in.Width, d.in.Height = 320, 240
		w, h := 50+rand.IntN(6000), 50+rand.IntN(6000)
		views := d.plan(w, h, 40)
		if len(views) > 400 {
			t.Fatalf("%d × %d: %d views", w, h, len(views))
		}
		for range 50 {
			size := min(40*math.Pow(50, rand.Float64()), float64(min(w, h))) // 40 to 2,000 pixels
			x, y := rand.Float64()*(float64(w)-size), rand.Float64()*(float64(h)-size)
			b := photo.Box{X0: float32(x), Y0: float32(y), X1: float32(x + size), Y1: float32(y + size)}
			best := 0.0
			for _, v := range views {
				if (image.Rectangle{Min: image.Pt(int(x), int(y)),
					Max: image.Pt(int(x+size), int(y+size))}).In(v.part) && !v.cuts(b, w, h) {
					best = max(best, size/v.shrink())
				}
			}
			if best < 0.85*min(visible, size) {
				t.Fatalf("%d × %d: face of %.0f at %.0f, %.0f is shown with %.1f pixels", w, h, size, x, y, best)
			}
		}
	}
}
