package gemm

import (
	"unsafe"

	"gonum.org/v1/gonum/blas/blas32"
)

const errShape = "gemm: dimension mismatch"

// Blocking: a block of C is mc × nc, and k is cut into pieces of kc. A sub-block of A for one task (about sub rows × kc
// floats, half a megabyte) stays in the second-level cache while panels of B stream past.
const (
	kcMax  = 512
	mcMax  = 4096
	ncMax  = 4096
	sub    = 256
	serial = 1 << 17 // multiply-adds below which one core is faster than waking the others
)

// Gemm computes c = alpha·op(a)·op(b) + beta·c for row-major float32 matrices, where op transposes
// if transA (transB) is set: op(a) is m × k, op(b) is k × n, c is m × n and must not overlap a or b.
// With beta = 0 the old c is not read, so it may hold NaN. It uses all cores, allocates nothing when warm, and is
// safe for concurrent use on different c. The same inputs give the same bits, however many cores
// there are. It panics if shapes disagree.
func Gemm(transA, transB bool, alpha float32, a, b blas32.General, beta float32, c blas32.General) {
	m, k := a.Rows, a.Cols
	if transA {
		m, k = k, m
	}
	kb, n := b.Rows, b.Cols
	if transB {
		kb, n = n, kb
	}
	if k != kb || c.Rows != m || c.Cols != n || !valid(a) || !valid(b) || !valid(c) {
		panic(errShape)
	}
	if m == 0 || n == 0 {
		return
	}
	if k == 0 || alpha == 0 {
		for i := range m {
			scale(c.Data[i*c.Stride:][:n], beta)
		}
		return
	}
	g := products.get()
	g.transA, g.transB, g.alpha, g.beta = transA, transB, alpha, beta
	g.a, g.b, g.c = a, b, c
	g.run(m, n, k)
	g.a, g.b, g.c = blas32.General{}, blas32.General{}, blas32.General{}
	products.put(g)
}

// Matrix is rows × cols values of x, row-major.
func Matrix(x []float32, rows, cols int) blas32.General {
	return blas32.General{Rows: rows, Cols: cols, Stride: cols, Data: x[:rows*cols]}
}

func valid(m blas32.General) bool {
	return m.Rows >= 0 && m.Cols >= 0 && m.Stride >= m.Cols &&
		(m.Rows == 0 || m.Cols == 0 || len(m.Data) >= (m.Rows-1)*m.Stride+m.Cols)
}

func scale(x []float32, beta float32) {
	switch beta {
	case 0:
		clear(x)
	case 1:
	default:
		for i := range x {
			x[i] *= beta
		}
	}
}

var products = free[product]{make: func() *product { return new(product) }}

// product is one Gemm: a Task that first packs and then multiplies.
type product struct {
	transA, transB bool
	alpha, beta    float32
	a, b, c        blas32.General
	pa, pb         []float32 // packed blocks

	mr, nr         int
	packing        bool
	ic, jc, pc     int // where the block begins
	mc, nc, kc     int // its size
	aSteps, bSteps int // pieces while packing: of A, then of B
	ms, ns         int // size of a piece of C
	mSteps, nSteps int
}

func (g *product) run(m, n, k int) {
	g.mr, g.nr = Tile()
	pieces := (k + kcMax - 1) / kcMax
	kcStep := (k + pieces - 1) / pieces
	for g.jc = 0; g.jc < n; g.jc += ncMax {
		g.nc = min(ncMax, n-g.jc)
		for g.pc = 0; g.pc < k; g.pc += kcStep {
			g.kc = min(kcStep, k-g.pc)
			for g.ic = 0; g.ic < m; g.ic += mcMax {
				g.mc = min(mcMax, m-g.ic)
				g.block()
			}
		}
	}
}

func (g *product) block() {
	g.pa = Aligned(g.pa, PackedLen(g.kc, g.mc, g.mr))
	g.ms = max(sub/g.mr, 1) * g.mr
	g.aSteps = (g.mc + g.ms - 1) / g.ms
	g.mSteps = g.aSteps
	bs := 8 * g.nr
	g.bSteps = 0
	if g.ic == 0 { // the same B serves every block of rows
		g.pb = Aligned(g.pb, PackedLen(g.kc, g.nc, g.nr))
		g.bSteps = (g.nc + bs - 1) / bs
	}
	workers := Workers()
	small := g.mc*g.nc*g.kc < serial
	// Enough pieces of C for every worker, each at least a few panels wide.
	g.nSteps = 1
	for g.mSteps*g.nSteps < 4*workers && g.nSteps*bs < g.nc {
		g.nSteps++
	}
	g.ns = ((g.nc+g.nSteps-1)/g.nSteps + g.nr - 1) / g.nr * g.nr
	g.nSteps = (g.nc + g.ns - 1) / g.ns

	g.packing = true
	g.each(g.aSteps+g.bSteps, small)
	g.packing = false
	g.each(g.mSteps*g.nSteps, small)
}

func (g *product) each(n int, small bool) {
	if small {
		for i := range n {
			g.Do(i, 0)
		}
		return
	}
	Run(n, g)
}

// Do is one piece of packing or of C.
func (g *product) Do(i, _ int) {
	if g.packing {
		if i < g.aSteps {
			at := i * g.ms
			w := min(g.ms, g.mc-at)
			off := (g.ic+at)*g.a.Stride + g.pc
			if g.transA {
				off = g.pc*g.a.Stride + g.ic + at
			}
			Pack(g.pa[at*g.kc:], g.a.Data[off:], g.a.Stride, g.kc, w, g.mr, !g.transA, nil, nil)
			return
		}
		at := (i - g.aSteps) * 8 * g.nr
		w := min(8*g.nr, g.nc-at)
		off := g.pc*g.b.Stride + g.jc + at
		if g.transB {
			off = (g.jc+at)*g.b.Stride + g.pc
		}
		Pack(g.pb[at*g.kc:], g.b.Data[off:], g.b.Stride, g.kc, w, g.nr, g.transB, nil, nil)
		return
	}
	// Neighbouring pieces share their panels of B.
	mi, ni := i%g.mSteps*g.ms, i/g.mSteps*g.ns
	h, w := min(g.ms, g.mc-mi), min(g.ns, g.nc-ni)
	c := g.c.Data[(g.ic+mi)*g.c.Stride+g.jc+ni:]
	add := g.pc > 0 || g.beta != 0
	if g.pc == 0 && add {
		for r := range h {
			scale(c[r*g.c.Stride:][:w], g.beta)
		}
	}
	Macro(h, w, g.kc, g.pa[mi*g.kc:], g.pb[ni*g.kc:], c, g.c.Stride, g.alpha, add)
}

// Aligned returns a slice of n floats that begins on a cache line: buf if it is long enough, else a new one.
// What it holds is undefined.
func Aligned(buf []float32, n int) []float32 {
	if cap(buf) >= n {
		return buf[:n]
	}
	b := make([]float32, n+15)
	skip := 0
	if r := uintptr(unsafe.Pointer(unsafe.SliceData(b))) % 64; r != 0 {
		skip = int(64-r) / 4
	}
	return b[skip : skip+n : skip+n]
}
