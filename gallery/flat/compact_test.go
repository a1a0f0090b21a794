package flat

import (
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

// TestCompactMeanwhile compacts an index whose file another process compacts too, and takes that in at the same time;
// run it with -race.
func TestCompactMeanwhile(t *testing.T) {
	path, rows := smallFile(t, false)
	two := [2]*Index{}
	for i := range two {
		var err error
		if two[i], err = Open(path, &Options{NoSync: true}); err != nil {
			t.Fatal(err)
		}
		defer two[i].Close()
	}
	a, b := two[0], two[1]
	ok := func(err error) bool {
		if err != nil && !errors.Is(err, ErrStale) {
			t.Error(err)
		}
		return err == nil
	}
	stop := make(chan bool)
	var wg sync.WaitGroup
	loop := func(f func()) {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					f()
				}
			}
		})
	}
	compacted := 0
	loop(func() {
		if done, err := a.Compact(ctx, true); ok(err) && done {
			compacted++
		}
	})
	loop(func() {
		_, err := a.Refresh()
		ok(err)
	})
	r := rand.New(rand.NewPCG(7, 1))
	again := func(f func() error) {
		for !ok(f()) && !t.Failed() {
			_, err := b.Refresh()
			ok(err)
		}
	}
	for i := range int64(150) {
		add := []Row{{1000 + i, 1000 + i, randomUnit(r, smallDim)}, {5000 + i, 5000 + i, randomUnit(r, smallDim)}}
		rows = append(rows, add[0])
		again(func() error { return b.Append(add, Stamp{Seq: uint64(100 + i)}) })
		again(func() error { _, err := b.Delete([]int64{5000 + i}, nil, Stamp{Seq: uint64(100 + i)}); return err })
		if i%3 == 0 {
			again(func() error { _, err := b.Compact(ctx, true); return err })
		}
	}
	close(stop)
	wg.Wait()
	for _, x := range two {
		if _, err := x.Refresh(); err != nil {
			t.Fatal(err)
		}
		if err := x.Verify(ctx); err != nil {
			t.Error(err)
		}
		o := SearchOptions{K: 300}
		got, err := x.Search(ctx, [][]float32{rows[100].Vector}, &o)
		if want := brute(rows, rows[100].Vector, o); err != nil || !slices.Equal(got[0], want) {
			t.Errorf("%v: %d people, want %d", err, len(got[0]), len(want))
		}
	}
	t.Logf("compacted %d times", compacted)
}
