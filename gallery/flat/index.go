package flat

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
)

// Index is an exact cosine index, in memory or in a file. All methods are safe for concurrent use; searches
// run while others append, delete and compact, and see the rows committed when they began.
type Index struct {
	path string
	opt  Options
	y    layout
	kern kernel

	write   sync.Mutex   // held by whoever changes the index
	using   sync.RWMutex // read-held by whoever uses mapped memory; held to take it away
	closed  bool         // Protected by using.
	file    *os.File     // nil in memory. Replaced under write and using.
	second  *os.File     // the same file, opened again so that checks lock against our own writer too
	maps    [][]byte     // Protected by write.
	recheck sync.Mutex   // held by whoever waits for writers through second

	view   atomic.Pointer[view]
	people atomic.Pointer[personIndex]
}

// view is what one search sees. It never changes, but that deletions reach mapped chunks.
type view struct {
	commit
	chunks []*chunk
	torn   bool // it is the state before a commit that was cut off
	epoch  int  // counts the files, for row numbers are those of one file
}

func (v *view) rows() int { return int(v.Rows) }

// rowsOf is the number of rows of chunk c.
func (v *view) rowsOf(c *chunk) int { return min(len(c.s), v.rows()-c.num*len(c.s)) }

// New returns an empty index in memory for vectors of dim values. Its options' ReadOnly and NoSync mean nothing.
func New(dim int, o *Options) (*Index, error) {
	x := &Index{}
	if o != nil {
		x.opt = *o
	}
	if x.opt.ChunkRows == 0 {
		x.opt.ChunkRows = 1024
	}
	if err := checkShape(dim, x.opt.ChunkRows); err != nil {
		return nil, fmt.Errorf("flat: %w", err)
	}
	x.opt.ReadOnly = false
	var err error
	if x.kern, err = pickKernel(x.opt.Kernel); err != nil {
		return nil, err
	}
	x.y = newLayout(dim, x.opt.ChunkRows)
	x.view.Store(&view{})
	return x, nil
}

// Stamp returns the stamp of the rows that a search would see now.
func (x *Index) Stamp() Stamp { return x.view.Load().Stamp }

// Stats returns the index's figures.
func (x *Index) Stats() Stats {
	x.using.RLock()
	defer x.using.RUnlock()
	v := x.view.Load()
	s := Stats{Dim: x.y.dim, Rows: v.rows(), Live: int(v.Live), Kernel: x.kern.name(), Torn: v.torn}
	if x.file != nil && !x.closed {
		if st, err := x.file.Stat(); err == nil {
			s.FileBytes = st.Size()
		}
	}
	return s
}

// begin starts a change: it takes the locks and makes sure that nobody else has changed the file.
func (x *Index) begin() (*view, error) {
	x.write.Lock()
	v := x.view.Load()
	err := func() error {
		if x.isClosed() {
			return ErrClosed
		}
		if x.opt.ReadOnly {
			return ErrReadOnly
		}
		if x.file == nil {
			return nil
		}
		if err := lock(x.file, true); err != nil {
			return fmt.Errorf("flat: %w", err)
		}
		if err := x.current(v); err != nil {
			unlock(x.file)
			return err
		}
		return nil
	}()
	if err != nil {
		x.write.Unlock()
		return nil, err
	}
	return v, nil
}

func (x *Index) end() {
	if x.file != nil {
		unlock(x.file)
	}
	x.write.Unlock()
}

func (x *Index) isClosed() bool {
	x.using.RLock()
	defer x.using.RUnlock()
	return x.closed
}

// current tells whether v is what the file at path holds.
func (x *Index) current(v *view) error {
	if same, err := x.inPlace(); err != nil {
		return err
	} else if !same {
		return fmt.Errorf("%w: %s was replaced", ErrStale, x.path)
	}
	_, c, _, err := readHead(x.file)
	if err != nil {
		return err
	}
	if c.Dirty != 0 {
		return fmt.Errorf("%w: a deletion was cut off", ErrDamaged)
	}
	if c.Seq != v.Seq {
		return ErrStale
	}
	return nil
}

// fsync is exchanged by the test that cuts the power.
var fsync = (*os.File).Sync

func (x *Index) sync() error {
	if x.opt.NoSync {
		return nil
	}
	return fsync(x.file)
}

// commit makes c the state of the file: first the data, then the record.
func (x *Index) commit(c *commit) error {
	if err := x.sync(); err != nil {
		return err
	}
	if _, err := x.file.WriteAt(c.encode(), c.at()); err != nil {
		return err
	}
	return x.sync()
}

// barrier makes all that was written durable before anything that follows, with NoSync too.
func (x *Index) barrier() error {
	if !x.opt.NoSync {
		return nil // commit does it on both sides
	}
	return fsync(x.file)
}

// Append adds rows and sets the stamp: both or neither. It returns ErrVector, ErrStale or ErrReadOnly.
// Rows may be empty, to set the stamp only. In one call some thousand rows cost little more than one.
func (x *Index) Append(rows []Row, s Stamp) error {
	v, err := x.begin()
	if err != nil {
		return err
	}
	defer x.end()
	n := &view{commit: v.commit, epoch: v.epoch}
	p := appender{y: &x.y, f: x.file, workers: x.opt.workers(), n: v.rows(), keep: x.file == nil || !canMap}
	whole := p.n / x.y.rows
	if p.n%x.y.rows != 0 {
		p.tail, p.written = x.y.clone(v.chunks[whole]), p.n%x.y.rows
	}
	if err := p.add(rows); err != nil {
		return fmt.Errorf("flat: append: %w", err)
	}
	if err := p.flush(); err != nil {
		return fmt.Errorf("flat: append: %w", err)
	}
	n.Seq++
	n.Rows += uint64(len(rows))
	n.Live += uint64(len(rows))
	n.Stamp, n.Tail = s, p.tailSums()
	n.chunks = append(append(n.chunks, v.chunks[:whole]...), p.full...)
	if x.file != nil {
		if err := x.commit(&n.commit); err != nil {
			return fmt.Errorf("flat: append: %w", err)
		}
		if n.chunks, err = x.mapFull(n.chunks, n.rows()/x.y.rows); err != nil {
			return fmt.Errorf("flat: append: %w", err)
		}
	}
	if p.tail != nil {
		n.chunks = append(n.chunks, p.tail)
	}
	x.view.Store(n)
	return nil
}

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

// Close frees the mapping after the running searches have ended.
func (x *Index) Close() error {
	x.write.Lock()
	defer x.write.Unlock()
	x.using.Lock()
	defer x.using.Unlock()
	if x.closed {
		return nil
	}
	x.closed = true
	return x.release()
}
