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
	"testing"
)

const smallDim = 8

// smallFile builds a file of two full chunks and a tail, the last rows by two appends, with one person deleted if del
// is set.
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
		if _, err := x.Delete([]int64{3, 19}, nil, Stamp{Seq: 41}); err != nil {
			t.Fatal(err)
		}
		rows = slices.DeleteFunc(rows, func(r Row) bool { return r.Person == 3 || r.Person == 19 })
	}
	return path, rows
}

// tryFile opens b as an index and searches it in every way. It fails the test unless each answer is right for the rows
// of its stamp or an error; it reports whether all went well and at which stamp.
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
	if n, err := x.Delete([]int64{1, 20}, nil, Stamp{Seq: 60}); n != 4 || err != nil {
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
