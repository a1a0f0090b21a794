package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"faceid/gallery"
	"faceid/gallery/flat"
	"faceid/gallery/sqlite/internal/file"
	"faceid/internal/hint"
)

// Store is the embedded engine: people and templates in one SQLite file, search through an index derived from it.
// It is safe for concurrent use, and many processes can have the same file open.
type Store struct {
	path     string
	timeout  time.Duration
	progress func(done, total int)
	dim      int
	version  int  // of the format, as it was opened or brought to
	created  bool // by this Open
	// as opened or last migrated to by this Store; an operation loads it once, before it waits
	model atomic.Pointer[gallery.Model]
	count atomic.Pointer[file.Counted] // of everybody; nil: not counted yet

	calibrated atomic.Pointer[file.Read] // as last read; nil: not yet

	writeLock chan struct{} // held for a write transaction of this process
	write     *sql.DB       // one connection; nil where readOnly is not
	read      *sql.DB       // several
	readOnly  error         // why it can only be read; nil: it can be changed
	frozen    os.FileInfo   // of the file, where nobody may change it meanwhile: it is read without locks. Else nil

	closed atomic.Bool
	live   sync.WaitGroup // operations under way; Close waits for them
	gate   sync.Mutex     // orders live.Add and Close

	file   *file.Raw
	search searcher
}

var _ gallery.Engine = (*Store)(nil)

// begin marks an operation as under way; the caller defers s.live.Done().
func (s *Store) begin(ctx context.Context) error {
	s.gate.Lock()
	defer s.gate.Unlock()
	if s.closed.Load() {
		return gallery.ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.frozen != nil {
		if err := s.stillFrozen(); err != nil {
			return err
		}
	}
	s.live.Add(1)
	return nil
}

// stillFrozen returns an error if somebody who may write has changed the file, which this Store reads without locks.
func (s *Store) stillFrozen() error {
	st, err := os.Stat(s.path)
	if err != nil {
		return err
	}
	if os.SameFile(st, s.frozen) && st.Size() == s.frozen.Size() && st.ModTime().Equal(s.frozen.ModTime()) &&
		!file.PendingLog(s.path) {
		return nil
	}
	return hint.With(fmt.Errorf("%w: somebody changes the gallery, which could only be opened without locks",
		gallery.ErrReadOnly), "open it again")
}

// Close waits for operations under way and closes the files. A second Close does nothing.
func (s *Store) Close() error {
	s.gate.Lock()
	was := s.closed.Swap(true)
	s.gate.Unlock()
	if was {
		return nil
	}
	s.live.Wait()
	return errors.Join(s.search.close(), s.disconnect())
}

// inPlace returns an error if the file at the gallery's path is not the one that is open any more: what is written to
// that would be lost.
func (s *Store) inPlace() error {
	st, err := os.Stat(s.path)
	if err == nil && !os.SameFile(st, s.file.Info) {
		err = &fs.PathError{Op: "write", Path: s.path, Err: fs.ErrNotExist}
	}
	if err != nil {
		return hint.With(fmt.Errorf("the gallery file was removed or replaced while it was open: %w", err),
			"open it again")
	}
	return nil
}

// Discard is Close for whoever opened a gallery with Options.Create to put something into it and could not: where this
// Open made the file and nobody was ever enrolled, it takes the file away again. An empty gallery is bound to its
// model, and would refuse every other.
func (s *Store) Discard() error {
	if !s.created {
		return s.Close()
	}
	pin, err := file.Hold(s.path)
	if err != nil {
		return s.Close()
	}
	defer pin.Release() // inPlace asks until then
	if err := s.Close(); err != nil {
		return err
	}
	err = s.takeAway()
	if err != nil && (file.Vanished(err) || s.inPlace() != nil) { // somebody else took it away meanwhile
		return nil
	}
	return err
}

// takeAway removes the gallery file if it is empty.
func (s *Store) takeAway() error {
	// Only one that has the file for itself leaves the log's mode, with which the files beside it go; whoever comes
	// then waits, and finds that the file is not in place.
	db := file.Writer(s.path, 0)
	defer db.Close()
	var mode string
	if err := db.QueryRow(`PRAGMA journal_mode = DELETE`).Scan(&mode); file.Busy(err) ||
		err == nil && mode != "delete" {
		return nil
	} else if err != nil {
		return file.Wrap(err)
	}
	empty := false
	if _, err := db.Exec(`BEGIN EXCLUSIVE`); err == nil {
		err := db.QueryRow(`SELECT NOT EXISTS (SELECT 1 FROM person)
			AND NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'person')`).Scan(&empty)
		if empty = err == nil && empty; empty {
			flat.Remove(file.IndexPath(s.path))
			os.Remove(s.path)
		}
		db.Exec(`ROLLBACK`)
	}
	if empty {
		return nil
	}
	if _, err := db.Exec(`PRAGMA journal_mode = WAL`); err != nil && !file.Busy(err) {
		// else whoever writes next does it
		return file.Wrap(err)
	}
	return nil
}

// Info implements Engine.
func (s *Store) Info(ctx context.Context) (gallery.Info, error) {
	if err := s.begin(ctx); err != nil {
		return gallery.Info{}, err
	}
	defer s.live.Done()
	return file.ReadInfo(s.read)
}
