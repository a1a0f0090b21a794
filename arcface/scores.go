package arcface

import (
	"sync/atomic"

	"gonum.org/v1/gonum/blas/blas32"

	"faceid/internal/gemm"
)

// scores is one Cosines: a gemm.Task whose pieces are blocks of classes.
type scores struct {
	h       *Head
	dst, x  blas32.General
	k       int
	mr, nr  int
	block   int // classes per piece
	bad     atomic.Bool
	sum     []float64
	inv     []float32
	px      []float32 // X̂ in panels
	workers []scoreWorker
}

type scoreWorker struct {
	pw, c []float32
	sum   []float64
	inv   []float32
}

func (s *scores) run(h *Head, dst, x blas32.General) {
	if x.Rows == 0 {
		return
	}
	s.h, s.dst, s.x, s.k = h, dst, x, max(h.Subcenters, 1)
	defer func() { s.h, s.dst, s.x = nil, blas32.General{}, blas32.General{} }()
	s.mr, s.nr = gemm.Tile()
	s.block = max(1, 8*s.nr/s.k)
	s.bad.Store(false)
	s.sum, s.inv = grow(s.sum, x.Rows), grow(s.inv, x.Rows)
	if !norms(x.Data, x.Stride, x.Rows, x.Cols, s.sum, s.inv) {
		panic(errFinite)
	}
	s.px = gemm.Aligned(s.px, gemm.PackedLen(x.Cols, x.Rows, s.mr))
	gemm.Pack(s.px, x.Data, x.Stride, x.Cols, x.Rows, s.mr, true, nil, s.inv)
	for len(s.workers) < gemm.Workers() {
		s.workers = append(s.workers, scoreWorker{})
	}
	for i := range s.workers {
		w, rows := &s.workers[i], s.block*s.k
		w.pw = gemm.Aligned(w.pw, gemm.PackedLen(x.Cols, rows, s.nr))
		w.sum, w.inv = grow(w.sum, rows), grow(w.inv, rows)
		if s.k > 1 {
			w.c = gemm.Aligned(w.c, x.Rows*rows)
		}
	}
	gemm.Run((dst.Cols+s.block-1)/s.block, s)
	if s.bad.Load() {
		panic(errFinite)
	}
	for i := range x.Rows { // rounding may leave [-1, 1]
		for j, v := range dst.Data[i*dst.Stride:][:dst.Cols] {
			if v > 1 || v < -1 {
				dst.Data[i*dst.Stride+j] = min(max(v, -1), 1)
			}
		}
	}
}

// Do is one block of classes.
func (s *scores) Do(i, wi int) {
	w, wm := &s.workers[wi], s.h.W
	c0 := i * s.block
	c1 := min(c0+s.block, s.dst.Cols)
	m, rows := (c1-c0)*s.k, wm.Data[c0*s.k*wm.Stride:]
	if !norms(rows, wm.Stride, m, wm.Cols, w.sum[:m], w.inv[:m]) {
		s.bad.Store(true)
		return
	}
	gemm.Pack(w.pw, rows, wm.Stride, wm.Cols, m, s.nr, true, nil, w.inv)
	if s.k == 1 {
		gemm.Macro(s.x.Rows, m, wm.Cols, s.px, w.pw, s.dst.Data[c0:], s.dst.Stride, 1, false)
		return
	}
	gemm.Macro(s.x.Rows, m, wm.Cols, s.px, w.pw, w.c, m, 1, false)
	for r := range s.x.Rows {
		for c := range c1 - c0 {
			best := w.c[r*m+c*s.k]
			for _, v := range w.c[r*m+c*s.k:][:s.k] {
				best = max(best, v)
			}
			s.dst.Data[r*s.dst.Stride+c0+c] = best
		}
	}
}

// norms writes 1/norm of m rows to inv and reports whether all are finite.
func norms(x []float32, ld, m, d int, sum []float64, inv []float32) bool {
	gemm.SumSq(x, ld, m, d, sum)
	for i, v := range sum {
		f, ok := inverse(v)
		if !ok {
			return false
		}
		inv[i] = float32(f)
	}
	return true
}
