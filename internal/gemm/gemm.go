package gemm

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

const errShape = "gemm: dimension mismatch"

// Gemm computes c = alpha·op(a)·op(b) + beta·c for row-major float32 matrices, where op transposes
// if transA (transB) is set: op(a) is m × k, op(b) is k × n, c is m × n and must not overlap a or b.
// With beta = 0 the old c is not read, so it may hold NaN. It panics if shapes disagree.
func Gemm(transA, transB bool, alpha float32, a, b blas32.General, beta float32, c blas32.General) {
	ta, tb := blas.NoTrans, blas.NoTrans
	if transA {
		ta = blas.Trans
	}
	if transB {
		tb = blas.Trans
	}
	blas32.Gemm(ta, tb, alpha, a, b, beta, c)
}
