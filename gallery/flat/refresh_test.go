package flat

import (
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
