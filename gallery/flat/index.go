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
