package flat

import "fmt"

// Delete removes all rows of these people and of these templates, overwrites their bytes with zeros, and sets the
// stamp. Unknown ids are ignored. It returns the number of rows removed. Two fsyncs order the mark, the zeros and the
// new record even with NoSync: chunks that a power cut leaves as they were have right checksums, and would answer with
// people that were removed.
func (x *Index) Delete(people, templates []int64, s Stamp) (int, error) {
	v, err := x.begin()
	if err != nil {
		return 0, err
	}
	defer x.end()
	n := &view{commit: v.commit, epoch: v.epoch, chunks: append([]*chunk(nil), v.chunks...)}
	gone, rows := idSet(people), idSet(templates)
	del := map[int][]int{} // rows by chunk
	removed := 0
	for num, c := range v.chunks {
		if err := x.holdsAll(c); err != nil {
			return 0, err // before its sums are made anew
		}
		for i, p := range c.pid[:v.rowsOf(c)] {
			if (gone[p] || len(rows) > 0 && rows[c.tid[i]]) && !c.dead(i) {
				del[num] = append(del[num], i)
				removed++
			}
		}
	}
	n.Seq++
	n.Live -= uint64(removed)
	n.Stamp = s
	if removed > 0 {
		n.Deletes++
		if x.file != nil {
			dirty := n.commit
			dirty.Dirty = 1
			err := x.commit(&dirty)
			if err == nil {
				err = x.barrier()
			}
			if err != nil {
				return 0, fmt.Errorf("flat: delete: %w", err)
			}
			n.Seq++
		}
		for num, rows := range del {
			if n.chunks[num], err = x.erase(v, v.chunks[num], rows); err != nil {
				return 0, fmt.Errorf("flat: delete: %w", err)
			}
		}
		if k := len(n.chunks) - 1; !n.chunks[k].full {
			n.Tail = x.y.sumAll(n.chunks[k], n.rowsOf(n.chunks[k]))
		}
		if x.file != nil {
			if err := x.barrier(); err != nil {
				return 0, fmt.Errorf("flat: delete: %w", err)
			}
		}
	}
	if x.file != nil {
		if err := x.commit(&n.commit); err != nil {
			return 0, fmt.Errorf("flat: delete: %w", err)
		}
	}
	x.view.Store(n)
	return removed, nil
}

func idSet(ids []int64) map[int64]bool {
	m := make(map[int64]bool, len(ids))
	for _, id := range ids {
		m[id] = true
	}
	return m
}

// holdsAll checks a chunk without waiting for a writer: the caller is the writer.
func (x *Index) holdsAll(c *chunk) error {
	for _, p := range []part{partFigures, partHigh, partLow} {
		if c.checked.Load()&uint32(p) != 0 {
			continue
		}
		if !x.y.holds(c, p) {
			return damaged(c.num, "checksum")
		}
		c.checked.Or(uint32(p))
	}
	return nil
}

// erase deletes rows of a chunk. A search that scans it in the mapping meanwhile finds first that a row is dead; what
// is read of a row before its vector's checksum and its being alive are tried counts for nothing.
func (x *Index) erase(v *view, c *chunk, rows []int) (*chunk, error) {
	y, d := &x.y, x.y.clone(c)
	if d.vec != nil {
		d.vec = append([]float32(nil), c.vec...)
	}
	for _, i := range rows {
		d.erase(i)
		if d.vec != nil {
			clear(d.vec[i*y.dim:][:y.dim])
		}
	}
	if c.full {
		y.seal(d)
	}
	if x.file == nil {
		return d, nil
	}
	at, zero := y.offset(c.num), make([]byte, 4*y.dim)
	put := func(b []byte, off int) error {
		_, err := x.file.WriteAt(b, at+int64(off))
		return err
	}
	for _, i := range rows {
		r4 := headSize + 4*y.rows + 4*i
		if err := put(d.buf[r4:r4+4], r4); err != nil {
			return nil, err
		}
	}
	n := v.rowsOf(c)
	for _, i := range rows {
		high, low := y.high+i&^15*y.dp/2, y.low+i*y.dp/2
		if err := put(d.buf[high:high+8*y.dp], high); err != nil {
			return nil, err
		}
		if err := put(d.buf[low:low+y.dp/2], low); err != nil {
			return nil, err
		}
		if err := put(zero, y.vec+4*y.dim*i); err != nil {
			return nil, err
		}
	}
	for off, w := range map[int]int{0: 4, 8: 4, 12: 4, 16: 8, 24: 8} {
		from := headSize + off*y.rows
		if err := put(d.buf[from:from+w*n], from); err != nil {
			return nil, err
		}
	}
	if c.full {
		if err := put(d.buf[:headSize], 0); err != nil {
			return nil, err
		}
	}
	if c.mapped {
		return c, nil // the mapping shows it
	}
	return d, nil
}
