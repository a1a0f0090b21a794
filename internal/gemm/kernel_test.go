package gemm

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"gonum.org/v1/gonum/blas/blas32"
)

// TestPack compares every kernel's packing with plain Go, bit for bit, with guards before and behind.
func TestPack(t *testing.T) {
	everyKernel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(1, 2))
		for _, p := range []int{4, 6, 8, 14, 16, 32} {
			for _, s := range [][2]int{{1, 1}, {3, 50}, {17, 14}, {16, 64}, {9, 37}, {20, 33}} {
				for _, trans := range []bool{false, true} {
					k, w := s[0], s[1]
					src := random(rng, k, w, 2)
					if trans {
						src = random(rng, w, k, 2)
					}
					sk, sw := random(rng, 1, k, 0).Data, random(rng, 1, w, 0).Data
					for variant := range 4 {
						fk, fw := sk, sw
						if variant&1 != 0 {
							fk = nil
						}
						if variant&2 != 0 {
							fw = nil
						}
						n := PackedLen(k, w, p)
						want := make([]float32, n)
						plainPack(want, src.Data, src.Stride, k, w, p, trans, fk, fw)
						got := make([]float32, n+32)
						for i := range got {
							got[i] = 77
						}
						Pack(got[16:16+n], src.Data, src.Stride, k, w, p, trans, fk, fw)
						for i, v := range want {
							if math.Abs(float64(got[16+i]-v)) > 1e-6*math.Abs(float64(v)) {
								t.Fatalf("p=%d %d×%d trans=%v: element %d is %g, want %g", p, k, w, trans, i, got[16+i],
									v)
							}
						}
						for i := range 16 {
							if got[i] != 77 || got[16+n+i] != 77 {
								t.Fatalf("p=%d %d×%d trans=%v: wrote outside", p, k, w, trans)
							}
						}
					}
				}
			}
		}
	})
}

func TestSoftmax(t *testing.T) {
	everyKernel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(3, 4))
		for _, n := range []int{1, 4, 15, 16, 40} {
			const m = 30
			z := random(rng, m, n, 3)
			for i := range z.Data {
				z.Data[i] *= 30
			}
			z.Data[2*z.Stride] = float32(math.Inf(-1))
			old := slices.Clone(z.Data)
			top, sum := make([]float32, n), make([]float32, n)
			Softmax(z.Data, z.Stride, m, n, -1000, top, sum)
			for i := range n {
				want, total := math.Inf(-1), 0.0
				for j := range m {
					want = math.Max(want, float64(old[j*z.Stride+i]))
				}
				if float64(top[i]) != want {
					t.Fatalf("n=%d: maximum %g, want %g", n, top[i], want)
				}
				for j := range m {
					e := math.Exp(float64(old[j*z.Stride+i] - top[i])) // the difference rounded to float32
					total += e
					if got := float64(z.Data[j*z.Stride+i]); math.Abs(got-e) > 3e-7*e+1.2e-38 {
						t.Fatalf("n=%d: exp(%g) = %g, want %g", n, old[j*z.Stride+i]-top[i], got, e)
					}
				}
				if math.Abs(float64(sum[i])-total) > 1e-6*total {
					t.Fatalf("n=%d: sum %g, want %g", n, sum[i], total)
				}
			}
			for j := range m - 1 {
				if !slices.Equal(z.Data[j*z.Stride+n:(j+1)*z.Stride], old[j*z.Stride+n:(j+1)*z.Stride]) {
					t.Fatal("padding changed")
				}
			}
		}
		// Nothing but -Inf: the floor is the maximum, the sum 0.
		z, top, sum := []float32{float32(math.Inf(-1))}, []float32{0}, []float32{9}
		Softmax(z, 1, 1, 1, -5, top, sum)
		if z[0] != 0 || top[0] != -5 || sum[0] != 0 {
			t.Errorf("all masked: %v %v %v", z, top, sum)
		}
	})
}

func TestVectors(t *testing.T) {
	everyKernel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(5, 6))
		for _, d := range []int{1, 7, 16, 33, 130} {
			const m = 5
			x, w := random(rng, m, d, 3), random(rng, m, d, 1)
			got, want := make([]float64, m), make([]float64, m)
			SumSq(x.Data, x.Stride, m, d, got)
			plainSumSq(x.Data, x.Stride, m, d, want)
			g32, w32 := make([]float32, m), make([]float32, m)
			SqDist(x.Data, w.Data, w.Stride, m, d, g32)
			plainSqDist(x.Data, w.Data, w.Stride, m, d, w32)
			for i := range m {
				if math.Abs(got[i]-want[i]) > 1e-12*want[i] || math.Abs(float64(g32[i]-w32[i])) > 1e-6*float64(w32[i]) {
					t.Fatalf("d=%d: sum of squares %g, want %g; distance %g, want %g", d, got[i], want[i], g32[i],
						w32[i])
				}
			}
			inv := []float32{1, 0.5, 0, 2, 0.1}
			a, b := slices.Clone(x.Data), slices.Clone(x.Data)
			Project(a, x.Stride, w.Data, w.Stride, inv, m, d)
			plainProject(b, x.Stride, w.Data, w.Stride, inv, m, d)
			same(t, "project", a, b)
			a, b = slices.Clone(x.Data), slices.Clone(x.Data)
			Axpy(a, slices.Clone(x.Data), -0.3)
			plainAxpy(b, slices.Clone(x.Data), -0.3)
			same(t, "axpy", a, b)
		}
	})
}

func same(t *testing.T, what string, a, b []float32) {
	t.Helper()
	for i := range a {
		if math.Abs(float64(a[i]-b[i])) > 1e-5*(1+math.Abs(float64(b[i]))) {
			t.Fatalf("%s: element %d is %g, want %g", what, i, a[i], b[i])
		}
	}
}

type counter struct {
	pieces [100]atomic.Int32
	busy   [64]atomic.Int32
	bad    atomic.Bool
}

func (c *counter) Do(i, worker int) {
	if c.busy[worker].Add(1) != 1 {
		c.bad.Store(true)
	}
	c.pieces[i].Add(1)
	c.busy[worker].Add(-1)
}

// TestRun: every piece once, no two at a time with the same worker number.
func TestRun(t *testing.T) {
	for range 200 {
		var c counter
		Run(100, &c)
		for i := range c.pieces {
			if c.pieces[i].Load() != 1 {
				t.Fatalf("piece %d done %d times", i, c.pieces[i].Load())
			}
		}
		if c.bad.Load() {
			t.Fatal("two pieces with one worker number")
		}
	}
}

func TestGemmAllocatesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	a, b, c := random(rng, 100, 80, 0), random(rng, 80, 120, 0), random(rng, 100, 120, 0)
	Gemm(false, false, 1, a, b, 0, c)
	if n := testing.AllocsPerRun(50, func() { Gemm(false, false, 1, a, b, 0, c) }); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

func TestGemmPanics(t *testing.T) {
	m := func(rows, cols, n int) blas32.General {
		return blas32.General{Rows: rows, Cols: cols, Stride: cols, Data: make([]float32, n)}
	}
	for i, f := range []func(){
		func() { Gemm(false, false, 1, m(2, 3, 6), m(2, 3, 6), 0, m(2, 3, 6)) },
		func() { Gemm(true, false, 1, m(2, 3, 6), m(2, 3, 6), 0, m(2, 3, 6)) },
		func() { Gemm(false, false, 1, m(2, 3, 5), m(3, 2, 6), 0, m(2, 2, 4)) },
		func() { Gemm(false, false, 1, m(2, 3, 6), m(3, 2, 6), 0, m(2, 2, 3)) },
	} {
		func() {
			defer func() {
				if got := recover(); got != errShape {
					t.Errorf("case %d: got %v", i, got)
				}
			}()
			f()
		}()
	}
}
