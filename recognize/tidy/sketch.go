package tidy

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/mat"

	"faceid/internal/gemm"
)

// sketch is vectors of few numbers whose product is no less than the score of those that they stand for, so that few
// pairs need all numbers.
//
// The vectors are turned to their principal axes, and k numbers kept, x', with the length of what is left, r: by
// Cauchy and Schwarz x·y ≤ x'·y' + r_x·r_y, which is the product of the vectors (x', r_x) and (y', r_y). Of the 512
// numbers of the default model's embeddings the first 96 hold nine tenths of the length, and one stranger in a thousand
// passes; embeddings without axes, of noise, take some 300.
type sketch struct {
	matrix         // the sketches
	full   matrix  // empty: the sketches are the vectors
	from   float32 // pairs below it are none
	least  float32 // score that is looked for
}

const (
	fewRows   = 4096   // so few rows are compared outright
	axesRows  = 8192   // the axes are those of so many rows, spread over all
	trials    = 20_000 // pairs that say how many pass with k numbers
	step      = 32     // k + 1 is a multiple of it
	dear      = 16_000 // a pair that passes costs as many numbers of a product; the order of magnitude matters
	roundOff  = 1e-5   // of a product
	roundRest = 4e-6   // of a squared length
)

// sketch makes the vectors with which pairs that score at least from are found soonest.
func (m matrix) sketch(from float32) *sketch {
	plain := &sketch{matrix: m, from: from, least: from}
	if m.n < fewRows || m.d < 2*step {
		return plain
	}
	axes, ok := m.axes()
	if !ok {
		return plain
	}
	k, ok := m.enough(axes, from)
	if !ok {
		return plain
	}
	s := &sketch{full: m, from: from - roundOff, least: from,
		matrix: matrix{n: m.n, d: k + 1, x: make([]float32, m.n*(k+1))}}
	out := blas32.General{Rows: m.n, Cols: k, Stride: k + 1, Data: s.x}
	gemm.Gemm(false, true, 1, m.part(0, m.n), axes.part(0, k), 0, out)
	for i := range m.n {
		v, x := s.row(i), m.row(i)
		v[k] = rest(squares(x), squares(v[:k]))
	}
	return s
}

func squares(v []float32) (sum float64) {
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return sum
}

// rest is the length that is left of a vector, never too short.
func rest(all, kept float64) float32 { return float32(math.Sqrt(math.Max(all-kept, 0) + roundRest)) }

// axes are the principal axes, the longest first, one per row.
func (m matrix) axes() (matrix, bool) {
	some := matrix{d: m.d}
	for i := 0; i < m.n; i += max(1, m.n/axesRows) {
		some.x = append(some.x, m.row(i)...)
		some.n++
	}
	c := blas32.General{Rows: m.d, Cols: m.d, Stride: m.d, Data: make([]float32, m.d*m.d)}
	gemm.Gemm(true, false, 1, some.part(0, some.n), some.part(0, some.n), 0, c)
	sym := mat.NewSymDense(m.d, nil)
	for i := range m.d {
		for j := i; j < m.d; j++ {
			sym.SetSym(i, j, float64(c.Data[i*m.d+j]))
		}
	}
	var eig mat.EigenSym
	if !eig.Factorize(sym, true) {
		return matrix{}, false
	}
	var v mat.Dense
	eig.VectorsTo(&v)
	axes := matrix{n: m.d, d: m.d, x: make([]float32, m.d*m.d)}
	for a := range m.d {
		for i := range m.d {
			axes.x[a*m.d+i] = float32(v.At(i, m.d-1-a)) // the shortest comes first
		}
	}
	return axes, true
}

// enough finds how many numbers make the comparisons cheapest; false: all.
func (m matrix) enough(axes matrix, from float32) (int, bool) {
	rng := rand.New(rand.NewPCG(1, uint64(m.n)))
	pass := make([]int, m.d/step) // pairs that pass with step·(i+1)−1 numbers
	pairs := make([]float32, 0, 2*trials*m.d)
	for range 2 * trials {
		pairs = append(pairs, m.row(rng.IntN(m.n))...)
	}
	x := matrix{n: 2 * trials, d: m.d, x: pairs}
	turned := blas32.General{Rows: x.n, Cols: m.d, Stride: m.d, Data: make([]float32, len(pairs))}
	gemm.Gemm(false, true, 1, x.part(0, x.n), axes.part(0, m.d), 0, turned)
	for t := range trials {
		a, b := turned.Data[2*t*m.d:][:m.d], turned.Data[(2*t+1)*m.d:][:m.d]
		sa, sb := squares(x.row(2*t)), squares(x.row(2*t+1))
		var ka, kb, ab float64
		for i := range m.d {
			if (i+1)%step == 0 && float32(ab)+rest(sa, ka)*rest(sb, kb) >= from {
				pass[i/step]++
			}
			p, q := float64(a[i]), float64(b[i])
			ka, kb, ab = ka+p*p, kb+q*q, ab+p*q
		}
	}
	best, k := float64(m.d), 0
	for i, n := range pass {
		if cost := float64(step*(i+1)) + dear*float64(n)/trials; cost < best {
			best, k = cost, step*(i+1)-1
		}
	}
	return k, k > 0
}
