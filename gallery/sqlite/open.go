package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"faceid/gallery"
	"faceid/gallery/flat"
	"faceid/gallery/sqlite/internal/file"
	"faceid/internal/hint"
)

// Options tune Open; nil means the zero value.
type Options struct {
	// Model is the contract of the model whose embeddings the gallery is to hold. It is needed to create a
	// gallery; an existing one is refused with ErrModel if its SHA256, Dim or Views differ. Nil: whatever is there.
	Model *gallery.Model
	// Create makes the file, mode 0600, if there is none. Without it a missing file is fs.ErrNotExist.
	Create bool
	// Progress is called while the search index is rebuilt from the store, which takes seconds for a million
	// templates; done and total are templates. Nil: no report. It must not call the Store.
	Progress func(done, total int)
	// Timeout is how long to wait for another process's write transaction; 0 means one minute.
	Timeout time.Duration
}

// Open opens the gallery file at path, or with Options.Create makes it. Beside the file SQLite keeps path-wal and
// path-shm while it is in use, and searches keep path.index, which can be deleted at any time.
// It returns fs.ErrNotExist, ErrNotGallery, ErrModel or ErrDamaged, with a Hint.
func Open(path string, o *Options) (*Store, error) {
	if o == nil {
		o = &Options{}
	}
	path, err := file.Identity(path)
	if err != nil {
		return nil, fmt.Errorf("open gallery: %w", err)
	}
	created := false
	st, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		switch {
		case !o.Create:
			return nil, hint.With(fmt.Errorf("open gallery: %w", err),
				"enrol somebody first, or give the path of an existing gallery")
		case o.Model == nil:
			return nil, fmt.Errorf("create gallery %s: no model given", path)
		}
		if err := freeIndex(path); err != nil {
			return nil, fmt.Errorf("create gallery: %w", err)
		}
		if created, err = file.Create(path, *o.Model); err != nil {
			return nil, err
		}
		st, err = os.Stat(path)
	}
	if err != nil {
		return nil, fmt.Errorf("open gallery: %w", err)
	}
	if !st.Mode().IsRegular() {
		return nil, hint.With(fmt.Errorf("open gallery %s: %w: not a regular file", path, gallery.ErrNotGallery),
			"give the path of a gallery file")
	}
	if err := file.OneName(path); err != nil {
		return nil, fmt.Errorf("open gallery: %w", err)
	}
	if err := freeIndex(path); err != nil {
		return nil, fmt.Errorf("open gallery: %w", err)
	}
	s := &Store{path: path, created: created, timeout: o.Timeout, progress: o.Progress,
		writeLock: make(chan struct{}, 1)}
	if s.timeout <= 0 {
		s.timeout = time.Minute
	}
	if s.file, err = file.Hold(path); err != nil {
		return nil, fmt.Errorf("open gallery: %w", err)
	}
	if err := s.connect(st); err != nil {
		s.file.Release()
		return nil, fmt.Errorf("open gallery %s: %w", path, file.Wrap(err))
	}
	if err := s.load(o.Model); err != nil {
		s.disconnect()
		return nil, fmt.Errorf("open gallery %s: %w", path, file.Wrap(err))
	}
	return s, nil
}

// connect opens the connections, for reading only where no more is possible.
func (s *Store) connect(st os.FileInfo) error {
	r, err := file.Open(s.path)
	if err != nil {
		return cmp.Or(s.inPlace(), err)
	}
	s.read, s.version, s.readOnly = r.DB, r.Version, r.ReadOnly
	if s.readOnly != nil { // it may have gone and been made again between two ways to open it
		if err := s.inPlace(); err != nil {
			s.read.Close()
			return err
		}
	}
	if r.Frozen {
		s.frozen = st
	}
	if s.readOnly == nil { // The writer polls for the lock in beginWrite, where a context can end it.
		s.write = file.Writer(s.path, 100*time.Millisecond, "journal_size_limit=67108864", "journal_mode=WAL")
	}
	return nil
}

func (s *Store) disconnect() error {
	err := s.read.Close()
	if s.write != nil {
		err = errors.Join(err, s.write.Close())
	}
	return errors.Join(err, s.file.Release())
}

// load reads the contract and compares it with want.
func (s *Store) load(want *gallery.Model) error {
	var m gallery.Model
	var scrub int
	err := s.read.QueryRow(`SELECT model_name, model_sha256, dim, views, scrub FROM gallery`).
		Scan(&m.Name, &m.SHA256, &m.Dim, &m.Views, &scrub)
	if err != nil {
		return err
	}
	if m.Dim < 1 || m.Dim > gallery.MaxDim {
		return fmt.Errorf("%w: dimension %d", gallery.ErrDamaged, m.Dim)
	}
	s.dim = m.Dim
	s.model.Store(&m)
	if want != nil {
		if err := m.Check(*want); err != nil {
			return err
		}
	}
	if s.readOnly != nil {
		return nil
	}
	for _, f := range file.Unfinished(s.path) {
		file.RemoveUnfinished(f)
	}
	if s.version < file.Version {
		if err := s.upgrade(); file.Unwritable(err) { // it can be read as it is
			s.readOnly = file.Unwritten(err)
			return nil
		} else if err != nil {
			return fmt.Errorf("bring the gallery to the present format: %w", err)
		}
	}
	if scrub != 0 { // somebody was killed, or gave up waiting, while removing, or the disk was full
		if err := s.forget(0); errors.Is(err, gallery.ErrDamaged) || errors.Is(err, flat.ErrNotIndex) {
			return err
		}
	}
	return nil
}

// upgrade brings a gallery of an older version to the present one, in one transaction.
func (s *Store) upgrade() error {
	tx, err := s.beginWrite(context.Background())
	if err != nil {
		return err
	}
	defer tx.rollback()
	if err := file.Upgrade(tx.conn); err != nil {
		return err
	}
	if err := tx.commit(); err != nil {
		return err
	}
	s.version = file.Version
	return nil
}
