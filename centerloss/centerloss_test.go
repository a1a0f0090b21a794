package centerloss

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"

	"faceid/arcface"
	"faceid/internal/golden"
)

func mat64(rows [][]float64) blas64.General {
	return blas64.General{Rows: len(rows), Cols: len(rows[0]), Stride: len(rows[0]), Data: slices.Concat(rows...)}
}

func mat32(m blas64.General) blas32.General {
	r := blas32.General{Rows: m.Rows, Cols: m.Cols, Stride: m.Stride, Data: make([]float32, len(m.Data))}
	for i, v := range m.Data {
		r.Data[i] = float32(v)
	}
	return r
}

func clone64(m blas64.General) blas64.General {
	m.Data = slices.Clone(m.Data)
	return m
}

func near[T float32 | float64](t *testing.T, what string, got []T, want []float64, tol float64) {
	t.Helper()
	top := 0.0
	for _, v := range want {
		top = math.Max(top, math.Abs(v))
	}
	for i, v := range want {
		if !(math.Abs(float64(got[i])-v) <= tol*top) {
			t.Errorf("%s (%T): element %d is %.15g, want %.15g", what, got, i, got[i], v)
		}
	}
}

// TestReference compares value, gradient and both update rules with the values of testdata/losses, and with
// PyTorch's where they are at hand.
func TestReference(t *testing.T) {
	for _, r := range golden.Losses(t, func(c *golden.LossCase) bool { return c.Name == "center" }) {
		x, c, y := mat64(r.Inputs.X), mat64(r.Inputs.Centers), r.Inputs.Labels
		want, wantMean, wantWen := mat64(r.Grad.X).Data, mat64(r.Update.Mean).Data, mat64(r.Update.Wen).Data

		c64 := Centers64{C: clone64(c)}
		dX := clone64(x)
		near(t, "loss", []float64{c64.LossGrad(dX, x, y)}, []float64{r.Loss}, 1e-9)
		near(t, "gradient", dX.Data, want, 1e-9)
		c64.UpdateMean(x, y)
		near(t, "mean", c64.C.Data, wantMean, 1e-9)
		c64.C = clone64(c)
		c64.UpdateWen(x, y, 0.5)
		near(t, "Wen", c64.C.Data, wantWen, 1e-9)

		c32, x32 := Centers{C: mat32(c)}, mat32(x)
		dX32 := mat32(x)
		near(t, "loss", []float64{c32.LossGrad(dX32, x32, y)}, []float64{r.Loss}, 1e-4)
		near(t, "gradient", dX32.Data, want, 1e-4)
		c32.UpdateMean(x32, y)
		near(t, "mean", c32.C.Data, wantMean, 1e-4)
		c32.C = mat32(c)
		c32.UpdateWen(x32, y, 0.5)
		near(t, "Wen", c32.C.Data, wantWen, 1e-4)
	}
}

// TestJoint: L = L_s + λ·L_c with package arcface, against the same reference.
func TestJoint(t *testing.T) {
	for _, r := range golden.Losses(t, func(c *golden.LossCase) bool { return c.Params.Lambda > 0 }) {
		x, w, y := mat64(r.Inputs.X), mat64(r.Inputs.W), r.Inputs.Labels
		h := arcface.Head64{W: w, Margin: arcface.Combined(r.Params.S, r.Params.M1, r.Params.M2, r.Params.M3)}
		c := Centers64{C: mat64(r.Inputs.Centers)}
		dX, dW, dC := clone64(x), clone64(w), clone64(x)
		l := h.LossGrad(dX, dW, x, y) + r.Params.Lambda*c.LossGrad(dC, x, y)
		for i, g := range dC.Data {
			dX.Data[i] += r.Params.Lambda * g
		}
		near(t, "loss", []float64{l}, []float64{r.Loss}, 1e-9)
		near(t, "dX", dX.Data, mat64(r.Grad.X).Data, 1e-9)
		near(t, "dW", dW.Data, mat64(r.Grad.W).Data, 1e-9)
	}
}

func random64(rng *rand.Rand, rows, cols int) blas64.General {
	m := blas64.General{Rows: rows, Cols: cols, Stride: cols, Data: make([]float64, rows*cols)}
	for i := range m.Data {
		m.Data[i] = rng.NormFloat64()
	}
	return m
}

// TestGradient compares with central differences, which are exact for a quadratic but for rounding.
func TestGradient(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	x, c, y := random64(rng, 5, 4), Centers64{C: random64(rng, 3, 4)}, []int{0, 2, 2, 1, 0}
	dX := clone64(x)
	c.LossGrad(dX, x, y)
	const h = 1e-3
	for i := range x.Data {
		p, m := clone64(x), clone64(x)
		p.Data[i] += h
		m.Data[i] -= h
		want := (c.LossGrad(blas64.General{}, p, y) - c.LossGrad(blas64.General{}, m, y)) / (2 * h)
		if math.Abs(dX.Data[i]-want) > 1e-6 {
			t.Errorf("element %d: %g, differences say %g", i, dX.Data[i], want)
		}
	}
}

// TestRecover draws 100 batches around 16 known centres; both rules find them to 5 decimals: the noise is 1e-6, and
// Wen's rule shrinks what is left of the start by at least 1 − 0.5·1/2 for each batch with the class.
func TestRecover(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	truth := random64(rng, 16, 8)
	for _, rule := range []string{"mean", "Wen"} {
		c := Centers{C: mat32(random64(rng, 16, 8))}
		for range 100 {
			x, y := random64(rng, 64, 8), make([]int, 64)
			for i := range y {
				y[i] = rng.IntN(16)
				for j := range 8 {
					x.Data[i*8+j] = truth.Data[y[i]*8+j] + 1e-6*x.Data[i*8+j]
				}
			}
			if rule == "mean" {
				c.UpdateMean(mat32(x), y)
			} else {
				c.UpdateWen(mat32(x), y, 0.5)
			}
		}
		for i, v := range truth.Data {
			if math.Abs(float64(c.C.Data[i])-v) > 1e-5 {
				t.Errorf("%s: element %d is %g, want %g", rule, i, c.C.Data[i], v)
			}
		}
	}
}

func TestDistances(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, d := range []int{1, 7, 40, 130} {
		x, c := random64(rng, 9, d), random64(rng, 150, d)
		copy(x.Data[:d], c.Data[:d]) // distance exactly 0
		want := blas64.General{Rows: 9, Cols: 150, Stride: 150, Data: make([]float64, 9*150)}
		(&Centers64{C: c}).Distances(want, x)
		got := mat32(want)
		(&Centers{C: mat32(c)}).Distances(got, mat32(x))
		if got.Data[0] != 0 || want.Data[0] != 0 {
			t.Errorf("d=%d: distance to itself %g, %g", d, got.Data[0], want.Data[0])
		}
		near(t, "distances", got.Data, want.Data, 1e-6)
	}
	// On unit vectors: 2 − 2·cosine.
	h := float32(math.Sqrt(0.5))
	c := Centers{C: blas32.General{Rows: 2, Cols: 2, Stride: 2, Data: []float32{1, 0, -1, 0}}}
	d := blas32.General{Rows: 1, Cols: 2, Stride: 2, Data: make([]float32, 2)}
	c.Distances(d, blas32.General{Rows: 1, Cols: 2, Stride: 2, Data: []float32{h, h}})
	near(t, "unit", d.Data, []float64{2 - math.Sqrt2, 2 + math.Sqrt2}, 1e-6)
}

func TestPanics(t *testing.T) {
	m := func(rows, cols int, v ...float32) blas32.General {
		return blas32.General{Rows: rows, Cols: cols, Stride: cols,
			Data: append(v, make([]float32, rows*cols)...)[:rows*cols]}
	}
	nan := float32(math.NaN())
	for _, c := range []struct {
		want string
		f    func(c *Centers)
	}{
		{errShape, func(c *Centers) { c.LossGrad(blas32.General{}, m(1, 3), []int{0}) }},
		{errShape, func(c *Centers) { c.LossGrad(m(2, 2), m(1, 2), []int{0}) }},
		{errShape, func(c *Centers) { c.UpdateMean(m(1, 2), []int{0, 1}) }},
		{errShape, func(c *Centers) { c.Distances(m(1, 2), m(1, 2)) }},
		{errLabel, func(c *Centers) { c.LossGrad(blas32.General{}, m(1, 2), []int{3}) }},
		{errLabel, func(c *Centers) { c.UpdateMean(m(1, 2), []int{-1}) }},
		{errAlpha, func(c *Centers) { c.UpdateWen(m(1, 2), []int{0}, 0) }},
		{errFinite, func(c *Centers) { c.LossGrad(blas32.General{}, m(1, 2, nan), []int{0}) }},
		{errFinite, func(c *Centers) { c.UpdateMean(m(1, 2, nan), []int{0}) }},
		{errFinite, func(c *Centers) { c.Distances(m(1, 3), m(1, 2, nan)) }},
	} {
		func() {
			defer func() {
				if got := recover(); got != c.want {
					t.Errorf("want panic %q, got %v", c.want, got)
				}
			}()
			c.f(&Centers{C: m(3, 2)})
		}()
	}
}

func TestWarmStepAllocatesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	c, x, y := Centers{C: mat32(random64(rng, 200, 32))}, mat32(random64(rng, 64, 32)), make([]int, 64)
	dX, dst := mat32(random64(rng, 64, 32)), mat32(random64(rng, 64, 200))
	step := func() {
		c.LossGrad(dX, x, y)
		c.UpdateMean(x, y)
		c.UpdateWen(x, y, 0.5)
		c.Distances(dst, x)
	}
	step()
	if n := testing.AllocsPerRun(50, step); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

func BenchmarkDistances(b *testing.B) {
	rng := rand.New(rand.NewPCG(7, 8))
	c, x := Centers{C: mat32(random64(rng, 10000, 512))}, mat32(random64(rng, 64, 512))
	dst := mat32(random64(rng, 64, 10000))
	b.Run("n=64/c=10000/d=512", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c.Distances(dst, x)
		}
	})
}
