package tidy

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas/blas32"

	"faceid/internal/gemm"
)

// matrix is n × d unit vectors, row-major.
type matrix struct {
	n, d int
	x    []float32
}

func (m matrix) row(i int) []float32 { return m.x[i*m.d:][:m.d] }

// matrixOf copies vectors; it returns ErrShape or ErrNotUnit.
func matrixOf(n int, at func(i int) []float32) (matrix, error) {
	m := matrix{n: n}
	for i := range n {
		v := at(i)
		if i == 0 {
			m.d = len(v)
			m.x = make([]float32, n*m.d)
		}
		if len(v) != m.d || m.d == 0 {
			return m, fmt.Errorf("%w: %d and %d", ErrShape, m.d, len(v))
		}
		if s := dot(v, v); !(math.Abs(float64(s)-1) < 1e-3) { // a NaN is not
			return m, fmt.Errorf("%w: number %d", ErrNotUnit, i)
		}
		copy(m.row(i), v)
	}
	return m, nil
}

// block is how many vectors are compared with as many others at a time: 16 MB of scores.
const block = 2048

// above calls f for every pair of rows, i < j, whose score is at least from, in a fixed order; done is told the share
// of the work behind, or is nil. Exact up to float32 rounding. It returns ctx's error.
func (m matrix) above(ctx context.Context, from float32, f func(i, j int, s float32), done func(share float64)) error {
	return above(ctx, m, m, true, from, f, done)
}

// above compares the rows of a with those of b; upper: a and b are one matrix, and each pair is met once.
func above(ctx context.Context, a, b matrix, upper bool, from float32, f func(i, j int, s float32),
	done func(share float64)) error {

	if a.n == 0 || b.n == 0 {
		return nil
	}
	all, behind := float64(a.n)*float64(b.n), 0.0
	scores := make([]float32, min(block, a.n)*min(block, b.n))
	for i0 := 0; i0 < a.n; i0 += block {
		rows := min(block, a.n-i0)
		j0 := 0
		if upper {
			j0 = i0
			behind += float64(rows) * float64(i0)
		}
		for ; j0 < b.n; j0 += block {
			if err := ctx.Err(); err != nil {
				return err
			}
			cols := min(block, b.n-j0)
			c := blas32.General{Rows: rows, Cols: cols, Stride: cols, Data: scores[:rows*cols]}
			gemm.Gemm(false, true, 1, a.part(i0, rows), b.part(j0, cols), 0, c)
			for i := range rows {
				row := c.Data[i*cols:][:cols]
				first := 0
				if upper && j0 == i0 {
					first = i + 1
				}
				for j := first; j < cols; j++ {
					if row[j] >= from {
						f(i0+i, j0+j, row[j])
					}
				}
			}
			behind += float64(rows) * float64(cols)
			if done != nil {
				done(behind / all)
			}
		}
	}
	return nil
}

func (m matrix) part(first, rows int) blas32.General {
	return blas32.General{Rows: rows, Cols: m.d, Stride: m.d, Data: m.x[first*m.d:][:rows*m.d]}
}

func dot(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	b = b[:len(a)]
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return (s0 + s1) + (s2 + s3)
}

// scale is the factor that makes a sum of n templates the middle of the group: m/√|m| for their mean m. The product of
// two middles is the score of two groups.
//
// Why so: the more templates, the less noise. The mean of all cosines of two groups falls with that, the cosine between
// their means rises, each with its whole distribution among strangers; half way between them strangers score what two
// single templates do, so that a threshold holds for groups of any size. On LFW's even people the score that 1e-3 of
// strangers reach is 0.335 with one template each, 0.326, 0.320, 0.328, 0.333 with 2, 3, 5, 8; the mean of the cosines
// has 0.286 there, the cosine between means 0.380.
func scale(sum []float32, n int) float32 {
	norm := math.Sqrt(float64(dot(sum, sum)))
	if norm == 0 {
		return 0
	}
	return float32(1 / math.Sqrt(float64(n)*norm))
}

// without is the score of a template v and the rest of a group of n, whose sum holds v; NaN where there is no rest.
func without(v, sum []float32, n int) float64 {
	d := float64(dot(v, sum))
	rest := math.Sqrt(float64(dot(sum, sum)) - 2*d + 1)
	if n < 2 || !(rest > 1e-3) {
		return math.NaN()
	}
	return (d - 1) / math.Sqrt(float64(n-1)*rest)
}
