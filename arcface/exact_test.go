package arcface

import (
	"math"
	"math/big"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"
)

// bigGrad is the loss of one sample whose only class is its own and one other at right angles with nothing to say, in
// 300-bit arithmetic: the gradient g·(ŵ − cos θ·x̂)/‖x‖ for g = dL/dcos θ given.
func bigTangent(x, w []float64, g float64) []float64 {
	const prec = 300
	f := func(v float64) *big.Float { return new(big.Float).SetPrec(prec).SetFloat64(v) }
	dot := func(a, b []float64) *big.Float {
		s := f(0)
		for i := range a {
			s.Add(s, f(0).Mul(f(a[i]), f(b[i])))
		}
		return s
	}
	xx, ww, xw := dot(x, x), dot(w, w), dot(x, w)
	ratio := f(0).Quo(xw, xx)
	scale := f(0).Sqrt(f(0).Mul(xx, ww))
	out := make([]float64, len(x))
	for i := range x {
		v := f(0).Sub(f(w[i]), f(0).Mul(ratio, f(x[i])))
		v.Quo(v, scale)
		v.Mul(v, f(g))
		out[i], _ = v.Float64()
	}
	return out
}

// TestHead64NearPoles holds the target's angle and gradient against 300-bit arithmetic as the angle goes to 0 and π.
func TestHead64NearPoles(t *testing.T) {
	rng := rand.New(rand.NewPCG(41, 42))
	for _, base := range []float64{0, math.Pi} {
		for _, away := range []float64{1e-1, 1e-3, 1e-5, 1e-6, 1e-7, 1e-8, 3e-9} {
			x, w := random64(rng, 1, 24), random64(rng, 1, 24)
			rotate(x.Data, w.Data, math.Abs(base-away))
			tx, tw := make([]float64, 24), make([]float64, 24)
			theta := tangents(tx, tw, x.Data, w.Data)
			m := ArcFace(8, 0.5)
			// One class alone has loss 0: a second one, opposite to nothing in particular, makes the first matter.
			two := random64(rng, 2, 24)
			copy(two.Data[:24], w.Data)
			dX, dW := like64(x), like64(two)
			h := Head64{W: two, Margin: m}
			h.LossGrad(dX, dW, x, []int{0})
			cos := blas64.General{Rows: 1, Cols: 2, Stride: 2, Data: make([]float64, 2)}
			h.Cosines(cos, x)
			v, slope := m.Target(theta)
			q := 1 / (1 + math.Exp(8*(v-cos.Data[1])))
			want := bigTangent(x.Data, two.Data[:24], -8*q*slope)
			other := bigTangent(x.Data, two.Data[24:], 8*q)
			for i := range want {
				want[i] += other[i]
			}
			if e := relDiff(dX.Data, want); e > 1e-9 {
				t.Errorf("θ = %g − %g: dX off by %g", base, away, e)
			}
			if e := relDiff(dW.Data[:24], bigTangent(two.Data[:24], x.Data, -8*q*slope)); e > 1e-9 {
				t.Errorf("θ = %g − %g: dW off by %g", base, away, e)
			}
		}
	}
}

// TestTwoZeroRows: a zero sample whose own class is zero too is at right angles with it, not a perfect match.
func TestTwoZeroRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(43, 44))
	for name, m := range heads {
		x, w := random64(rng, 2, 8), random64(rng, 3, 8)
		clear(x.Data[:8])
		clear(w.Data[:8])
		y := []int{0, 1}
		none := blas64.General{}
		// With cosine 0 everywhere the loss of sample 0 is log(exp(s·v) + 2) − s·v for the target's v at a right angle.
		v, _ := m.Target(math.Pi / 2)
		want := math.Log1p(2 * math.Exp(-m.S*v))
		if m.S*v < 0 {
			want = -m.S*v + math.Log(2+math.Exp(m.S*v))
		}
		one := x
		one.Rows = 1
		if got := (&Head64{W: w, Margin: m}).LossGrad(none, none, one, y[:1]); math.Abs(got-want) > 1e-12*math.Max(1,
			want) {
			t.Errorf("%s: Head64 has loss %g, cosine 0 has %g", name, got, want)
		}
		one32 := from(one)
		if got := (&Head{W: from(w), Margin: m}).LossGrad(blas32.General{}, blas32.General{}, one32,
			y[:1]); math.Abs(got-want) > 1e-5*math.Max(1, want) {
			t.Errorf("%s: Head has loss %g, cosine 0 has %g", name, got, want)
		}
	}
}

// TestBitsOnAnyCores: the gradient of a large batch has the same bits whatever the number of cores, 40 included.
func TestBitsOnAnyCores(t *testing.T) {
	rng := rand.New(rand.NewPCG(45, 46))
	const n, d, c = 2048, 512, 300
	x, w := blas32.General{Rows: n, Cols: d, Stride: d, Data: make([]float32, n*d)},
		blas32.General{Rows: c, Cols: d, Stride: d, Data: make([]float32, c*d)}
	for _, s := range [][]float32{x.Data, w.Data} {
		for i := range s {
			s[i] = float32(rng.NormFloat64())
		}
	}
	y := labels(rng, n, c)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var want []float32
	for _, cores := range []int{1, 2, 9, 24, 40} {
		runtime.GOMAXPROCS(cores)
		dX := blas32.General{Rows: n, Cols: d, Stride: d, Data: make([]float32, n*d)}
		dW := blas32.General{Rows: c, Cols: d, Stride: d, Data: make([]float32, c*d)}
		(&Head{W: w, Margin: ArcFace(16, 0.5)}).LossGrad(dX, dW, x, y)
		got := append(dX.Data, dW.Data...)
		if want == nil {
			want = got
		} else if !slices.Equal(got, want) {
			t.Errorf("%d cores: other bits than on one", cores)
		}
	}
}
