package flat

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"faceid/internal/atomicfile"
)

// A Builder writes a new index file beside path, which Commit puts in the place of the old one.
type Builder struct {
	path string
	opt  Options
	y    layout
	f    *os.File
	p    appender
	err  error // the first; nothing goes on after it
}

// Create begins a new index file for vectors of dim values. Nothing appears at path before Commit. It returns
// ErrNotIndex for a path where a file of another kind stands. What a killed process leaves is found by
// atomicfile.Temps.
func Create(path string, dim int, o *Options) (*Builder, error) {
	b := &Builder{path: path}
	if o != nil {
		b.opt = *o
	}
	if b.opt.ChunkRows == 0 {
		b.opt.ChunkRows = 1024
	}
	if err := checkShape(dim, b.opt.ChunkRows); err != nil {
		return nil, fmt.Errorf("flat: %w", err)
	}
	if !littleEndian {
		return nil, fmt.Errorf("flat: index files need a little-endian machine: %w", errors.ErrUnsupported)
	}
	if err := Replaceable(path); err != nil {
		return nil, err
	}
	b.y = newLayout(dim, b.opt.ChunkRows)
	f, err := atomicfile.Temp(path)
	if err != nil {
		return nil, fmt.Errorf("flat: %w", err)
	}
	b.f = f
	b.p = appender{y: &b.y, f: f, workers: b.opt.workers()}
	return b, nil
}

// Append adds rows, best some thousands per call. They are quantised on every core. After an error only Abort is left.
func (b *Builder) Append(rows []Row) error {
	if b.f == nil {
		return ErrClosed
	}
	if b.err == nil {
		if err := b.p.add(rows); err != nil {
			b.err = fmt.Errorf("flat: build: %w", err)
		}
	}
	return b.err
}

// Commit makes the file durable, renames it to its path and opens it. The rows count from then on. It returns
// ErrNotIndex if a file of another kind stands at the path.
func (b *Builder) Commit(s Stamp) (*Index, error) {
	if b.f == nil {
		return nil, ErrClosed
	}
	defer b.Abort()
	if b.err != nil {
		return nil, b.err
	}
	if err := b.finish(commit{Seq: 2, Rows: uint64(b.p.n), Live: uint64(b.p.n), Stamp: s,
		Tail: b.p.tailSums()}); err != nil {
		return nil, err
	}
	if err := b.install(); err != nil {
		return nil, err
	}
	return Open(b.path, &b.opt)
}

// finish writes what is left, and both commit records.
func (b *Builder) finish(c commit) error {
	err := b.p.flush()
	if err == nil {
		_, err = b.f.WriteAt(encodeHead(&b.y), 0)
	}
	for range 2 {
		if err == nil {
			_, err = b.f.WriteAt(c.encode(), c.at())
		}
		c.Seq--
	}
	if err == nil {
		err = b.y.grow(b.f, max(1, b.p.n))
	}
	if err == nil && !b.opt.NoSync {
		err = b.f.Sync()
	}
	if err != nil {
		return fmt.Errorf("flat: build: %w", err)
	}
	return nil
}

func (b *Builder) install() error {
	tmp := b.f.Name()
	err := b.f.Close()
	b.f = nil
	if err == nil {
		err = Replaceable(b.path)
	}
	if err == nil {
		err = os.Rename(tmp, b.path)
	}
	if err != nil {
		os.Remove(tmp)
		return fmt.Errorf("flat: build: %w", err)
	}
	if b.opt.NoSync {
		return nil
	}
	if err := atomicfile.SyncDir(filepath.Dir(b.path)); err != nil {
		return fmt.Errorf("flat: build: %w", err)
	}
	return nil
}

// Abort removes the unfinished file. After Commit it does nothing, so that it can be deferred.
func (b *Builder) Abort() error {
	if b.f == nil {
		return nil
	}
	f := b.f
	b.f = nil
	return errors.Join(f.Close(), os.Remove(f.Name()))
}
