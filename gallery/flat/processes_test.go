package flat

import (
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

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
	if _, err := b.Delete([]int64{104, 2, 130}, nil, Stamp{Seq: 72}); err != nil {
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
					if errors.Is(err, ErrStale) {
						continue // deleted from since the Refresh
					}
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
				if _, err := x.Delete([]int64{next - 1, next - 9, next - 17}, nil,
					Stamp{Seq: uint64(100 + i)}); err != nil {
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
