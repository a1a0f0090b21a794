package flat

import (
	"context"
	"fmt"
)

// check tries the sums of parts of a chunk that nobody has tried yet. A writer of this or another process may be
// deleting from it: only what fails while no writer is at work is damage.
func (x *Index) check(c *chunk, parts part) error {
	miss := parts &^ part(c.checked.Load())
	if miss == 0 {
		return nil
	}
	for _, p := range []part{partFigures, partHigh, partLow} {
		if miss&p == 0 {
			continue
		}
		if !x.y.holds(c, p) && !x.holdsQuiet(c, p) {
			return damaged(c.num, "checksum")
		}
		c.checked.Or(uint32(p))
	}
	return nil
}

func (x *Index) holdsQuiet(c *chunk, p part) bool {
	if x.second == nil || !c.mapped {
		return false
	}
	x.recheck.Lock()
	defer x.recheck.Unlock()
	if lock(x.second, false) != nil {
		return false
	}
	defer unlock(x.second)
	return x.y.holds(c, p)
}

// vectors returns the vectors of a chunk's rows, read into buf if they are in the file. Those of dead rows are zero.
func (x *Index) vectors(v *view, c *chunk, buf []float32) ([]float32, error) {
	if err := x.check(c, partFigures); err != nil {
		return nil, err
	}
	n := v.rowsOf(c)
	if x.file == nil {
		return c.vec[:n*x.y.dim], nil
	}
	buf = buf[:n*x.y.dim]
	if err := x.y.readVectors(x.file, c.num, 0, n, buf); err != nil {
		return nil, err
	}
	for i := range n {
		if vectorSum(buf[i*x.y.dim:][:x.y.dim]) != c.crc[i] && !c.dead(i) {
			return nil, damaged(c.num, fmt.Sprintf("checksum of the vector of row %d", i))
		}
	}
	return buf, nil
}

// vector returns the vector of one row, read into buf if it is in the file, or nil if the row is dead.
func (x *Index) vector(c *chunk, i int, buf []float32) ([]float32, error) {
	if x.file == nil {
		if c.dead(i) {
			return nil, nil
		}
		return c.vec[i*x.y.dim:][:x.y.dim], nil
	}
	buf = buf[:x.y.dim]
	if err := x.y.readVectors(x.file, c.num, i, 1, buf); err != nil {
		return nil, err
	}
	ok := vectorSum(buf) == c.crc[i]
	if c.dead(i) { // asked last: a deletion marks the row first
		return nil, nil
	}
	if !ok {
		return nil, damaged(c.num, fmt.Sprintf("checksum of the vector of row %d", i))
	}
	return buf, nil
}

// Verify tries every checksum of the file's full chunks and of all vectors. The codes and figures of the unfinished
// last chunk, which Open and Refresh check as they read them, are taken from memory (on systems without mmap those of
// every chunk). It returns nil or ErrDamaged with the place.
func (x *Index) Verify(ctx context.Context) error {
	x.using.RLock()
	defer x.using.RUnlock()
	if x.closed {
		return ErrClosed
	}
	v := x.view.Load()
	live := 0
	buf := make([]float32, x.y.rows*x.y.dim)
	for _, c := range v.chunks {
		if err := ctx.Err(); err != nil {
			return err
		}
		if x.file != nil && c.full {
			for _, p := range []part{partFigures, partHigh, partLow} {
				if !x.y.holds(c, p) && !x.holdsQuiet(c, p) {
					return damaged(c.num, "checksum")
				}
			}
		}
		if _, err := x.vectors(v, c, buf); err != nil {
			return err
		}
		for i := range v.rowsOf(c) {
			if !c.dead(i) {
				live++
			}
		}
	}
	// A deletion under way may have marked rows already that this view still counts.
	if live > int(v.Live) || live < int(v.Live) && x.view.Load() == v && x.stillCurrent(v) {
		return fmt.Errorf("%w: %d live rows, the commit record says %d", ErrDamaged, live, v.Live)
	}
	return nil
}
