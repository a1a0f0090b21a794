package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"runtime"
	"time"

	sqlite3 "github.com/mattn/go-sqlite3"

	"faceid/gallery"
	"faceid/internal/hint"
)

// dsn returns the SQLite URI for path with the settings that every connection needs. Mode is SQLite's, or "immutable".
func dsn(path, mode string, busy time.Duration) string {
	u := url.URL{Scheme: "file", Path: path}
	q := url.Values{
		"mode":           {mode},
		"_busy_timeout":  {fmt.Sprint(busy.Milliseconds())},
		"_foreign_keys":  {"on"},
		"_secure_delete": {"on"},
		"_synchronous":   {"FULL"},
		"_cache_size":    {"-16384"}, // KiB
	}
	if mode == "immutable" {
		q.Set("mode", "ro")
		q.Set("immutable", "1")
	}
	return u.String() + "?" + q.Encode()
}

// connector opens connections to one gallery file.
type connector struct {
	driver *sqlite3.SQLiteDriver
	dsn    string
}

func newConnector(path, mode string, busy time.Duration, pragmas ...string) *connector {
	if runtime.GOOS == "darwin" { // fsync there does not reach the disk
		pragmas = append(pragmas, "fullfsync=1", "checkpoint_fullfsync=1")
	}
	hook := func(c *sqlite3.SQLiteConn) error {
		for _, p := range pragmas {
			if _, err := c.Exec("PRAGMA "+p, nil); err != nil {
				return err
			}
		}
		return nil
	}
	return &connector{&sqlite3.SQLiteDriver{ConnectHook: hook}, dsn(path, mode, busy)}
}

func (c *connector) Driver() driver.Driver { return c.driver }

func (c *connector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.dsn) }

// reader is the connections that read.
type reader struct {
	db      *sql.DB
	version int    // of the format
	mode    string // "rw", where SQLite can keep its log and shared memory; see openReader
	why     error  // not "rw"
}

// readBusy is how long a reader waits: only ever for the short moments of recovery and of the last close.
const readBusy = 10 * time.Second

// openReader opens connections that change nothing, and says what the file is; see fileKind. Where SQLite cannot make the files
// that it keeps beside a gallery in use, since the folder or the whole disk cannot be written or has no room, it reads
// without them, in the first way that works:
//
//	ro         the files are there already: another process has the gallery open
//	immutable  nobody has it open, and no log waits to be taken into the file
//	exclusive  a log waits, and the file can be locked against everybody else
//
// Else it returns the first error.
func openReader(path string, modes ...string) (reader, error) {
	var first error
	for _, mode := range modes {
		if mode == "immutable" && pendingLog(path) {
			continue
		}
		r := reader{mode: mode}
		pragmas, conns := []string{"query_only=1"}, 4+runtime.GOMAXPROCS(0)
		name := mode
		if mode == "exclusive" {
			name, pragmas, conns = "rw", []string{"locking_mode=EXCLUSIVE", "query_only=1"}, 1
		}
		r.db = sql.OpenDB(newConnector(path, name, readBusy, pragmas...))
		r.db.SetMaxOpenConns(conns)
		var err error
		if r.version, err = fileKind(r.db, path); err == nil {
			r.why = first
			return r, nil
		}
		r.db.Close()
		if first == nil {
			first = err
		}
		if !unwritable(err) {
			break
		}
	}
	return reader{}, first
}

// everyMode is what openReader tries for a Store, readModes for a reader that must not even take part in the log.
var everyMode, readModes = []string{"rw", "ro", "immutable", "exclusive"}, []string{"ro", "immutable", "exclusive"}

// pendingLog reports whether the gallery's log may hold what its file does not.
func pendingLog(path string) bool {
	fi, err := os.Stat(path + "-wal")
	return err == nil && fi.Size() > 0 || err != nil && !errors.Is(err, fs.ErrNotExist)
}

// unwritable reports whether err is SQLite's for files that it could not make, open or extend.
func unwritable(err error) bool {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return errors.Is(err, gallery.ErrReadOnly) || errors.Is(err, gallery.ErrDiskFull)
	}
	switch e.Code {
	case sqlite3.ErrReadonly, sqlite3.ErrCantOpen, sqlite3.ErrPerm, sqlite3.ErrFull, sqlite3.ErrIoErr:
		return true
	}
	return false
}

// errUnwritable is why a gallery that was opened for reading only cannot be changed.
func errUnwritable(why error) error {
	if errors.Is(why, gallery.ErrDiskFull) {
		return hint.With(why, "make room on the disk and open the gallery again")
	}
	return hint.With(fmt.Errorf("%w, it is open for reading only: %v", gallery.ErrReadOnly, why), hintUnwritable)
}
