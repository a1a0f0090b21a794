package flat

import (
	"errors"
	"fmt"
	"os"
)

// Open opens the index file at path. It reads the head and the unfinished last chunk only: the rest is
// mapped, and each chunk's checksums are tried when a search first touches it. It returns fs.ErrNotExist,
// ErrVersion or ErrDamaged, after any of which the caller makes a new one by Create, or ErrNotIndex for a file that is
// something else, which Create would not replace either.
func Open(path string, o *Options) (*Index, error) {
	x := &Index{path: path}
	if o != nil {
		x.opt = *o
	}
	if !littleEndian {
		return nil, fmt.Errorf("flat: index files need a little-endian machine: %w", errors.ErrUnsupported)
	}
	var err error
	if x.kern, err = pickKernel(x.opt.Kernel); err != nil {
		return nil, err
	}
	if err := x.reopen(); err != nil {
		return nil, err
	}
	return x, nil
}

// reopen takes the file at path in place of the one open now, if any. Called under write, without a file lock.
func (x *Index) reopen() (err error) {
	n := &Index{path: x.path, opt: x.opt}
	defer func() {
		if err != nil {
			n.release()
		}
	}()
	mode := os.O_RDWR
	if x.opt.ReadOnly {
		mode = os.O_RDONLY
	}
	if n.file, err = os.OpenFile(x.path, mode, 0); err != nil {
		return fmt.Errorf("flat: %w", err)
	}
	if n.second, err = os.Open(x.path); err != nil {
		return fmt.Errorf("flat: %w", err)
	}
	if err = sameFile(n.file, n.second); err != nil {
		return err
	}
	if err = n.load(nil); err != nil {
		if errors.Is(err, ErrNotIndex) {
			err = fmt.Errorf("%s: %w", x.path, err)
		}
		return err
	}
	v := n.view.Load()
	x.using.Lock()
	defer x.using.Unlock()
	if old := x.view.Load(); old != nil {
		v.epoch = old.epoch + 1
	}
	err = x.release()
	x.y, x.file, x.second, x.maps = n.y, n.file, n.second, n.maps
	x.view.Store(v)
	n.file, n.second, n.maps = nil, nil, nil
	return err
}

func sameFile(a, b *os.File) error {
	s, err := a.Stat()
	if err != nil {
		return fmt.Errorf("flat: %w", err)
	}
	t, err := b.Stat()
	if err != nil {
		return fmt.Errorf("flat: %w", err)
	}
	if !os.SameFile(s, t) {
		return fmt.Errorf("%w: %s was replaced while it was opened", ErrStale, a.Name())
	}
	return nil
}

// inPlace tells whether the open file is still the one at path.
func (x *Index) inPlace() (bool, error) {
	s, err := x.file.Stat()
	if err != nil {
		return false, fmt.Errorf("flat: %w", err)
	}
	t, err := os.Stat(x.path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, fmt.Errorf("flat: %w", err)
	}
	return os.SameFile(s, t), nil
}

// release gives back files and mappings. The chunks over them must not be used any more.
func (x *Index) release() error {
	var errs []error
	for _, m := range x.maps {
		errs = append(errs, unmap(m))
	}
	for _, f := range []*os.File{x.file, x.second} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	x.maps = nil
	return errors.Join(errs...)
}

// load makes the view of what is committed. Chunks of old, which is of the same file, are kept where they can be.
func (x *Index) load(old *view) error {
	if err := lock(x.file, false); err != nil {
		return fmt.Errorf("flat: %w", err)
	}
	defer unlock(x.file)
	y, c, torn, err := readHead(x.file)
	if err != nil {
		return err
	}
	if c.Dirty != 0 { // no writer is at work, for we have the lock
		return fmt.Errorf("%w: a deletion was cut off", ErrDamaged)
	}
	st, err := x.file.Stat()
	if err != nil {
		return fmt.Errorf("flat: %w", err)
	}
	if int64(c.Rows) > st.Size() || y.end(int(c.Rows)) > st.Size() {
		return fmt.Errorf("%w: %d bytes are too few for %d rows", ErrDamaged, st.Size(), c.Rows)
	}
	v := &view{commit: c, torn: torn}
	whole := v.rows() / y.rows
	if old == nil {
		x.y = y
	} else {
		if y != x.y || c.Seq < old.Seq {
			return fmt.Errorf("%w: the file went back", ErrDamaged)
		}
		v.epoch = old.epoch
		if canMap || c.Deletes == old.Deletes {
			v.chunks = append(v.chunks, old.chunks[:old.rows()/y.rows]...)
		}
	}
	if v.chunks, err = x.mapFull(v.chunks, whole); err != nil {
		return err
	}
	if n := v.rows() % y.rows; n > 0 {
		tail := y.alloc(whole)
		if _, err := x.file.ReadAt(tail.buf, y.offset(whole)); err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		if y.sumAll(tail, n) != c.Tail {
			return damaged(whole, "checksum of the last rows")
		}
		tail.checked.Store(uint32(partFigures | partHigh | partLow))
		v.chunks = append(v.chunks, tail)
	}
	x.view.Store(v)
	return nil
}

// mapFull appends full chunks of the file to chunks until they are whole many.
func (x *Index) mapFull(chunks []*chunk, whole int) ([]*chunk, error) {
	y, from := &x.y, len(chunks)
	if from >= whole {
		return chunks, nil
	}
	size := (whole-from-1)*y.size + y.vec
	if canMap {
		m, b, err := mapFile(x.file, y.offset(from), size)
		if err != nil {
			return nil, fmt.Errorf("flat: %w", err)
		}
		x.maps = append(x.maps, m)
		for num := from; num < whole; num++ {
			c := y.over(num, b[(num-from)*y.size:][:y.vec])
			c.mapped, c.full = true, true
			chunks = append(chunks, c)
		}
		return chunks, nil
	}
	for num := from; num < whole; num++ {
		c := y.alloc(num)
		if _, err := x.file.ReadAt(c.buf, y.offset(num)); err != nil {
			return nil, fmt.Errorf("flat: %w", err)
		}
		c.full = true
		chunks = append(chunks, c)
	}
	return chunks, nil
}

// Refresh takes in what other processes have committed or put in the file's place, and returns the stamp then.
// It costs two small reads when nothing has changed. After ErrDamaged the caller makes a new index by Create, and
// Refresh takes that in.
func (x *Index) Refresh() (Stamp, error) {
	x.write.Lock()
	defer x.write.Unlock()
	if x.isClosed() {
		return Stamp{}, ErrClosed
	}
	if x.file == nil {
		return x.Stamp(), nil
	}
	v := x.view.Load()
	err := x.current(v)
	if err != nil {
		same, err2 := x.inPlace()
		switch {
		case err2 != nil:
			err = err2
		case !same:
			err = x.reopen()
		default:
			err = x.load(v) // waits for a writer at work, and tells the damage if there is none
		}
	}
	return x.Stamp(), err
}

// unlessOld makes ErrStale of damage found in a view that is not the state of the file any more: somebody deleted
// vectors whose checksums this view has a copy of, in the unfinished last chunk.
func (x *Index) unlessOld(v *view, err error) error {
	if errors.Is(err, ErrDamaged) && !x.stillCurrent(v) {
		return fmt.Errorf("%w: rows were deleted meanwhile", ErrStale)
	}
	return err
}

func (x *Index) stillCurrent(v *view) bool {
	if x.file == nil {
		return true
	}
	_, c, _, err := readHead(x.file)
	return err == nil && c.Seq == v.Seq
}
