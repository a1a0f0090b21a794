package gemm

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Task is work in numbered pieces that may run at once.
type Task interface {
	// Do does piece i. worker is in [0, Workers()) and no other call has the same one at the same time, so that it
	// may index scratch memory.
	Do(i, worker int)
}

// Workers is how many pieces Run works on at once: GOMAXPROCS.
func Workers() int { return runtime.GOMAXPROCS(0) }

// Run calls t.Do for every piece in [0, n), on all cores, and returns when all are done. Pieces are handed out in
// order as workers come free, so results must not depend on which worker does which. A warm call allocates nothing.
func Run(n int, t Task) {
	p := min(Workers(), n)
	if p <= 1 {
		for i := range n {
			t.Do(i, 0)
		}
		return
	}
	g := groups.get()
	g.task, g.n = t, int64(n)
	g.next.Store(0)
	g.worker.Store(0)
	g.wg.Add(p - 1)
	for range p - 1 {
		go g.background()
	}
	g.work(0)
	g.wg.Wait()
	g.task = nil
	groups.put(g)
}

// Parts calls f on contiguous parts of [0, n), one per worker, and returns when all are done. Parts write apart, so
// that their number never changes a result.
func Parts(n int, f func(lo, hi int)) {
	parts := min(n, Workers())
	if parts <= 1 {
		if n > 0 {
			f(0, n)
		}
		return
	}
	var wg sync.WaitGroup
	for p := 1; p < parts; p++ {
		wg.Go(func() { f(p*n/parts, (p+1)*n/parts) })
	}
	f(0, n/parts)
	wg.Wait()
}

// group is one Run. Goroutines are started anew each time (the runtime keeps dead ones, so that costs about a
// microsecond and no memory) instead of kept waiting: nothing to shut down, nothing that lives on when idle.
type group struct {
	task       Task
	n          int64
	next       atomic.Int64
	worker     atomic.Int64
	wg         sync.WaitGroup
	background func() // made once: a go statement with arguments would allocate
}

func (g *group) work(worker int) {
	for {
		i := g.next.Add(1) - 1
		if i >= g.n {
			return
		}
		g.task.Do(int(i), worker)
	}
}

// free is a list of things to use again. sync.Pool would lose them at every garbage collection.
type free[T any] struct {
	mu   sync.Mutex
	list []*T
	make func() *T
}

func (f *free[T]) get() *T {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n := len(f.list); n > 0 {
		t := f.list[n-1]
		f.list = f.list[:n-1]
		return t
	}
	return f.make()
}

func (f *free[T]) put(t *T) {
	f.mu.Lock()
	f.list = append(f.list, t)
	f.mu.Unlock()
}

var groups = free[group]{make: func() *group {
	g := new(group)
	g.background = func() {
		defer g.wg.Done()
		g.work(int(g.worker.Add(1)))
	}
	return g
}}
