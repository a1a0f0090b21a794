package flat

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const smallDim = 8

// smallFile builds a file of two full chunks and a tail, the last rows by two appends, with one person deleted if del is set.
func smallFile(t testing.TB, del bool) (path string, rows []Row) {
	t.Helper()
	rows = testRows(rand.New(rand.NewPCG(1, 9)), 40, smallDim, 2)
	path = filepath.Join(t.TempDir(), "index")
	b, err := Create(path, smallDim, &Options{ChunkRows: 16, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Append(rows[:20]); err != nil {
		t.Fatal(err)
	}
	x, err := b.Commit(Stamp{Seq: 20})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	for _, n := range []int{37, 40} {
		if err := x.Append(rows[x.Stats().Rows:n], Stamp{Seq: uint64(n)}); err != nil {
			t.Fatal(err)
		}
	}
	if del {
		if _, err := x.Delete([]int64{3, 19}, Stamp{Seq: 41}); err != nil {
			t.Fatal(err)
		}
		rows = slices.DeleteFunc(rows, func(r Row) bool { return r.Person == 3 || r.Person == 19 })
	}
	return path, rows
}

// tryFile opens b as an index and searches it in every way. It fails the test unless each answer is right for the rows of its
// stamp or an error; it reports whether all went well and at which stamp.
func tryFile(t testing.TB, path string, b []byte, states map[uint64][]Row) (ok bool, seq uint64) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	x, err := Open(path, &Options{NoSync: true, ReadOnly: true})
	if err != nil {
		if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNotIndex) {
			t.Fatalf("open: %v", err)
		}
		return false, 0
	}
	defer x.Close()
	seq = x.Stamp().Seq
	rows, known := states[seq]
	if !known {
		t.Fatalf("stamp %d was never committed", seq)
	}
	ok = true
	for _, o := range []SearchOptions{{K: 3}, {K: 1}, {K: 100}, {K: 2, Mean: true}, {K: 2, People: []int64{2, 9}}} {
		for _, n := range []int{1, 2} {
			probes := [][]float32{rows[7].Vector, rows[n].Vector}[:n]
			got, err := x.Search(ctx, probes, &o)
			if err != nil {
				if !errors.Is(err, ErrDamaged) {
					t.Fatal(err)
				}
				ok = false
				continue
			}
			for i, p := range probes {
				if want := brute(rows, p, o); !slices.Equal(got[i], want) {
					t.Fatalf("wrong answer\n got %v\nwant %v", got[i], want)
				}
			}
		}
	}
	if err := x.Verify(ctx); (err == nil) != ok && ok {
		ok = false // damage where no search looked
	}
	return ok, seq
}

// TestEveryPrefix cuts the file at every length: an error, or the state before the cut-off append.
func TestEveryPrefix(t *testing.T) {
	path, rows := smallFile(t, false)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	states := map[uint64][]Row{40: rows, 37: rows[:37]}
	step := 1
	if !slow() {
		step = 29
	}
	for n := 0; n < len(b); n += step {
		if ok, _ := tryFile(t, path+".cut", b[:n], states); ok {
			t.Fatalf("a file of %d of %d bytes passed for whole", n, len(b))
		}
	}
}

// TestEveryBit flips every bit: an error, an unchanged answer, or the reported state before the last commit.
func TestEveryBit(t *testing.T) {
	for _, del := range []bool{false, true} {
		path, rows := smallFile(t, del)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		states := map[uint64][]Row{40: rows, 37: rows[:min(37, len(rows))]}
		if del {
			states = map[uint64][]Row{41: rows}
		}
		step := 1
		if !slow() {
			step = 211
		}
		for bit := 0; bit < 8*len(b); bit += step {
			b[bit/8] ^= 1 << (bit % 8)
			tryFile(t, path+".bit", b, states)
			b[bit/8] ^= 1 << (bit % 8)
		}
		if ok, _ := tryFile(t, path+".bit", b, states); !ok {
			t.Fatal("the unharmed file is refused")
		}
	}
}

// TestTorn cuts off the last commit in three ways.
func TestTorn(t *testing.T) {
	path, rows := smallFile(t, false)
	b, _ := os.ReadFile(path)
	last := 1024
	if c, _ := decodeCommit(b[2048:]); c.Stamp.Seq == 40 {
		last = 2048
	}
	b[last+5] ^= 1
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	x, err := Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if s := x.Stats(); !s.Torn || s.Rows != 37 || x.Stamp().Seq != 37 {
		t.Fatalf("stats %+v, stamp %v", s, x.Stamp())
	}
	if err := x.Append(rows[37:], Stamp{Seq: 50}); err != nil {
		t.Fatal(err)
	}
	if s := x.Stats(); s.Torn || s.Rows != 40 {
		t.Fatalf("stats %+v after the torn record was written over", s)
	}
	if got, err := x.Search(ctx, [][]float32{rows[39].Vector}, nil); err != nil || got[0][0].Template != 40 {
		t.Fatal(got, err)
	}
	if err := x.Verify(ctx); err != nil {
		t.Fatal(err)
	}
}

// TestDeleteWipes looks for a deleted person's bytes in the file.
func TestDeleteWipes(t *testing.T) {
	path, _ := smallFile(t, false)
	x, err := Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	rows := testRows(rand.New(rand.NewPCG(1, 9)), 40, smallDim, 2)
	if n, err := x.Delete([]int64{1, 20}, Stamp{Seq: 60}); n != 4 || err != nil {
		t.Fatal(n, err)
	}
	b, _ := os.ReadFile(path)
	for i, r := range rows {
		if found := strings.Contains(string(b), string(bytesOf(r.Vector))); found == (r.Person == 1 || r.Person == 20) {
			t.Errorf("row %d: vector in the file: %v", i, found)
		}
	}
	if err := x.Verify(ctx); err != nil {
		t.Fatal(err)
	}
	if got, err := x.Search(ctx, [][]float32{rows[0].Vector}, &SearchOptions{K: 50}); err != nil || len(got[0]) != 18 {
		t.Fatal(len(got[0]), err)
	}
}

// TestTwoProcesses has two open indexes on one file, as two processes have.
func TestTwoProcesses(t *testing.T) {
	path, rows := smallFile(t, false)
	a, err := Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	b, err := Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	more := testRows(rand.New(rand.NewPCG(5, 5)), 30, smallDim, 1)
	for i := range more {
		more[i].Template += 100
		more[i].Person += 100
	}
	if err := a.Append(more, Stamp{Seq: 70}); err != nil {
		t.Fatal(err)
	}
	if err := b.Append(nil, Stamp{Seq: 71}); !errors.Is(err, ErrStale) {
		t.Fatalf("append on an old view: %v, want ErrStale", err)
	}
	if b.Stamp().Seq != 40 {
		t.Fatal("a view changed by itself")
	}
	all := append(slices.Clone(rows), more...)
	same := func(x *Index, rows []Row) {
		t.Helper()
		for _, o := range []SearchOptions{{K: 5}, {K: 100}, {K: 3, Mean: true}, {K: 3, People: []int64{101, 5}}} {
			got, err := x.Search(ctx, [][]float32{more[3].Vector}, &o)
			if want := brute(rows, more[3].Vector, o); err != nil || !slices.Equal(got[0], want) {
				t.Fatalf("%v\n got %v\nwant %v", err, got, want)
			}
		}
	}
	same(b, rows)
	if s, err := b.Refresh(); err != nil || s.Seq != 70 {
		t.Fatal(s, err)
	}
	same(b, all)
	if _, err := b.Delete([]int64{104, 2, 130}, Stamp{Seq: 72}); err != nil {
		t.Fatal(err)
	}
	if s, err := a.Refresh(); err != nil || s.Seq != 72 {
		t.Fatal(s, err)
	}
	left := slices.DeleteFunc(all, func(r Row) bool { return r.Person == 104 || r.Person == 2 || r.Person == 130 })
	same(a, left)
	same(b, left)
	if done, err := a.Compact(ctx, true); !done || err != nil {
		t.Fatal(done, err)
	}
	same(a, left)
	same(b, left) // the old file still answers
	if err := b.Append(nil, Stamp{}); !errors.Is(err, ErrStale) {
		t.Fatalf("append to a replaced file: %v, want ErrStale", err)
	}
	if s, err := b.Refresh(); err != nil || s.Seq != 72 {
		t.Fatal(s, err)
	}
	same(b, left)
	if a.Stats().Rows != len(left) || a.Verify(ctx) != nil || b.Verify(ctx) != nil {
		t.Fatal(a.Stats(), a.Verify(ctx), b.Verify(ctx))
	}
}

// TestConcurrent searches while rows come and go and the file is compacted; run it with -race.
func TestConcurrent(t *testing.T) {
	path, rows := smallFile(t, false)
	for _, kern := range []string{"", "go"} {
		x, err := Open(path, &Options{Kernel: kern, NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		other, err := Open(path, &Options{Kernel: kern, NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		stop := make(chan bool)
		var wg sync.WaitGroup
		for g := range 3 {
			wg.Go(func() {
				for i := g; ; i++ {
					select {
					case <-stop:
						return
					default:
					}
					y := []*Index{x, other}[i%2]
					if _, err := y.Refresh(); err != nil {
						t.Error(err)
						return
					}
					// People 1 to 20 are never deleted: they must be found as ever.
					r := rows[i%40]
					got, err := y.Search(ctx, [][]float32{r.Vector}, &SearchOptions{K: 1 + i%3})
					if err != nil || got[0][0].Person != r.Person || got[0][0].Template != r.Template {
						t.Error(got, err)
						return
					}
				}
			})
		}
		r := rand.New(rand.NewPCG(6, 6))
		next := int64(1000)
		for i := range 60 {
			v := make([]Row, 1+r.IntN(20))
			for j := range v {
				v[j] = Row{next, next, randomUnit(r, smallDim)}
				next++
			}
			if err := x.Append(v, Stamp{Seq: uint64(100 + i)}); err != nil {
				t.Fatal(err)
			}
			if i%3 == 1 {
				if _, err := x.Delete([]int64{next - 1, next - 9, next - 17}, Stamp{Seq: uint64(100 + i)}); err != nil {
					t.Fatal(err)
				}
			}
			if i%20 == 19 {
				if _, err := x.Compact(ctx, true); err != nil {
					t.Fatal(err)
				}
			}
		}
		close(stop)
		wg.Wait()
		if err := x.Verify(ctx); err != nil {
			t.Error(err)
		}
		x.Close()
		other.Close()
		if _, err := x.Search(ctx, nil, nil); !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	}
}

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(filepath.Join(dir, "none"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := Open(dir, &Options{Kernel: "abacus"}); !errors.Is(err, ErrKernel) {
		t.Error(err)
	}
	x, err := New(2, nil)
	if err != nil {
		t.Fatal(err)
	}
	nan := float32(0)
	nan /= nan
	for _, v := range [][]float32{nil, {1}, {1, 0, 0}, {0, 0}, {nan, 1}, {1, 1}, {1e30, 1e30}} {
		if err := x.Append([]Row{{1, 1, v}}, Stamp{Seq: 1}); !errors.Is(err, ErrVector) {
			t.Errorf("append of %v: %v", v, err)
		}
		if _, err := x.Search(ctx, [][]float32{v}, nil); !errors.Is(err, ErrVector) {
			t.Errorf("search for %v: %v", v, err)
		}
	}
	if x.Stamp().Seq != 0 || x.Stats().Rows != 0 {
		t.Error("a refused row left something behind")
	}
	if got, err := x.Search(ctx, [][]float32{{1, 0}}, nil); err != nil || len(got) != 1 || len(got[0]) != 0 {
		t.Error(got, err)
	}
	for _, dim := range []int{-1, 0, maxDim + 1} {
		if _, err := New(dim, nil); err == nil {
			t.Error("dimension", dim)
		}
	}
	path, _ := smallFile(t, false)
	ro, err := Open(path, &Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer ro.Close()
	if err := ro.Append(nil, Stamp{}); !errors.Is(err, ErrReadOnly) {
		t.Error(err)
	}
	if b, err := Create(path, 4, nil); err != nil {
		t.Error(err)
	} else if err := errors.Join(b.Append([]Row{{1, 1, []float32{1, 0, 0, 0}}}), b.Abort()); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(path + ".new*"); left != nil {
		t.Error("left behind:", left)
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Error(st.Mode(), err)
	}
}

// FuzzOpen gives any bytes to the reader: it must neither crash nor take more memory than the file is long, roughly.
func FuzzOpen(f *testing.F) {
	for _, del := range []bool{false, true} {
		path, _ := smallFile(f, del)
		file, err := os.Open(path)
		if err != nil {
			f.Fatal(err)
		}
		b, err := io.ReadAll(file)
		file.Close()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		f.Add(b[:5000])
	}
	path := filepath.Join(f.TempDir(), "fuzz")
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<20 {
			return
		}
		p := fmt.Sprint(path, os.Getpid())
		if err := os.WriteFile(p, b, 0o600); err != nil {
			t.Fatal(err)
		}
		x, err := Open(p, &Options{ReadOnly: true})
		if err != nil {
			return
		}
		defer x.Close()
		q := make([]float32, x.Stats().Dim)
		q[0] = 1
		for _, o := range []SearchOptions{{}, {Mean: true}, {People: []int64{1}}} {
			_, _ = x.Search(ctx, [][]float32{q, q}, &o)
		}
		_ = x.Verify(ctx)
	})
}
