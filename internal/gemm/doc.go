// Package gemm multiplies float32 matrices.
package gemm
