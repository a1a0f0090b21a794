package flat

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
)

var ctx = context.Background()

func unit(v []float32) []float32 {
	n := 0.0
	for _, x := range v {
		n += float64(x) * float64(x)
	}
	n = math.Sqrt(n)
	for i := range v {
		v[i] = float32(float64(v[i]) / n)
	}
	return v
}

func randomUnit(r *rand.Rand, d int) []float32 {
	v := make([]float32, d)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return unit(v)
}

// brute is the reference: every row, Score, and a sort.
func brute(rows []Row, probe []float32, o SearchOptions) []Match {
	type acc struct {
		m   Match
		sum float64
		n   int
	}
	people := map[int64]*acc{}
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b Row) int { return cmp.Compare(a.Template, b.Template) })
	for _, r := range rows {
		if o.People != nil && !slices.Contains(o.People, r.Person) {
			continue
		}
		s := Score(probe, r.Vector)
		p := people[r.Person]
		if p == nil {
			p = &acc{m: Match{r.Person, r.Template, s}}
			people[r.Person] = p
		}
		if s > p.m.Score {
			p.m.Score, p.m.Template = s, r.Template
		}
		p.sum += float64(s)
		p.n++
	}
	var out []Match
	for _, p := range people {
		if o.Mean {
			p.m.Score = float32(p.sum / float64(p.n))
		}
		out = append(out, p.m)
	}
	slices.SortFunc(out, func(a, b Match) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Person, b.Person))
	})
	k := o.K
	if k <= 0 {
		k = 10
	}
	return out[:min(k, len(out))]
}

func testRows(r *rand.Rand, n, d, per int) []Row {
	rows := make([]Row, n)
	var c []float32
	for i := range rows {
		if i%per == 0 {
			c = randomUnit(r, d)
		}
		v := randomUnit(r, d)
		for j := range v {
			v[j] = v[j]*0.6 + c[j]*0.8
		}
		rows[i] = Row{int64(i + 1), int64(i/per + 1), unit(v)}
	}
	return rows
}

// TestLife takes an index through append, delete, compact and reopen, in memory and in a file, on every kernel.
func TestLife(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, kern := range Kernels() {
		for _, d := range []int{3, 200} {
			rows := testRows(r, 900, d, 3)
			mem, err := New(d, &Options{Kernel: kern, ChunkRows: 64})
			if err != nil {
				t.Fatal(err)
			}
			for c := range slices.Chunk(rows, 250) {
				if err := mem.Append(c, Stamp{}); err != nil {
					t.Fatal(err)
				}
			}
			path := filepath.Join(t.TempDir(), "x")
			b, err := Create(path, d, &Options{Kernel: kern, ChunkRows: 64})
			if err != nil {
				t.Fatal(err)
			}
			if err := b.Append(rows[:600]); err != nil {
				t.Fatal(err)
			}
			file, err := b.Commit(Stamp{Seq: 5})
			if err != nil {
				t.Fatal(err)
			}
			if err := file.Append(rows[600:601], Stamp{Seq: 6}); err != nil {
				t.Fatal(err)
			}
			if err := file.Append(rows[601:], Stamp{Seq: 7}); err != nil {
				t.Fatal(err)
			}
			var probes [][]float32
			for i := range 20 {
				v := slices.Clone(rows[i*20].Vector)
				for j := range v {
					v[j] += float32(r.NormFloat64()) * 0.02
				}
				probes = append(probes, unit(v))
			}
			check := func(x *Index, rows []Row) {
				for _, o := range []SearchOptions{{}, {K: 1}, {K: 100}, {K: 500}, {Mean: true},
					{People: []int64{5, 3, 77, 99999}}, {People: func() (p []int64) {
						for i := range 100 {
							p = append(p, int64(i*2))
						}
						return p
					}()}} {
					got, err := x.Search(ctx, probes, &o)
					if err != nil {
						t.Fatal(err)
					}
					for i, p := range probes {
						want := brute(rows, p, o)
						if !slices.Equal(got[i], want) {
							t.Fatalf("%s d=%d %+v probe %d:\n got %v\nwant %v", kern, d, o, i, got[i], want)
						}
					}
					one, err := x.Search(ctx, probes[:1], &o)
					if err != nil || !slices.Equal(one[0], got[0]) {
						t.Fatalf("one probe: %v %v", one, err)
					}
				}
			}
			check(mem, rows)
			check(file, rows)
			for _, x := range []*Index{mem, file} {
				if n, err := x.Delete([]int64{1, 150, 300, 12345}, nil, Stamp{Seq: 8}); err != nil || n != 9 {
					t.Fatal(n, err)
				}
			}
			left := slices.DeleteFunc(slices.Clone(rows), func(r Row) bool {
				return r.Person == 1 || r.Person == 150 || r.Person == 300
			})
			check(mem, left)
			check(file, left)
			if err := file.Verify(ctx); err != nil {
				t.Fatal(err)
			}
			if ok, err := file.Compact(ctx, true); !ok || err != nil {
				t.Fatal(ok, err)
			}
			if ok, err := mem.Compact(ctx, true); !ok || err != nil {
				t.Fatal(ok, err)
			}
			check(mem, left)
			check(file, left)
			if err := file.Verify(ctx); err != nil {
				t.Fatal(err)
			}
			if file.Stamp().Seq != 8 {
				t.Fatal(file.Stamp())
			}
			file.Close()
			file, err = Open(path, &Options{Kernel: kern})
			if err != nil {
				t.Fatal(err)
			}
			check(file, left)
			file.Close()
		}
	}
}
