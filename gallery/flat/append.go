package flat

import (
	"os"
	"runtime"
	"sync"
	"sync/atomic"
)

// appender puts rows behind n others, chunk by chunk, in memory or in a file.
type appender struct {
	y       *layout
	f       *os.File // nil in memory
	workers int
	keep    bool // collect the chunks filled here

	n       int       // rows so far
	tail    *chunk    // of own memory: the chunk that row n belongs to; nil if it is not begun
	full    []*chunk  // filled here
	written int       // rows of tail that are in the file
	vec     []float32 // vectors of those that are not
}

// parallel runs f on pieces of [0, n), on at most workers goroutines, and returns the first error.
func parallel(n, piece, workers int, f func(a, b int) error) error {
	workers = min(workers, (n+piece-1)/piece)
	if workers <= 1 {
		return f(0, n)
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, workers)
	for w := range workers {
		wg.Go(func() {
			for errs[w] == nil {
				a := int(next.Add(1)-1) * piece
				if a >= n {
					return
				}
				errs[w] = f(a, min(n, a+piece))
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *appender) add(rows []Row) error {
	y := p.y
	for len(rows) > 0 {
		at := p.n % y.rows
		if p.tail == nil {
			p.tail, p.written, p.vec = y.alloc(p.n/y.rows), 0, p.vec[:0]
		}
		c, part := p.tail, rows[:min(len(rows), y.rows-at)]
		err := parallel(len(part), 64, p.workers, func(a, b int) error {
			u := make([]uint8, y.dp)
			for i := a; i < b; i++ {
				if err := checkUnit(part[i].Vector, y.dim); err != nil {
					return err
				}
				s, r4, r8 := quantise(u, part[i].Vector)
				c.put(at+i, part[i], u, s, r4, r8)
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, r := range part {
			if p.f == nil {
				c.vec = append(c.vec, r.Vector...)
			} else {
				p.vec = append(p.vec, r.Vector...)
			}
		}
		p.n += len(part)
		rows = rows[len(part):]
		if p.n%y.rows == 0 {
			y.seal(c)
			if err := p.flush(); err != nil {
				return err
			}
			if p.keep {
				p.full = append(p.full, c)
			}
			p.tail = nil
		} else {
			c.checked.Store(uint32(partFigures | partHigh | partLow))
		}
	}
	return nil
}

// flush writes what of the tail is not in the file yet.
func (p *appender) flush() error {
	if p.f == nil || p.tail == nil || len(p.vec) == 0 {
		return nil
	}
	if err := p.y.grow(p.f, p.n); err != nil {
		return err
	}
	to := p.written + len(p.vec)/p.y.dim
	if err := p.y.writeRows(p.f, p.tail, p.written, to, p.vec); err != nil {
		return err
	}
	p.written, p.vec = to, p.vec[:0]
	return nil
}

// tailSums are what a commit record says of the unfinished chunk.
func (p *appender) tailSums() sums {
	if p.tail == nil {
		return sums{}
	}
	return p.y.sumAll(p.tail, p.n%p.y.rows)
}

func (o *Options) workers() int {
	if o.Workers > 0 {
		return o.Workers
	}
	return runtime.GOMAXPROCS(0)
}
