package sqlite_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"faceid/gallery"
	"faceid/gallery/sqlite"
)

// benchSize is the number of templates of the large benchmarks; FACEID_BENCH_N overrides it.
func benchSize(b *testing.B) int {
	n := 100_000
	if s := os.Getenv("FACEID_BENCH_N"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			b.Fatal(err)
		}
	}
	return n
}

// fill enrols n people with a template each, in transactions of 2,000.
func fill(b *testing.B, s *sqlite.Store, n, dim, trunk int) {
	b.Helper()
	r := rand.New(rand.NewPCG(1, 1))
	pool := randVec(r, 1<<16+dim+trunk) // windows of it are vectors, not unit ones
	for at := 0; at < n; {
		var e []gallery.Enrolment
		for range min(2000, n-at) {
			i := r.IntN(1 << 16)
			t := gallery.Template{Embedding: pool[i : i+dim]}
			if trunk > 0 {
				t.Trunk = pool[i+1 : i+1+trunk]
			}
			e = append(e, gallery.Enrolment{Name: "person " + strconv.Itoa(at), Templates: []gallery.Template{t}})
			at++
		}
		if _, err := s.Enrol(b.Context(), e, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEnrol is bulk enrolment; templates/s is the figure.
func BenchmarkEnrol(b *testing.B) {
	const n = 100_000
	for _, trunk := range []int{0, 512} {
		b.Run(fmt.Sprintf("n=%d/d=512/trunk=%d", n, trunk), func(b *testing.B) {
			for b.Loop() {
				fill(b, open(b, filepath.Join(b.TempDir(), "g"), 512), n, 512, trunk)
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "templates/s")
		})
	}
}

// BenchmarkEnrolOne is one person with one template, acknowledged after the disk has it.
func BenchmarkEnrolOne(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "g"), 512)
	r := rand.New(rand.NewPCG(1, 1))
	i := 0
	for b.Loop() {
		i++
		if _, err := s.Enrol(b.Context(), []gallery.Enrolment{{Name: strconv.Itoa(i),
			Templates: []gallery.Template{{Embedding: randVec(r, 512)}}}}, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkImport reads an export of both formats into an empty gallery.
func BenchmarkImport(b *testing.B) {
	const n = 100_000
	from := open(b, filepath.Join(b.TempDir(), "from"), 512)
	fill(b, from, n, 512, 0)
	var jsonl, npz bytes.Buffer
	if err := gallery.ExportJSONL(b.Context(), from, &jsonl, nil); err != nil {
		b.Fatal(err)
	}
	if err := gallery.ExportNPZ(b.Context(), from, &npz, nil); err != nil {
		b.Fatal(err)
	}
	for _, format := range []string{"jsonl", "npz"} {
		b.Run(fmt.Sprintf("format=%s/n=%d", format, n), func(b *testing.B) {
			for b.Loop() {
				to := open(b, filepath.Join(b.TempDir(), "to"), 512)
				var err error
				if format == "jsonl" {
					_, err = gallery.ImportJSONL(b.Context(), to, bytes.NewReader(jsonl.Bytes()), nil)
				} else {
					_, err = gallery.ImportNPZ(b.Context(), to, bytes.NewReader(npz.Bytes()), int64(npz.Len()), nil)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "templates/s")
		})
	}
}

// BenchmarkMigrate recomputes the embeddings of 100,000 templates.
func BenchmarkMigrate(b *testing.B) {
	const n, d = 100_000, 512
	s := open(b, filepath.Join(b.TempDir(), "g"), d)
	fill(b, s, n, d, d)
	w := randVec(rand.New(rand.NewPCG(2, 2)), d*d)
	b.Run(fmt.Sprintf("n=%d/d=%d", n, d), func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			m := *model(d)
			m.SHA256 = fmt.Sprint(i)
			if err := s.Migrate(b.Context(), m, w, nil, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkOpen opens a gallery and searches once, and makes the index anew. FACEID_BENCH_DIR keeps the gallery
// between runs, since a million templates take a while to enrol.
func BenchmarkOpen(b *testing.B) {
	n := benchSize(b)
	dir := os.Getenv("FACEID_BENCH_DIR")
	if dir == "" {
		dir = b.TempDir()
	}
	path := filepath.Join(dir, fmt.Sprintf("bench-%d.faceid", n))
	if _, err := os.Stat(path); err != nil {
		s := open(b, path, 512)
		fill(b, s, n, 512, 0)
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
	r := rand.New(rand.NewPCG(3, 3))
	search := func(b *testing.B) {
		s, err := sqlite.Open(path, nil)
		if err != nil {
			b.Fatal(err)
		}
		defer s.Close()
		got, err := s.Search(b.Context(), [][]float32{randVec(r, 512)}, nil)
		if err != nil || len(got[0]) != 10 {
			b.Fatal(got, err)
		}
	}
	b.Run(fmt.Sprintf("index=none/n=%d/d=512", n), func(b *testing.B) {
		for b.Loop() {
			os.Remove(path + ".index")
			search(b)
		}
	})
	b.Run(fmt.Sprintf("index=current/n=%d/d=512", n), func(b *testing.B) {
		for b.Loop() {
			search(b)
		}
	})
}
