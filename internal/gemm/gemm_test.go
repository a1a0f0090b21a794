package gemm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/blas/blas32"
)

// everyKernel runs f once with each kernel that this machine has.
func everyKernel(t *testing.T, f func(t *testing.T)) {
	was := Kernel()
	defer Use(was)
	for _, k := range Kernels() {
		Use(k)
		t.Run(k, f)
	}
}

func random(rng *rand.Rand, rows, cols, pad int) blas32.General {
	m := blas32.General{Rows: rows, Cols: cols, Stride: cols + pad, Data: make([]float32, rows*(cols+pad))}
	for i := range m.Data {
		m.Data[i] = float32(rng.NormFloat64())
	}
	return m
}

// slow is the definition, summed in float64.
func slow(transA, transB bool, alpha float32, a, b blas32.General, beta float32, c blas32.General, i, j,
	k int) float64 {
	var s float64
	for l := range k {
		x, y := i*a.Stride+l, l*b.Stride+j
		if transA {
			x = l*a.Stride + i
		}
		if transB {
			y = j*b.Stride + l
		}
		s += float64(a.Data[x]) * float64(b.Data[y])
	}
	s *= float64(alpha)
	if beta != 0 {
		s += float64(beta) * float64(c.Data[i*c.Stride+j])
	}
	return s
}

func TestGemm(t *testing.T) {
	shapes := [][3]int{{1, 1, 1}, {1, 37, 5}, {13, 1, 700}, {14, 32, 16}, {15, 33, 17}, {29, 70, 513}, {300, 129, 40},
		{64, 64, 1100}}
	everyKernel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(1, 2))
		for _, s := range shapes {
			for variant := range 4 {
				for _, ab := range [][2]float32{{1, 0}, {1, 1}, {-0.5, 2}, {0, 0.5}} {
					check(t, rng, s[0], s[1], s[2], variant&1 != 0, variant&2 != 0, ab[0], ab[1])
				}
			}
		}
	})
}

// check compares one product with the definition and makes sure that the padding of c is left alone.
func check(t *testing.T, rng *rand.Rand, m, n, k int, ta, tb bool, alpha, beta float32) {
	t.Helper()
	ar, ac, br, bc := m, k, k, n
	if ta {
		ar, ac = ac, ar
	}
	if tb {
		br, bc = bc, br
	}
	a, b, c := random(rng, ar, ac, 3), random(rng, br, bc, 1), random(rng, m, n, 5)
	old := c
	old.Data = slices.Clone(c.Data)
	if beta == 0 {
		for i := range m {
			c.Data[i*c.Stride] = float32(math.NaN())
		}
	}
	Gemm(ta, tb, alpha, a, b, beta, c)
	// A running sum of k products of size 1 is of size √k and rounded k times by up to 6e-8 of itself.
	tol := 6e-8 * (float64(k) + 16) * (math.Abs(float64(alpha)) + math.Abs(float64(beta)))
	for i := range m {
		for j := range c.Stride {
			got := float64(c.Data[i*c.Stride+j])
			if j >= n {
				if i < m-1 && got != float64(old.Data[i*c.Stride+j]) {
					t.Fatalf("%d×%d×%d: padding (%d, %d) changed", m, n, k, i, j)
				}
				continue
			}
			want := slow(ta, tb, alpha, a, b, beta, old, i, j, k)
			if !(math.Abs(got-want) <= tol*math.Max(1, math.Abs(want))) {
				t.Fatalf("%d×%d×%d transA=%v transB=%v alpha=%g beta=%g: c[%d][%d] = %g, want %g", m, n, k, ta, tb,
					alpha, beta, i, j, got, want)
			}
		}
	}
}

func BenchmarkGemm(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, s := range [][3]int{{512, 4096, 512}, {512, 512, 4096}, {64, 512, 512}} {
		x, y, c := random(rng, s[0], s[2], 0), random(rng, s[2], s[1], 0), random(rng, s[0], s[1], 0)
		b.Run(fmt.Sprintf("kernel=%s/m=%d/n=%d/k=%d", Kernel(), s[0], s[1], s[2]), func(b *testing.B) {
			b.ReportAllocs()
			Gemm(false, false, 1, x, y, 0, c)
			for b.Loop() {
				Gemm(false, false, 1, x, y, 0, c)
			}
			b.ReportMetric(2*float64(s[0])*float64(s[1])*float64(s[2])/1e9*float64(b.N)/b.Elapsed().Seconds(),
				"GFLOP/s")
		})
	}
}
