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

// Store is the embedded engine: people and templates in one SQLite file, search through an index derived from it.
// It is safe for concurrent use, and many processes can have the same file open.
type Store struct {
	path     string
	timeout  time.Duration
	progress func(done, total int)
	dim      int
	version  int                           // of the format, as it was opened or brought to
	created  bool                          // by this Open
	model    atomic.Pointer[gallery.Model] // as opened or last migrated to by this Store; an operation loads it once, before it waits

	writeLock chan struct{} // held for a write transaction of this process
	write     *sql.DB       // one connection; nil where readOnly is not
	read      *sql.DB       // several
	readOnly  error         // why it can only be read; nil: it can be changed
	frozen    os.FileInfo   // of the file, where nobody may change it meanwhile: it is read without locks. Else nil

	closed atomic.Bool
	live   sync.WaitGroup // operations under way; Close waits for them
	gate   sync.Mutex     // orders live.Add and Close

	file   *rawFile
	search searcher
}

var _ gallery.Engine = (*Store)(nil)

// Open opens the gallery file at path, or with Options.Create makes it. Beside the file SQLite keeps path-wal and
// path-shm while it is in use, and searches keep path.index, which can be deleted at any time.
// It returns fs.ErrNotExist, ErrNotGallery, ErrModel or ErrDamaged, with a Hint.
func Open(path string, o *Options) (*Store, error) {
	if o == nil {
		o = &Options{}
	}
	path, err := identity(path)
	if err != nil {
		return nil, fmt.Errorf("open gallery: %w", err)
	}
	created := false
	st, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		switch {
		case !o.Create:
			return nil, hint.With(fmt.Errorf("open gallery: %w", err), "enrol somebody first, or give the path of an existing gallery")
		case o.Model == nil:
			return nil, fmt.Errorf("create gallery %s: no model given", path)
		}
		if err := freeIndex(path); err != nil {
			return nil, fmt.Errorf("create gallery: %w", err)
		}
		if created, err = create(path, *o.Model); err != nil {
			return nil, err
		}
		st, err = os.Stat(path)
	}
	if err != nil {
		return nil, fmt.Errorf("open gallery: %w", err)
	}
	if !st.Mode().IsRegular() {
		return nil, hint.With(fmt.Errorf("open gallery %s: %w: not a regular file", path, gallery.ErrNotGallery), "give the path of a gallery file")
	}
	if err := oneName(path); err != nil {
		return nil, fmt.Errorf("open gallery: %w", err)
	}
	if err := freeIndex(path); err != nil {
		return nil, fmt.Errorf("open gallery: %w", err)
	}
	s := &Store{path: path, created: created, timeout: o.Timeout, progress: o.Progress, writeLock: make(chan struct{}, 1)}
	if s.timeout <= 0 {
		s.timeout = time.Minute
	}
	if s.file, err = holdFile(path); err != nil {
		return nil, fmt.Errorf("open gallery: %w", err)
	}
	if err := s.connect(st); err != nil {
		s.file.release()
		return nil, fmt.Errorf("open gallery %s: %w", path, wrapDB(err))
	}
	if err := s.load(o.Model); err != nil {
		s.disconnect()
		return nil, fmt.Errorf("open gallery %s: %w", path, wrapDB(err))
	}
	return s, nil
}

// connect opens the connections, for reading only where no more is possible.
func (s *Store) connect(st os.FileInfo) error {
	r, err := openReader(s.path, everyMode...)
	if err != nil {
		return err
	}
	s.read, s.version = r.db, r.version
	if r.mode != "rw" {
		s.readOnly = errUnwritable(r.why)
		if r.mode == "immutable" {
			s.frozen = st
		}
		return nil
	}
	// The writer polls for the lock in beginWrite, where a context can end it.
	s.write = sql.OpenDB(newConnector(s.path, "rw", 100*time.Millisecond, "journal_size_limit=67108864", "journal_mode=WAL"))
	s.write.SetMaxOpenConns(1)
	return nil
}

func (s *Store) disconnect() error {
	err := s.read.Close()
	if s.write != nil {
		err = errors.Join(err, s.write.Close())
	}
	return errors.Join(err, s.file.release())
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
	for _, f := range unfinished(s.path) {
		removeUnfinished(f)
	}
	if s.version < schemaVersion {
		if err := s.upgrade(); unwritable(err) { // it can be read as it is
			s.readOnly = errUnwritable(err)
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

// queryer is a connection or a transaction.
type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// stillModel returns ErrModel if the gallery is not of the model want any more: another process has migrated it, or this Store
// while the caller waited.
func stillModel(q queryer, want *gallery.Model) error {
	var m gallery.Model
	err := q.QueryRowContext(context.Background(), `SELECT model_name, model_sha256, dim, views FROM gallery`).Scan(&m.Name, &m.SHA256, &m.Dim, &m.Views)
	if err != nil {
		return wrapDB(err)
	}
	return m.Check(*want)
}

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
	if os.SameFile(st, s.frozen) && st.Size() == s.frozen.Size() && st.ModTime().Equal(s.frozen.ModTime()) && !pendingLog(s.path) {
		return nil
	}
	return hint.With(fmt.Errorf("%w: somebody changes the gallery, which could only be opened without locks", gallery.ErrReadOnly), "open it again")
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

// inPlace returns an error if the file at the gallery's path is not the one that is open any more: what is written to that
// would be lost.
func (s *Store) inPlace() error {
	st, err := os.Stat(s.path)
	if err == nil && !os.SameFile(st, s.file.info) {
		err = &fs.PathError{Op: "write", Path: s.path, Err: fs.ErrNotExist}
	}
	if err != nil {
		return hint.With(fmt.Errorf("the gallery file was removed or replaced while it was open: %w", err), "open it again")
	}
	return nil
}

// Discard is Close for whoever opened a gallery with Options.Create to put something into it and could not: where this Open
// made the file and nobody was ever enrolled, it takes the file away again. An empty gallery is bound to its model, and would
// refuse every other.
func (s *Store) Discard() error {
	if err := s.Close(); err != nil || !s.created {
		return err
	}
	// Only who has the file for himself leaves the log's mode, with which the files beside it go; who comes then waits, and
	// finds that the file is not in place.
	db := sql.OpenDB(newConnector(s.path, "rw", 0))
	defer db.Close()
	db.SetMaxOpenConns(1)
	var mode string
	if err := db.QueryRow(`PRAGMA journal_mode = DELETE`).Scan(&mode); isBusy(err) || err == nil && mode != "delete" {
		return nil
	} else if err != nil {
		return wrapDB(err)
	}
	empty := false
	if _, err := db.Exec(`BEGIN EXCLUSIVE`); err == nil {
		err := db.QueryRow(`SELECT NOT EXISTS (SELECT 1 FROM person) AND NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'person')`).Scan(&empty)
		if empty = err == nil && empty; empty {
			flat.Remove(indexPath(s.path))
			os.Remove(s.path)
		}
		db.Exec(`ROLLBACK`)
	}
	if empty {
		return nil
	}
	if _, err := db.Exec(`PRAGMA journal_mode = WAL`); err != nil && !isBusy(err) { // else whoever writes next does it
		return wrapDB(err)
	}
	return nil
}

// writeTx is a write transaction: BEGIN IMMEDIATE on the one writing connection.
//
// Statements run without the caller's context: the driver would start a goroutine for each, and an interrupted
// COMMIT leaves the caller not knowing. The context is looked at between them.
type writeTx struct {
	conn *sql.Conn
	s    *Store
	done bool
}

func (s *Store) beginWrite(ctx context.Context) (*writeTx, error) {
	if s.readOnly != nil {
		return nil, s.readOnly
	}
	select {
	case s.writeLock <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	conn, err := s.write.Conn(context.WithoutCancel(ctx))
	if err != nil {
		<-s.writeLock
		if gone := s.inPlace(); gone != nil {
			return nil, gone
		}
		return nil, wrapDB(err)
	}
	deadline := time.Now().Add(s.timeout)
	for {
		_, err = conn.ExecContext(context.Background(), "BEGIN IMMEDIATE")
		if err == nil {
			tx := &writeTx{conn: conn, s: s}
			if err := s.inPlace(); err != nil {
				tx.rollback()
				return nil, err
			}
			return tx, nil
		}
		if e := ctx.Err(); e != nil {
			err = e
			break
		}
		if !isBusy(err) || time.Now().After(deadline) {
			break
		}
	}
	conn.Close()
	<-s.writeLock
	return nil, wrapDB(err)
}

func (t *writeTx) exec(q string, args ...any) (sql.Result, error) {
	return t.conn.ExecContext(context.Background(), q, args...)
}

func (t *writeTx) row(q string, args ...any) *sql.Row {
	return t.conn.QueryRowContext(context.Background(), q, args...)
}

// revise records that templates were added or removed, so that indexes follow.
func (t *writeTx) revise() error {
	_, err := t.exec(`INSERT INTO revision SELECT seq, randomblob(16) FROM sqlite_sequence WHERE name = 'template'`)
	return wrapDB(err)
}

// restart makes every index be made anew: embeddings changed where they stood, or tombstones are dropped.
func (t *writeTx) restart() error {
	if _, err := t.exec(`DELETE FROM revision`); err != nil {
		return wrapDB(err)
	}
	return t.revise()
}

// commit ends the transaction; when it returns nil the change is on the disk.
func (t *writeTx) commit() error {
	_, err := t.exec("COMMIT")
	if err == nil {
		t.end()
	}
	return wrapDB(err)
}

// rollback undoes the transaction unless it was committed.
func (t *writeTx) rollback() {
	if !t.done {
		t.exec("ROLLBACK")
		t.end()
	}
}

func (t *writeTx) end() {
	t.done = true
	t.conn.Close()
	<-t.s.writeLock
}

// Info implements Engine.
func (s *Store) Info(ctx context.Context) (gallery.Info, error) {
	if err := s.begin(ctx); err != nil {
		return gallery.Info{}, err
	}
	defer s.live.Done()
	return readInfo(s.read)
}

// readInfo reads contract and counts in one statement, hence from one state of the gallery.
func readInfo(db *sql.DB) (gallery.Info, error) {
	i := gallery.Info{Engine: "embedded", Exact: true}
	err := db.QueryRow(`SELECT model_name, model_sha256, dim, views,
		(SELECT count(*) FROM person), (SELECT count(*) FROM template) FROM gallery`).
		Scan(&i.Model.Name, &i.Model.SHA256, &i.Model.Dim, &i.Model.Views, &i.People, &i.Templates)
	return i, wrapDB(err)
}
