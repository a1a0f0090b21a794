package flat

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
)

// benchRows yields n rows, four per person, made in parallel from a seed per person.
func benchRows(from, n, d int) []Row {
	rows := make([]Row, n)
	_ = parallel(n/4, 64, 64, func(a, b int) error {
		for p := a; p < b; p++ {
			r := rand.New(rand.NewPCG(uint64(from/4+p), 7))
			copy(rows[4*p:], testRows(r, 4, d, 4))
			for i := range 4 {
				rows[4*p+i].Template, rows[4*p+i].Person = int64(from+4*p+i+1), int64(from/4+p+1)
			}
		}
		return nil
	})
	return rows
}

var benchFiles sync.Map

func benchIndex(b *testing.B, n, d int) *Index {
	if x, ok := benchFiles.Load(n); ok {
		return x.(*Index)
	}
	dir, err := os.MkdirTemp("", "flatbench")
	if err != nil {
		b.Fatal(err)
	}
	bu, err := Create(filepath.Join(dir, "x"), d, &Options{NoSync: true, Kernel: os.Getenv("FLAT_KERNEL")})
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; i < n; i += 20000 {
		if err := bu.Append(benchRows(i, min(20000, n-i), d)); err != nil {
			b.Fatal(err)
		}
	}
	x, err := bu.Commit(Stamp{})
	if err != nil {
		b.Fatal(err)
	}
	os.RemoveAll(dir) // stays until the process ends
	benchFiles.Store(n, x)
	return x
}

// BenchmarkSearch searches for people near, but not in, the index. FACEID_BENCH_N bounds n.
func BenchmarkSearch(b *testing.B) {
	const d = 512
	most, err := strconv.Atoi(os.Getenv("FACEID_BENCH_N"))
	if err != nil {
		most = 100_000
	}
	for _, n := range []int{1000, 10_000, 100_000, 1_000_000} {
		if n > most {
			continue
		}
		for _, batch := range []int{1, 64} {
			b.Run(fmt.Sprintf("n=%d/d=%d/k=10/batch=%d", n, d, batch), func(b *testing.B) {
				x := benchIndex(b, n, d)
				r := rand.New(rand.NewPCG(3, 4))
				rows := benchRows(0, 512, d)
				probes := make([][]float32, 128)
				for i := range probes {
					v := rows[4*i].Vector
					for j := range v {
						v[j] += float32(r.NormFloat64()) * 0.03
					}
					probes[i] = unit(v)
				}
				if _, err := x.Search(ctx, probes, nil); err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					at := i * batch % 128
					if _, err := x.Search(ctx, probes[at:at+batch], nil); err != nil {
						b.Fatal(err)
					}
					i++
				}
			})
		}
	}
}
