package main

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/blas/blas32"

	"faceid/embed"
	"faceid/eval"
	"faceid/internal/gemm"
)

// evalAll compares every photo with every other one: the genuine pairs of all people, and enough impostor pairs for FAR 1e-5.
func (a *app) evalAll(ctx context.Context, o evalOptions, images string) error {
	people, err := os.ReadDir(images)
	if err != nil {
		return err
	}
	var paths []string
	for _, p := range people {
		if p.IsDir() {
			found, err := walkPhotos(filepath.Join(images, p.Name()))
			if err != nil {
				return err
			}
			paths = append(paths, found...)
		}
	}
	e, err := a.embedAll(ctx, o, embed.SelectCentral, paths)
	if err != nil {
		return err
	}
	var x []float32 // n × d, row-major
	var person []string
	for _, path := range paths {
		if v := e.vecs[path]; v != nil {
			x = append(x, v...)
			person = append(person, filepath.Base(filepath.Dir(path)))
		}
	}
	c, genuine, impostor, err := allPairs(x, person)
	if err != nil {
		return err
	}
	e.line.Protocol = "LFW, all pairs"
	if err := a.report(o, e.line, c, genuine, impostor, 1e-2, 1e-3, 1e-4, 1e-5); err != nil {
		return err
	}
	return e.reported()
}

// allPairs is the exact curve over all pairs of the n rows of x, n × d; rows of the same person stand together.
func allPairs(x []float32, person []string) (c eval.Curve, genuine, impostor int64, err error) {
	n := len(person)
	d := len(x) / max(n, 1)
	var same []float64
	for i := range n {
		for j := i + 1; j < n && person[j] == person[i]; j++ {
			same = append(same, cosine(x[i*d:(i+1)*d], x[j*d:(j+1)*d]))
		}
	}
	s, err := eval.NewStream(same)
	if err != nil {
		return c, 0, 0, err
	}
	const block = 256
	var next atomic.Int64
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		fork := s.Fork()
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
					gemm.Gemm(false, true, 1, matrix(x[i0*d:], rows, d), matrix(x[j0*d:], cols, d), 0, matrix(scores, rows, cols))
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

func matrix(x []float32, rows, cols int) blas32.General {
	return blas32.General{Rows: rows, Cols: cols, Stride: cols, Data: x}
}
