package arcface

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"

	"faceid/loss"
)

// heads are the margins that every property is tried on.
var heads = map[string]Margin{
	"arcface": ArcFace(64, 0.5), "cosface": CosFace(64, 0.35), "sphereface": SphereFace(16, 1.35),
	"combined": Combined(32, 1, 0.3, 0.2), "all three": Combined(8, 1.1, 0.2, 0.1), "plain": Plain(16),
}

const smoothed = -1 // in the place of a gamma

// TestSmoothing holds the loss against package loss: softmax of s times the cosines, smoothed targets.
func TestSmoothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	const n, d, c = 7, 5, 6
	x, w, y := random64(rng, n, d), random64(rng, c, d), labels(rng, n, c)
	h := Head64{W: w, Margin: Plain(16), Smoothing: 0.3}
	z := blas64.General{Rows: n, Cols: c, Stride: c, Data: make([]float64, n*c)}
	h.Cosines(z, x)
	for i := range z.Data {
		z.Data[i] *= 16
	}
	want := loss.CrossEntropy(nil, z.Data, y, &loss.Options{Smoothing: 0.3})
	if got := h.LossGrad(blas64.General{}, blas64.General{}, x, y); math.Abs(got-want) > 1e-12 {
		t.Errorf("loss %.15g, want %.15g", got, want)
	}
}

// TestCentralDifferences checks every head, on random rows and with sample 0 at a chosen angle from its class.
func TestCentralDifferences(t *testing.T) {
	const n, d, c = 4, 6, 5
	for name, m := range heads {
		for _, theta := range []float64{-1, 1e-3, 0.1, math.Pi - m.M2 - 1e-3, math.Pi - m.M2 + 1e-3, math.Pi - 1e-3} {
			if theta > math.Pi-1e-4 {
				continue // m2 = 0: no continuation, and π itself has no tangent
			}
			for _, gamma := range []float64{0, 2, smoothed} {
				rng := rand.New(rand.NewPCG(9, 10))
				x, w, y := random64(rng, n, d), random64(rng, c, d), labels(rng, n, c)
				if theta >= 0 {
					rotate(x.Data[:d], w.Data[y[0]*d:][:d], theta)
				}
				h := Head64{W: w, Margin: m, Gamma: gamma}
				if gamma == smoothed {
					h.Gamma, h.Smoothing = 0, 0.1
				}
				dX, dW := like64(x), like64(w)
				h.LossGrad(dX, dW, x, y)
				for _, v := range []struct{ at, grad blas64.General }{{x, dX}, {w, dW}} {
					top := 0.0
					for _, g := range v.grad.Data {
						top = math.Max(top, math.Abs(g))
					}
					// The third derivative near θ = 1e-3 is 1/θ²: a step of 3e-7 errs by 1e-7, rounding by 2e-8.
					const eps = 3e-7
					for i := range v.at.Data {
						old := v.at.Data[i]
						v.at.Data[i] = old + eps
						p := h.LossGrad(blas64.General{}, blas64.General{}, x, y)
						v.at.Data[i] = old - eps
						q := h.LossGrad(blas64.General{}, blas64.General{}, x, y)
						v.at.Data[i] = old
						want := (p - q) / (2 * eps)
						if math.Abs(v.grad.Data[i]-want) > 1e-6*math.Max(top, 1) {
							t.Errorf("%s θ=%g γ=%g element %d: %.10g, differences say %.10g", name, theta, gamma, i,
								v.grad.Data[i], want)
						}
					}
				}
			}
		}
	}
}

// rotate turns x to the angle theta from w and keeps its length.
func rotate(x, w []float64, theta float64) {
	nx, nw := math.Sqrt(dot(x, x)), math.Sqrt(dot(w, w))
	c := dot(x, w) / (nw * nw)
	var s float64
	side := make([]float64, len(x))
	for i := range x {
		side[i] = x[i] - c*w[i]
		s += side[i] * side[i]
	}
	for i := range x {
		x[i] = nx * (math.Cos(theta)*w[i]/nw + math.Sin(theta)*side[i]/math.Sqrt(s))
	}
}

// TestAngles holds float32 against float64 with sample 0 at angles where the formulas are delicate.
func TestAngles(t *testing.T) {
	for name, m := range heads {
		for _, theta := range []float64{0, 1e-6, 1e-4, 1e-2, 1.5, math.Pi - 0.5, math.Pi - 1e-3, math.Pi} {
			rng := rand.New(rand.NewPCG(11, 12))
			x, w, y := random64(rng, 3, 16), random64(rng, 7, 16), []int{2, 4, 2}
			rotate(x.Data[:16], w.Data[2*16:][:16], theta)
			x, w = to64(from(x)), to64(from(w)) // what float32 sees
			dX, dW, fX, fW := like64(x), like64(w), from(x), from(w)
			want := (&Head64{W: w, Margin: m}).LossGrad(dX, dW, x, y)
			got := (&Head{W: from(w), Margin: m}).LossGrad(fX, fW, from(x), y)
			if math.Abs(got-want) > 1e-5*math.Abs(want) {
				t.Errorf("%s θ=%g: loss %g, want %g", name, theta, got, want)
			}
			if e := math.Max(relDiff(to64(fX).Data, dX.Data), relDiff(to64(fW).Data, dW.Data)); e > 1e-4 {
				t.Errorf("%s θ=%g: gradient off by %g", name, theta, e)
			}
		}
	}
}

// TestMarginZero: without a margin the loss and gradient are those of softmax on the scaled cosines.
func TestMarginZero(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	x, w, y := random64(rng, 8, 5), random64(rng, 6, 5), labels(rng, 8, 6)
	cos := blas64.General{Rows: 8, Cols: 6, Stride: 6, Data: make([]float64, 48)}
	for _, gamma := range []float64{0, 2} {
		h := Head64{W: w, Margin: ArcFace(10, 0), Gamma: gamma}
		h.Cosines(cos, x)
		for i := range cos.Data {
			cos.Data[i] *= 10
		}
		got, want := h.LossGrad(blas64.General{}, blas64.General{}, x, y), loss.Focal(nil, cos.Data, y, gamma, nil)
		if math.Abs(got-want) > 1e-12*want {
			t.Errorf("γ=%g: %.15g, want %.15g", gamma, got, want)
		}
	}
}

// TestOrthogonal: a cosine does not change along the row, so each gradient row is orthogonal to its row.
func TestOrthogonal(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 16))
	for name, m := range heads {
		x, w, y := random64(rng, 20, 24), random64(rng, 50, 24), labels(rng, 20, 50)
		dX, dW := from(x), from(w)
		(&Head{W: from(w), Margin: m}).LossGrad(dX, dW, from(x), y)
		for _, v := range []struct{ at, grad blas64.General }{{x, to64(dX)}, {w, to64(dW)}} {
			for i := range v.at.Rows {
				a, g := v.at.Data[i*24:][:24], v.grad.Data[i*24:][:24]
				if c := dot(a, g) / math.Sqrt(dot(a, a)*dot(g, g)+1e-30); math.Abs(c) > 1e-5 {
					t.Errorf("%s: row %d: cosine with its gradient %g", name, i, c)
				}
			}
		}
	}
}

// TestPermutation: classes in another order give the same loss and the gradients in that order.
func TestPermutation(t *testing.T) {
	rng := rand.New(rand.NewPCG(17, 18))
	x, w, y := random64(rng, 10, 8), random64(rng, 30, 8), labels(rng, 10, 30)
	perm := rng.Perm(30)
	w2, y2 := like64(w), make([]int, 10)
	for j, p := range perm {
		copy(w2.Data[p*8:][:8], w.Data[j*8:][:8])
	}
	for i, l := range y {
		y2[i] = perm[l]
	}
	a, b := Head{W: from(w), Margin: ArcFace(64, 0.5)}, Head{W: from(w2), Margin: ArcFace(64, 0.5)}
	aX, aW, bX, bW := from(x), from(w), from(x), from(w)
	la, lb := a.LossGrad(aX, aW, from(x), y), b.LossGrad(bX, bW, from(x), y2)
	if math.Abs(la-lb) > 1e-6*la || relDiff(to64(bX).Data, to64(aX).Data) > 1e-5 {
		t.Errorf("loss %g and %g, or dX differs", la, lb)
	}
	for j, p := range perm {
		if relDiff(to64(bW).Data[p*8:][:8], to64(aW).Data[j*8:][:8]) > 1e-3 { // relative to one small row
			t.Errorf("class %d: gradient differs", j)
		}
	}
}

// TestZeroRows: cosine 0 and gradient 0, and no NaN elsewhere.
func TestZeroRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(19, 20))
	x, w := random64(rng, 3, 8), random64(rng, 4, 8)
	clear(x.Data[:8])
	clear(w.Data[8:16])
	y := []int{0, 1, 2} // sample 1's own class is zero too
	h64, h := Head64{W: w, Margin: ArcFace(64, 0.5)}, Head{W: from(w), Margin: ArcFace(64, 0.5)}
	dX, dW, fX, fW := like64(x), like64(w), from(x), from(w)
	want, got := h64.LossGrad(dX, dW, x, y), h.LossGrad(fX, fW, from(x), y)
	if math.Abs(got-want) > 1e-5*want || relDiff(to64(fX).Data, dX.Data) > 1e-4 ||
		relDiff(to64(fW).Data, dW.Data) > 1e-4 {
		t.Errorf("float32 %g, float64 %g, or a gradient differs", got, want)
	}
	for i := range 8 {
		if fX.Data[i] != 0 || fW.Data[8+i] != 0 || dX.Data[i] != 0 || dW.Data[8+i] != 0 {
			t.Fatalf("a zero row has a gradient: %g %g %g %g", fX.Data[i], fW.Data[8+i], dX.Data[i], dW.Data[8+i])
		}
	}
	c := blas32.General{Rows: 3, Cols: 4, Stride: 4, Data: make([]float32, 12)}
	h.Cosines(c, from(x))
	if !slices.Equal(c.Data[:4], make([]float32, 4)) || c.Data[5] != 0 {
		t.Errorf("cosines %v", c.Data)
	}
}

func TestScores(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 22))
	for _, k := range []int{1, 3} {
		x, w := random64(rng, 5, 12), random64(rng, 700*k, 12)
		h64, h := Head64{W: w, Subcenters: k}, Head{W: from(w), Subcenters: k, Margin: ArcFace(20, 0.5)}
		want := blas64.General{Rows: 5, Cols: 700, Stride: 700, Data: make([]float64, 3500)}
		h64.Cosines(want, x)
		got := from(want)
		h.Cosines(got, from(x))
		if e := relDiff(to64(got).Data, want.Data); e > 1e-6 {
			t.Errorf("k=%d: cosines off by %g", k, e)
		}
		h.Logits(got, from(x))
		if math.Abs(float64(got.Data[0])-20*want.Data[0]) > 1e-4 {
			t.Errorf("logit %g of cosine %g", got.Data[0], want.Data[0])
		}
		h.Probabilities(got, from(x))
		for i := range 5 {
			var sum, den float64
			for j := range 700 {
				sum += float64(got.Data[i*700+j])
				den += math.Exp(20 * want.Data[i*700+j])
			}
			if p := math.Exp(20*want.Data[i*700]) / den; math.Abs(sum-1) > 1e-5 ||
				math.Abs(float64(got.Data[i*700])-p) > 1e-5*p+1e-9 {
				t.Errorf("row %d sums to %g, first %g, want %g", i, sum, got.Data[i*700], p)
			}
		}
	}
}

func TestSample(t *testing.T) {
	rng := rand.New(rand.NewPCG(23, 24))
	h := Head{W: blas32.General{Rows: 1000, Cols: 1, Stride: 1}}
	y := []int{7, 999, 7, 0}
	count := make([]int, 1000)
	var s []int
	for range 2000 {
		s = h.Sample(s, rng, 0.1, y)
		if len(s) != 100 || !slices.IsSorted(s) || find(s, 0) < 0 || find(s, 7) < 0 || find(s, 999) < 0 {
			t.Fatalf("bad sample %v", s)
		}
		for _, c := range s {
			count[c]++
		}
	}
	// A negative is drawn 97 times in 997: mean 194.6 of 2000, standard deviation 13; 5 of them either way.
	for c, n := range count {
		if find([]int{0, 7, 999}, c) < 0 && (n < 129 || n > 260) {
			t.Errorf("class %d drawn %d times of 2000", c, n)
		}
	}
	if got := h.Sample(nil, rng, 1, y); len(got) != 1000 {
		t.Errorf("rate 1 gives %d classes", len(got))
	}
	if got := h.Sample(nil, rng, 0.001, y); !slices.Equal(got, []int{0, 7, 999}) {
		t.Errorf("more labels than the rate allows: %v", got)
	}
}

// TestDeterminism: the same bits again, from a warm and a fresh head.
func TestDeterminism(t *testing.T) {
	rng := rand.New(rand.NewPCG(25, 26))
	x, w, y := from(random64(rng, 70, 32)), from(random64(rng, 2000, 32)), labels(rng, 70, 2000)
	var wantX, wantW blas32.General
	var want float64
	h := Head{W: w, Margin: ArcFace(64, 0.5), Smoothing: 0.1}
	for i := range 20 {
		if i == 10 {
			h = Head{W: w, Margin: ArcFace(64, 0.5), Smoothing: 0.1}
		}
		dX, dW := padded(70, 32), padded(2000, 32)
		l := h.LossGrad(dX, dW, x, y)
		if i == 0 {
			want, wantX, wantW = l, dX, dW
		}
		if l != want || !slices.Equal(to64(dX).Data, to64(wantX).Data) ||
			!slices.Equal(to64(dW).Data, to64(wantW).Data) {
			t.Fatal("not the same bits")
		}
	}
}

func TestWarmStepAllocatesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(27, 28))
	x, w, y := from(random64(rng, 64, 32)), from(random64(rng, 2000, 32)), labels(rng, 64, 2000)
	h := Head{W: w, Margin: ArcFace(64, 0.5), Smoothing: 0.1}
	dX, dW, p := padded(64, 32), padded(2000, 32), padded(64, 2000)
	var classes []int
	step := func() {
		h.LossGrad(dX, dW, x, y)
		classes = h.Sample(classes, rng, 0.2, y)
		g := dW
		g.Rows = len(classes)
		h.LossGradSampled(dX, g, x, y, classes)
		h.Probabilities(p, x)
	}
	for range 3 {
		step()
	}
	if n := testing.AllocsPerRun(50, step); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

func TestPanics(t *testing.T) {
	m := func(rows, cols int) blas32.General {
		return blas32.General{Rows: rows, Cols: cols, Stride: cols, Data: make([]float32, rows*cols)}
	}
	nan := m(2, 3)
	nan.Data[5] = float32(math.NaN())
	none, y := blas32.General{}, []int{0, 1}
	ok := func() *Head { return &Head{W: m(4, 3), Margin: ArcFace(64, 0.5)} }
	for i, c := range []struct {
		want string
		f    func(h *Head)
	}{
		{errShape, func(h *Head) { h.LossGrad(none, none, m(2, 4), y) }},
		{errShape, func(h *Head) { h.LossGrad(none, none, m(3, 3), y) }},
		{errSmooth, func(h *Head) { h.Smoothing = 1; h.LossGrad(none, none, m(2, 3), y) }},
		{errSmooth, func(h *Head) { h.Smoothing, h.Gamma = 0.1, 2; h.LossGrad(none, none, m(2, 3), y) }},
		{errSmooth, func(h *Head) { h.Smoothing, h.Subcenters = 0.1, 2; h.LossGrad(none, none, m(2, 3), y) }},
		{errShape, func(h *Head) { h.LossGrad(m(1, 3), none, m(2, 3), y) }},
		{errShape, func(h *Head) { h.LossGrad(none, m(3, 3), m(2, 3), y) }},
		{errShape, func(h *Head) { h.Subcenters = 3; h.LossGrad(none, none, m(2, 3), y) }},
		{errShape, func(h *Head) { h.LossGradSampled(none, m(4, 3), m(2, 3), y, []int{0, 1}) }},
		{errShape, func(h *Head) { h.Cosines(m(2, 3), m(2, 3)) }},
		{errLabel, func(h *Head) { h.LossGrad(none, none, m(2, 3), []int{0, 4}) }},
		{errLabel, func(h *Head) { h.LossGrad(none, none, m(2, 3), []int{-1, 0}) }},
		{errLabel, func(h *Head) { h.Sample(nil, rand.New(rand.NewPCG(1, 1)), 0.5, []int{4}) }},
		{errSample, func(h *Head) { h.LossGradSampled(none, none, m(2, 3), y, []int{0, 2}) }},
		{errSample, func(h *Head) { h.LossGradSampled(none, none, m(2, 3), y, []int{1, 0}) }},
		{errSample, func(h *Head) { h.LossGradSampled(none, none, m(2, 3), y, []int{0, 1, 4}) }},
		{errMargin, func(h *Head) { h.Margin.S = 0; h.LossGrad(none, none, m(2, 3), y) }},
		{errMargin, func(h *Head) { h.Margin.M2 = math.NaN(); h.LossGrad(none, none, m(2, 3), y) }},
		{errGamma, func(h *Head) { h.Gamma = -1; h.LossGrad(none, none, m(2, 3), y) }},
		{errAlpha, func(h *Head) { h.Alpha = []float64{1}; h.LossGrad(none, none, m(2, 3), y) }},
		{errFinite, func(h *Head) { h.LossGrad(none, none, nan, y) }},
		{errFinite, func(h *Head) { h.W.Data[0] = float32(math.Inf(1)); h.LossGrad(none, none, m(2, 3), y) }},
		{errFinite, func(h *Head) { h.W.Data[11] = nan.Data[5]; h.Cosines(m(2, 4), m(2, 3)) }},
		{errFinite, func(h *Head) { h.Cosines(m(2, 4), nan) }},
	} {
		func() {
			defer func() {
				if got := recover(); got != c.want {
					t.Errorf("case %d: want panic %q, got %v", i, c.want, got)
				}
			}()
			c.f(ok())
		}()
	}
	if l := ok().LossGrad(m(0, 3), m(4, 3), m(0, 3), nil); l != 0 {
		t.Errorf("no samples: loss %g", l)
	}
}

func BenchmarkLossGrad(b *testing.B) {
	for _, c := range []int{1000, 10000, 100000} {
		b.Run(fmt.Sprintf("n=512/d=512/c=%d", c), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 2))
			m := func(rows int) blas32.General {
				g := blas32.General{Rows: rows, Cols: 512, Stride: 512, Data: make([]float32, rows*512)}
				for i := range g.Data {
					g.Data[i] = rng.Float32() - 0.5
				}
				return g
			}
			x, h, y := m(512), Head{W: m(c), Margin: ArcFace(64, 0.5)}, labels(rng, 512, c)
			dX, dW := m(512), m(c)
			h.LossGrad(dX, dW, x, y)
			b.ReportAllocs()
			for b.Loop() {
				h.LossGrad(dX, dW, x, y)
			}
		})
	}
}
