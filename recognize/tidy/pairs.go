package tidy

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"

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

// above calls f for every pair of rows i < j, i one of the first few, whose score is at least from, in a fixed order;
// done is told the share of the work behind, or is nil. Exact up to float32 rounding. It returns ctx's error.
func (m matrix) above(ctx context.Context, first int, from float32, f func(i, j int, s float32),
	done func(share float64)) error {

	if first == 0 {
		return nil
	}
	s := m.sketch(from)
	all, behind := float64(first)*(float64(m.n)-float64(first)/2), 0.0
	scores := make([]float32, min(block, first)*min(block, m.n))
	workers := make([][]hit, runtime.GOMAXPROCS(0))
	for i0 := 0; i0 < first; i0 += block {
		rows := min(block, first-i0)
		for j0 := i0; j0 < m.n; j0 += block {
			if err := ctx.Err(); err != nil {
				return err
			}
			cols := min(block, m.n-j0)
			c := blas32.General{Rows: rows, Cols: cols, Stride: cols, Data: scores[:rows*cols]}
			gemm.Gemm(false, true, 1, s.part(i0, rows), s.part(j0, cols), 0, c)
			var wg sync.WaitGroup
			for w := range workers {
				wg.Go(func() { workers[w] = s.scan(workers[w][:0], c, i0, j0, w, len(workers)) })
			}
			wg.Wait()
			for _, hits := range workers {
				for _, h := range hits {
					f(int(h.i), int(h.j), h.score)
				}
			}
			if behind += float64(rows) * float64(cols); j0 == i0 {
				behind -= float64(rows) * float64(rows) / 2
			}
			if done != nil {
				done(min(behind/all, 1))
			}
		}
	}
	return nil
}

// hit is a pair of rows whose score is high enough.
type hit struct {
	i, j  int32
	score float32
}

// scan appends the hits of the w-th of several equal parts of a block of scores, or bounds of them.
func (s *sketch) scan(hits []hit, c blas32.General, i0, j0, w, of int) []hit {
	for i := c.Rows * w / of; i < c.Rows*(w+1)/of; i++ {
		row := c.Data[i*c.Stride:][:c.Cols]
		j := 0
		if j0 == i0 {
			j = i + 1
		}
		for ; j < len(row); j++ {
			if row[j] < s.from {
				continue
			}
			score := row[j]
			if s.full.n > 0 {
				score = dot(s.full.row(i0+i), s.full.row(j0+j))
			}
			if score >= s.least {
				hits = append(hits, hit{int32(i0 + i), int32(j0 + j), score})
			}
		}
	}
	return hits
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
