package file

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

func (c *connector) Driver() driver.Driver { return c.driver }

func (c *connector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.dsn) }

// connect returns at most n connections to the gallery at path, which wait for as long as busy for a lock.
func connect(n int, path, mode string, busy time.Duration, pragmas ...string) *sql.DB {
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
	db := sql.OpenDB(&connector{&sqlite3.SQLiteDriver{ConnectHook: hook}, dsn(path, mode, busy)})
	db.SetMaxOpenConns(n)
	return db
}

// Writer returns the one connection that changes the gallery at path. It waits for as long as busy for a lock; pragmas
// are set when it is made.
func Writer(path string, busy time.Duration, pragmas ...string) *sql.DB {
	return connect(1, path, "rw", busy, pragmas...)
}

// Reader is the connections that read.
type Reader struct {
	DB       *sql.DB
	Version  int   // of the format
	ReadOnly error // why Open found that the gallery can only be read; nil: it can be changed
	Frozen   bool  // read without locks, since nobody may change the file meanwhile
}

// readBusy is how long a reader waits: only ever for the short moments of recovery and of the last close.
const readBusy = 10 * time.Second

// Open opens connections that change nothing, and says what the file is; see kind. Where SQLite cannot make the files
// that it keeps beside a gallery in use, since the folder or the whole disk cannot be written or has no room, it reads
// without them, in the first way that works:
//
//	ro         the files are there already: another process has the gallery open
//	immutable  nobody has it open, and no log waits to be taken into the file
//	exclusive  a log waits, and the file can be locked against everybody else
//
// Else it returns the first error.
func Open(path string) (Reader, error) { return open(path, "rw", "ro", "immutable", "exclusive") }

// OpenBeside is Open for a reader that must not even take part in the log, unless there is none: then it makes the log
// and takes it away again, which a connection for reading only does not.
func OpenBeside(path string) (Reader, error) {
	if !exists(path+"-wal") && !exists(path+"-shm") {
		return Open(path)
	}
	return open(path, "ro", "immutable", "exclusive")
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func open(path string, modes ...string) (Reader, error) {
	var first error
	for _, mode := range modes {
		if mode == "immutable" && PendingLog(path) {
			continue
		}
		r := Reader{Frozen: mode == "immutable"}
		pragmas, conns := []string{"query_only=1"}, 4+runtime.GOMAXPROCS(0)
		name := mode
		if mode == "exclusive" {
			name, pragmas, conns = "rw", []string{"locking_mode=EXCLUSIVE", "query_only=1"}, 1
		}
		r.DB = connect(conns, path, name, readBusy, pragmas...)
		var err error
		if r.Version, err = kind(r.DB, path); err == nil {
			if first != nil {
				r.ReadOnly = Unwritten(first)
			}
			return r, nil
		}
		r.DB.Close()
		if first == nil {
			first = err
		}
		if !Unwritable(err) {
			break
		}
	}
	return Reader{}, first
}

// PendingLog reports whether the gallery's log may hold what its file does not.
func PendingLog(path string) bool {
	fi, err := os.Stat(path + "-wal")
	return err == nil && fi.Size() > 0 || err != nil && !errors.Is(err, fs.ErrNotExist)
}
