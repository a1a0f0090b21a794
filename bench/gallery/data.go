package main

import (
	"bufio"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"unsafe"

	"faceid/internal/npy"
)

const perPerson = 4 // templates around one centre

// rowsFrom makes rows [from, from+n) of the data: unit vectors around random centres, at a cosine of about 0.8 to
// them. Row i depends on the seed and i only. from and n are multiples of perPerson.
func rowsFrom(seed uint64, from, n, d int) []float32 {
	out := make([]float32, n*d)
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			c := make([]float32, d)
			for i := w * perPerson; i < n; i += workers * perPerson {
				r := rand.New(rand.NewPCG(seed, uint64((from+i)/perPerson)))
				direction(r, c)
				for j := range perPerson {
					v := out[(i+j)*d:][:d]
					direction(r, v)
					for t := range v {
						v[t] = 0.8*c[t] + 0.6*v[t]
					}
					normalise(v)
				}
			}
		})
	}
	wg.Wait()
	return out
}

func direction(r *rand.Rand, v []float32) {
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	normalise(v)
}

func normalise(v []float32) {
	n := 0.0
	for _, x := range v {
		n += float64(x) * float64(x)
	}
	n = 1 / math.Sqrt(n)
	for i := range v {
		v[i] = float32(float64(v[i]) * n)
	}
}

// probesOf makes n probes: half are new views of somebody in the data, half strangers.
func probesOf(seed uint64, data []float32, n, d int) [][]float32 {
	r := rand.New(rand.NewPCG(seed, 1<<40))
	out := make([][]float32, n)
	for i := range out {
		v := make([]float32, d)
		direction(r, v)
		if i%2 == 0 {
			for j, x := range data[r.IntN(len(data)/d)*d:][:d] {
				v[j] = 0.6*v[j] + 0.8*x
			}
			normalise(v)
		}
		out[i] = v
	}
	return out
}

// npyFile is a .npy file of float32 rows that is being written.
type npyFile struct {
	f *os.File
	w *bufio.Writer
}

func createNPY(path string, n, d int) (*npyFile, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	return &npyFile{f, w}, npy.WriteHeader(w, "<f4", n, d)
}

func (n *npyFile) write(v []float32) error {
	_, err := n.w.Write(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), 4*len(v)))
	return err
}

func (n *npyFile) close() error {
	if err := n.w.Flush(); err != nil {
		return err
	}
	return n.f.Close()
}
