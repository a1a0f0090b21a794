package eval

import (
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"faceid/internal/gemm"
)

// AllPairs is the exact curve over all pairs of the n rows of x, unit embeddings, n × d row-major. person names the one
// of each row; rows of the same person stand together. It returns ErrEmpty where there are no pairs of both kinds.
func AllPairs(x []float32, person []string) (c Curve, genuine, impostor int64, err error) {
	n := len(person)
	d := len(x) / max(n, 1)
	var same []float64
	for i := range n {
		for j := i + 1; j < n && person[j] == person[i]; j++ {
			same = append(same, Cosine(x[i*d:(i+1)*d], x[j*d:(j+1)*d]))
		}
	}
	s, err := NewStream(same)
	if err != nil {
		return c, 0, 0, err
	}
	const block = 256
	var next atomic.Int64
	var mu sync.Mutex
	var wg sync.WaitGroup
	forks := make([]*Stream, runtime.GOMAXPROCS(0)) // all made before the first is merged: Fork reads what Merge writes
	for i := range forks {
		forks[i] = s.Fork()
	}
	for _, fork := range forks {
		wg.Go(func() {
			scores := make([]float32, block*block)
			var row []float32
			for {
				i0 := int(next.Add(1)-1) * block
				if i0 >= n {
					break
				}
				rows := min(block, n-i0)
				for j0 := i0; j0 < n; j0 += block {
					cols := min(block, n-j0)
					gemm.Gemm(false, true, 1, gemm.Matrix(x[i0*d:], rows, d), gemm.Matrix(x[j0*d:], cols, d), 0,
						gemm.Matrix(scores, rows, cols))
					for i := range rows {
						row = row[:0]
						for j := range cols {
							if j0+j > i0+i && person[j0+j] != person[i0+i] {
								row = append(row, scores[i*cols+j])
							}
						}
						if e := fork.Add32(row); e != nil {
							mu.Lock()
							err = e
							mu.Unlock()
							return
						}
					}
				}
			}
			mu.Lock()
			defer mu.Unlock()
			if e := s.Merge(fork); e != nil {
				err = e
			}
		})
	}
	wg.Wait()
	if err != nil {
		return c, 0, 0, err
	}
	c, err = s.Curve()
	genuine = int64(len(same))
	return c, genuine, int64(n)*int64(n-1)/2 - genuine, err
}

// Cosine is the similarity of two unit vectors of one length, in [-1, 1]; summed in float64, so that equal photos give
// exactly what a gallery search gives to six places.
func Cosine(a, b []float32) float64 {
	s := 0.0
	for i := range a {
		s += float64(a[i]) * float64(b[i])
	}
	return math.Max(-1, math.Min(1, s))
}
