package flat

import (
	"errors"
	"slices"
	"sync"
	"testing"
)

// TestStatsMeanwhile asks for figures while another process's commits are taken in; run it with -race.
func TestStatsMeanwhile(t *testing.T) {
	path, rows := smallFile(t, false)
	a, err := Open(path, &Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	b, err := Open(path, &Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	var wg sync.WaitGroup
	wg.Go(func() {
		for range 200 {
			if s := b.Stats(); s.Torn || s.Rows < 40 || s.Rows > 240 {
				t.Errorf("%+v", s)
				return
			}
		}
	})
	for i := range 200 {
		r := Row{int64(100 + i), 100, rows[0].Vector}
		if err := a.Append([]Row{r}, Stamp{Seq: uint64(100 + i)}); err != nil {
			t.Fatal(err)
		}
		if s, err := b.Refresh(); err != nil || s.Seq != uint64(100+i) {
			t.Fatal(s, err)
		}
	}
	wg.Wait()
}

// TestSearchOldView searches for somebody whom another process has deleted from the unfinished chunk, of which this one
// has a copy: that is not damage.
func TestSearchOldView(t *testing.T) {
	path, rows := smallFile(t, false)
	a, err := Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	b, err := Open(path, &Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	last := rows[39]
	if _, err := a.Delete([]int64{last.Person}, nil, Stamp{Seq: 41}); err != nil {
		t.Fatal(err)
	}
	for _, o := range []SearchOptions{{K: 1}, {K: 100}, {Mean: true}, {People: []int64{last.Person}}} {
		if got, err := b.Search(ctx, [][]float32{last.Vector}, &o); !errors.Is(err, ErrStale) {
			t.Errorf("%+v: %v, %v", o, got, err)
		}
	}
	if _, err := b.Refresh(); err != nil {
		t.Fatal(err)
	}
	got, err := b.Search(ctx, [][]float32{last.Vector}, &SearchOptions{K: 100})
	if want := brute(rows[:38], last.Vector, SearchOptions{K: 100}); err != nil || !slices.Equal(got[0], want) {
		t.Errorf("%v\n got %v\nwant %v", err, got, want)
	}
}
