package arcface

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"

	"faceid/internal/gemm"
)

func random64(rng *rand.Rand, rows, cols int) blas64.General {
	m := blas64.General{Rows: rows, Cols: cols, Stride: cols, Data: make([]float64, rows*cols)}
	for i := range m.Data {
		m.Data[i] = float64(float32(rng.NormFloat64())) // float32 values, so that both precisions see the same
	}
	return m
}

func labels(rng *rand.Rand, n, c int) []int {
	y := make([]int, n)
	for i := range y {
		y[i] = rng.IntN(c)
	}
	return y
}

// padded is a matrix with a stride of its own, filled with NaN: outputs are overwritten, padding is left alone.
func padded(rows, cols int) blas32.General {
	m := blas32.General{Rows: rows, Cols: cols, Stride: cols + 3, Data: make([]float32, rows*(cols+3))}
	for i := range m.Data {
		m.Data[i] = float32(math.NaN())
	}
	return m
}

// TestFloat32 holds the fast path against the float64 loops: every kernel, many shapes (n above and below d, blocks
// that do not come out even, sub-centers), all margins, focal base, class weights, samples of the classes.
func TestFloat32(t *testing.T) {
	was := gemm.Kernel()
	defer gemm.Use(was)
	margins := []Margin{ArcFace(64, 0.5), CosFace(30, 0.35), SphereFace(16, 1.35), Combined(32, 1, 0.3, 0.2), Plain(10)}
	shapes := []struct{ n, d, c, k int }{{1, 4, 2, 1}, {7, 33, 50, 1}, {40, 16, 300, 1}, {5, 64, 1000, 3},
		{33, 24, 90, 2}, {17, 40, 1, 1}}
	for _, kernel := range gemm.Kernels() {
		gemm.Use(kernel)
		rng := rand.New(rand.NewPCG(3, 4))
		for si, sh := range shapes {
			for mi, m := range margins {
				for variant := range 5 {
					if variant >= 3 && sh.k > 1 {
						continue // smoothing is not for sub-centers
					}
					t.Run(fmt.Sprintf("%s/%d/%d/%d", kernel, si, mi, variant), func(t *testing.T) {
						x, w, y := random64(rng, sh.n, sh.d), random64(rng, sh.c*sh.k, sh.d), labels(rng, sh.n, sh.c)
						h64 := Head64{W: w, Margin: m, Subcenters: sh.k}
						if variant == 1 || variant == 3 {
							h64.Gamma = float64(3 - variant)
							h64.Alpha = make([]float64, sh.c)
							for i := range h64.Alpha {
								h64.Alpha[i] = rng.Float64()
							}
						}
						if variant >= 3 {
							h64.Smoothing = 0.1
						}
						h := Head{W: from(w), Margin: m, Subcenters: sh.k, Gamma: h64.Gamma, Alpha: h64.Alpha,
							Smoothing: h64.Smoothing}
						var classes []int
						rows := sh.c * sh.k
						if variant%2 == 0 && variant > 0 {
							classes = h.Sample(nil, rng, 0.3, y)
							rows = len(classes) * sh.k
						}
						wantX, wantW := like64(x), blas64.General{Rows: rows, Cols: sh.d, Stride: sh.d,
							Data: make([]float64, rows*sh.d)}
						want := h64.LossGradSampled(wantX, wantW, x, y, classes)
						dX, dW := padded(sh.n, sh.d), padded(rows, sh.d)
						got := h.LossGradSampled(dX, dW, from(x), y, classes)
						if math.Abs(got-want) > 1e-5*math.Abs(want) {
							t.Errorf("loss %.9g, want %.9g", got, want)
						}
						if e := math.Max(relDiff(to64(dX).Data, wantX.Data),
							relDiff(to64(dW).Data, wantW.Data)); e > 1e-4 {
							t.Errorf("gradient off by %g", e)
						}
						for _, o := range []blas32.General{dX, dW} {
							for r := range o.Rows {
								for _, v := range o.Data[r*o.Stride+o.Cols : (r+1)*o.Stride] {
									if v == v {
										t.Fatal("padding overwritten")
									}
								}
							}
						}
						// One gradient alone, or none, is the same as both.
						oneX, oneW := padded(sh.n, sh.d), padded(rows, sh.d)
						lx := h.LossGradSampled(oneX, blas32.General{}, from(x), y, classes)
						lw := h.LossGradSampled(blas32.General{}, oneW, from(x), y, classes)
						l := h.LossGradSampled(blas32.General{}, blas32.General{}, from(x), y, classes)
						if lx != got || lw != got || l != got || !slices.Equal(to64(oneX).Data, to64(dX).Data) ||
							!slices.Equal(to64(oneW).Data, to64(dW).Data) {
							t.Error("one gradient at a time gives something else")
						}
					})
				}
			}
		}
	}
}
