package flat

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// group is how many probes share one pass over the codes: their codes stay in the second-level cache.
const group = 64

// Search returns for each probe the K people most similar to it, best first, equal scores by ascending person
// id: the very people, order and scores that brute force with Score gives. Probes are unit vectors to 1e-3.
// Fewer than K only if there are fewer. It returns ErrVector, ErrDamaged, ErrStale if rows that it needs were deleted
// meanwhile (Refresh, and search again), or the context's error.
func (x *Index) Search(ctx context.Context, probes [][]float32, o *SearchOptions) ([][]Match, error) {
	var opt SearchOptions
	if o != nil {
		opt = *o
	}
	if opt.K <= 0 {
		opt.K = 10
	}
	x.using.RLock()
	defer x.using.RUnlock()
	if x.closed {
		return nil, ErrClosed
	}
	for _, p := range probes {
		if err := checkUnit(p, x.y.dim); err != nil {
			return nil, err
		}
	}
	v := x.view.Load()
	var rows []int32 // those searched, if not all
	if opt.People != nil {
		var err error
		if rows, err = x.rowsOfPeople(v, opt.People); err != nil {
			return nil, x.unlessOld(v, err)
		}
	}
	out := make([][]Match, 0, len(probes))
	for part := range slices.Chunk(probes, group) {
		tops := make([]*topK, len(part))
		for i := range tops {
			tops[i] = newTopK(opt.K)
		}
		var err error
		switch {
		case opt.Mean:
			err = x.searchMean(ctx, v, part, bitmap(rows, v, opt.People), tops)
		case opt.People != nil && len(rows) <= v.rows()/32:
			err = x.gather(ctx, v, part, rows, tops)
		case opt.K >= v.rows()/8:
			err = x.scanExact(ctx, v, part, bitmap(rows, v, opt.People), func(p, _ int, m Match) {
				tops[p].offer(m)
			})
		default:
			err = x.scan(ctx, v, part, bitmap(rows, v, opt.People), tops)
		}
		if err != nil {
			return nil, x.unlessOld(v, err)
		}
		for _, t := range tops {
			out = append(out, t.sorted())
		}
	}
	return out, nil
}

// bitmap has bit r set for each of rows; nil if people is nil.
func bitmap(rows []int32, v *view, people []int64) []uint64 {
	if people == nil {
		return nil
	}
	b := make([]uint64, (v.rows()+63)/64)
	for _, r := range rows {
		b[r/64] |= 1 << (r % 64)
	}
	return b
}

// eachChunk calls f for every chunk of v on the workers, each with its own scratch.
func (x *Index) eachChunk(ctx context.Context, v *view, f func(*scratch, *chunk) error) error {
	var next atomic.Int64
	work := func() error {
		s := scratches.Get().(*scratch)
		defer scratches.Put(s)
		for {
			i := int(next.Add(1)) - 1
			if i >= len(v.chunks) {
				return nil
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := f(s, v.chunks[i]); err != nil {
				return err
			}
		}
	}
	n := min(x.opt.workers(), len(v.chunks))
	if v.rows() <= 4096 { // done before another goroutine runs
		n = 1
	}
	if n <= 1 {
		return work()
	}
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n - 1 {
		wg.Go(func() { errs[i] = work() })
	}
	errs[n-1] = work()
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// scratch is what one worker needs, kept between searches.
type scratch struct {
	probes   []probe
	idx, dot []int32
	count    []int32
	ub       []float64
	order    []candidate
	vec      []float32 // of a row
	block    []float32 // of a chunk
	out      []float64
}

type candidate struct {
	row int32
	ub  float64
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// sized returns s with length n, grown if need be; its content is arbitrary.
func sized[T any](s *[]T, n int) []T {
	if cap(*s) < n {
		*s = make([]T, n)
	}
	*s = (*s)[:cap(*s)]
	return (*s)[:n]
}

// scan is the search by codes: first pass, second pass, and the reference score of what may still win.
func (x *Index) scan(ctx context.Context, v *view, probes [][]float32, wanted []uint64, tops []*topK) error {
	y, nq := &x.y, len(probes)
	codes := make([]int8, nq*y.dp)
	zs := make([]quantised, nq)
	for i, q := range probes {
		zs[i] = quantiseProbe(codes[i*y.dp:][:y.dp], q)
	}
	e := codes
	if nq > 1 {
		e = make([]int8, (nq+15)/16*16*y.dp)
		tileCodes(e, codes, y.dp, nq)
	}
	stride := y.rows + 16
	return x.eachChunk(ctx, v, func(s *scratch, c *chunk) error {
		if err := x.check(c, partFigures|partHigh); err != nil {
			return err
		}
		ps := sized(&s.probes, nq)
		for i := range ps {
			ps[i] = zs[i].probe(tops[i].threshold())
		}
		idx, dot, count := sized(&s.idx, nq*stride), sized(&s.dot, nq*stride), sized(&s.count, nq)
		x.kern.scan(c.h, c.s, c.r4, v.rowsOf(c), y.dp, nq, e, ps, idx, dot, count, stride)
		for i := range nq {
			n := int(count[i])
			ix, dt := idx[i*stride:][:n], dot[i*stride:][:n]
			if wanted != nil {
				n = keepWanted(ix, dt, wanted, c.num*y.rows)
				ix, dt = ix[:n], dt[:n]
			}
			if n == 0 {
				continue
			}
			if err := x.check(c, partLow); err != nil {
				return err
			}
			ub := sized(&s.ub, y.rows)
			n = x.kern.refine(c.l, c.s, c.r8, y.dp, codes[i*y.dp:][:y.dp], &ps[i], ix, dt, ub)
			if err := x.rescore(s, c, &zs[i], ix[:n], ub, tops[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// keepWanted compacts idx and dot to the rows wanted.
func keepWanted(idx, dot []int32, wanted []uint64, base int) int {
	n := 0
	for j, r := range idx {
		at := base + int(r)
		if wanted[at/64]>>(at%64)&1 != 0 {
			idx[n], dot[n] = r, dot[j]
			n++
		}
	}
	return n
}

// rescore offers the reference score of the rows whose bound still reaches the threshold, the most
// promising first, so that the threshold rises early.
func (x *Index) rescore(s *scratch, c *chunk, z *quantised, rows []int32, ub []float64, top *topK) error {
	order := sized(&s.order, len(rows))
	for j, r := range rows {
		order[j] = candidate{r, ub[j]}
	}
	slices.SortFunc(order, func(a, b candidate) int {
		switch {
		case a.ub > b.ub:
			return -1
		case a.ub < b.ub:
			return 1
		}
		return int(a.row - b.row)
	})
	buf, dot := sized(&s.vec, x.y.dim), sized(&s.out, 1)
	for _, o := range order {
		if p := z.probe(top.threshold()); o.ub < p.thr2 {
			break
		}
		i := int(o.row)
		m := Match{Person: c.pid[i], Template: c.tid[i]}
		vec, err := x.vector(c, i, buf)
		if err != nil {
			return err
		}
		if vec == nil {
			continue
		}
		x.kern.dots(z.q, vec, 1, dot)
		m.Score = score(dot[0])
		top.offer(m)
	}
	return nil
}
