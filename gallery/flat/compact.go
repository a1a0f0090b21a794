package flat

import (
	"context"
	"fmt"
)

// Compact writes the live rows anew without the deleted ones and puts the file in place, if more than a quarter of
// the rows are deleted, or force is set. It reports whether it did. The stamp stays. Searches go on meanwhile. It
// returns ErrStale if somebody changed the index meanwhile.
func (x *Index) Compact(ctx context.Context, force bool) (bool, error) {
	v := x.view.Load()
	if v.Live == v.Rows || !force && v.Rows-v.Live <= v.Rows/4 {
		return false, nil
	}
	if x.opt.ReadOnly {
		return false, ErrReadOnly
	}
	x.using.RLock() // a Refresh at this moment may exchange both
	memory, y := x.file == nil, x.y
	x.using.RUnlock()
	if memory {
		return true, x.compactMemory(ctx)
	}
	b, err := Create(x.path, y.dim, &Options{Workers: x.opt.Workers, NoSync: x.opt.NoSync, ChunkRows: y.rows})
	if err != nil {
		return false, err
	}
	defer b.Abort()
	v, err = x.copyLive(ctx, b.Append)
	if err != nil {
		return false, err
	}
	// Numbers go on, so that whoever compares them sees a change.
	c := commit{Seq: v.Seq + 2, Rows: v.Live, Live: v.Live, Deletes: v.Deletes, Stamp: v.Stamp, Tail: b.p.tailSums()}
	if err := b.finish(c); err != nil {
		return false, err
	}
	now, err := x.begin()
	if err != nil {
		return false, err
	}
	if now != v {
		x.end()
		return false, fmt.Errorf("flat: compact: %w", ErrStale)
	}
	err = b.install()
	unlock(x.file) // before waiting for searches, which may wait for this lock
	if err == nil {
		err = x.reopen()
	}
	x.write.Unlock()
	return err == nil, err
}

func (x *Index) compactMemory(ctx context.Context) error {
	x.write.Lock()
	defer x.write.Unlock()
	p := appender{y: &x.y, workers: x.opt.workers(), keep: true}
	v, err := x.copyLive(ctx, p.add)
	if err != nil {
		return err
	}
	n := &view{commit: v.commit, epoch: v.epoch + 1, chunks: p.full}
	if p.tail != nil {
		n.chunks = append(n.chunks, p.tail)
	}
	n.Rows = n.Live
	x.view.Store(n)
	return nil
}

// copyLive hands the live rows of the view it returns to add, chunk by chunk.
func (x *Index) copyLive(ctx context.Context, add func([]Row) error) (*view, error) {
	x.using.RLock()
	defer x.using.RUnlock()
	if x.closed {
		return nil, ErrClosed
	}
	v := x.view.Load()
	buf := make([]float32, x.y.rows*x.y.dim)
	var rows []Row
	for _, c := range v.chunks {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		vec, err := x.vectors(v, c, buf)
		if err != nil {
			return nil, x.unlessOld(v, err)
		}
		rows = rows[:0]
		for i := range v.rowsOf(c) {
			r := Row{c.tid[i], c.pid[i], vec[i*x.y.dim:][:x.y.dim]}
			if !c.dead(i) {
				rows = append(rows, r)
			}
		}
		if err := add(rows); err != nil {
			return nil, err
		}
	}
	return v, nil
}
