package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"faceid/gallery"
	"faceid/internal/atomicfile"
	"faceid/internal/hint"

	sqlite3 "github.com/mattn/go-sqlite3"
)

const (
	applicationID = 0x46414944 // "FAID", at offset 68 of the file
	schemaVersion = 2          // user_version, at offset 60
	// pageSize holds seven rows of a 512-value embedding; SQLite's default of 4096 would hold one and waste the rest.
	pageSize = 16384
)

// schema: AUTOINCREMENT keeps ids from being used again, and with one writer at a time ids are committed in
// ascending order. Template ids, tombstones and touches are numbered on one line, sqlite_sequence's for template: an index
// that knows everything up to a number needs those above it, nothing else. A tombstone is a person's bare number and leads
// nowhere. A template is touched when it goes, or goes to another person: an index has to look at it again. revision is a log of the states that an index may have been made from; see
// searcher.
// Embeddings stand in the template's row, last, trunk features apart: a rebuild of the index reads one table in order.
const schema = `
CREATE TABLE gallery (
	id INTEGER PRIMARY KEY CHECK (id = 1),
	created INTEGER NOT NULL,
	model_name TEXT NOT NULL,
	model_sha256 TEXT NOT NULL,
	dim INTEGER NOT NULL,
	views TEXT NOT NULL,
	scrub INTEGER NOT NULL
);
CREATE TABLE person (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	name TEXT NOT NULL,
	metadata TEXT,
	created INTEGER NOT NULL,
	updated INTEGER NOT NULL
);
CREATE INDEX person_name ON person(name);
CREATE TABLE template (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	person_id INTEGER NOT NULL REFERENCES person(id) ON DELETE CASCADE,
	key BLOB NOT NULL,
	created INTEGER NOT NULL,
	score REAL NOT NULL,
	size REAL NOT NULL,
	sharpness REAL NOT NULL,
	frontal REAL NOT NULL,
	norm REAL NOT NULL,
	path TEXT NOT NULL,
	sha256 TEXT NOT NULL,
	x0 REAL NOT NULL,
	y0 REAL NOT NULL,
	x1 REAL NOT NULL,
	y1 REAL NOT NULL,
	embedding BLOB NOT NULL
);
CREATE INDEX template_person ON template(person_id);
CREATE UNIQUE INDEX template_key ON template(person_id, key);
CREATE TABLE trunk (
	template_id INTEGER PRIMARY KEY REFERENCES template(id) ON DELETE CASCADE,
	v BLOB NOT NULL
);
CREATE TABLE tombstone (
	seq INTEGER PRIMARY KEY,
	person_id INTEGER NOT NULL
);
CREATE TABLE revision (
	seq INTEGER PRIMARY KEY,
	id BLOB NOT NULL
);
INSERT INTO revision VALUES (0, randomblob(16));
INSERT INTO sqlite_sequence (name, seq) VALUES ('template', 0);
` + schema2

// schema2 is what version 2 added.
const schema2 = `
CREATE TABLE touched (
	seq INTEGER PRIMARY KEY,
	template_id INTEGER NOT NULL
);
CREATE TABLE checksum (
	template_id INTEGER PRIMARY KEY REFERENCES template(id) ON DELETE CASCADE,
	vector INTEGER NOT NULL,
	source INTEGER NOT NULL,
	trunk INTEGER
);
ALTER TABLE person ADD COLUMN sum INTEGER;
`

// fileKind asks SQLite what the file is; this process must not open and close the file itself, see rawFile.
// It returns the version of the format. A file of another kind or of a later version is ErrNotGallery and left as it is.
func fileKind(db *sql.DB, path string) (version int, err error) {
	var id, v int
	err = db.QueryRow("PRAGMA application_id").Scan(&id)
	if err == nil {
		err = db.QueryRow("PRAGMA user_version").Scan(&v)
	}
	var e sqlite3.Error
	switch {
	case errors.As(err, &e) && e.Code == sqlite3.ErrNotADB, err == nil && id != applicationID:
		return 0, hint.With(fmt.Errorf("%s: %w", path, gallery.ErrNotGallery), "choose another path for the gallery; this file was left as it is")
	case err != nil:
		return 0, wrapDB(err)
	case v > schemaVersion:
		return 0, errLater(path, v)
	}
	return v, nil
}

// upgrade brings a gallery of an older version to the present one, in one transaction. Programs that know the older one only
// refuse it from then on.
func (s *Store) upgrade() error {
	tx, err := s.beginWrite(context.Background())
	if err != nil {
		return err
	}
	defer tx.rollback()
	var v int
	if err := tx.row("PRAGMA user_version").Scan(&v); err != nil || v >= schemaVersion { // another process was first
		return wrapDB(err)
	}
	if _, err := tx.exec(schema2 + fmt.Sprintf("PRAGMA user_version=%d", schemaVersion)); err != nil {
		return wrapDB(err)
	}
	if err := tx.signAll(); err != nil {
		return err
	}
	if err := tx.commit(); err != nil {
		return err
	}
	s.version = schemaVersion
	return nil
}

// signAll makes the checksums of all that an older version stored.
func (t *writeTx) signAll() error {
	put, err := t.conn.PrepareContext(context.Background(), `INSERT INTO checksum VALUES (?, ?, ?, ?)`)
	if err != nil {
		return wrapDB(err)
	}
	defer put.Close()
	person, err := t.conn.PrepareContext(context.Background(), `UPDATE person SET sum = ? WHERE id = ?`)
	if err != nil {
		return wrapDB(err)
	}
	defer person.Close()
	err = t.each(`SELECT id, name, metadata, created, updated FROM person`, func(rows *sql.Rows) error {
		var id, created, updated int64
		var name string
		var m sql.NullString
		if err := rows.Scan(&id, &name, &m, &created, &updated); err != nil {
			return err
		}
		_, err := person.Exec(personSum(id, name, m, created, updated), id)
		return err
	})
	if err != nil {
		return err
	}
	return t.each(`SELECT t.id, t.person_id, t.key, t.created, t.score, t.size, t.sharpness, t.frontal, t.norm,
		t.path, t.sha256, t.x0, t.y0, t.x1, t.y1, t.embedding, trunk.v
		FROM template t LEFT JOIN trunk ON trunk.template_id = t.id`, func(rows *sql.Rows) error {
		var x gallery.Template
		var created int64
		var key, emb, trunk sql.RawBytes
		q, src := &x.Quality, &x.Source
		if err := rows.Scan(&x.ID, &x.PersonID, &key, &created, &q.Score, &q.Size, &q.Sharpness, &q.Frontal, &q.Norm,
			&src.Path, &src.SHA256, &src.Box[0], &src.Box[1], &src.Box[2], &src.Box[3], &emb, &trunk); err != nil {
			return err
		}
		var tsum any
		if trunk != nil {
			tsum = trunkSum(x.ID, trunk)
		}
		_, err := put.Exec(x.ID, vectorSum(x.ID, x.PersonID, emb), sourceSum(key, created, q, src), tsum)
		return err
	})
}

// each runs a query and calls f for each row.
func (t *writeTx) each(q string, f func(*sql.Rows) error) error {
	rows, err := t.conn.QueryContext(context.Background(), q)
	if err != nil {
		return wrapDB(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return wrapDB(err)
		}
	}
	return wrapDB(rows.Err())
}

func errLater(path string, v int) error {
	return hint.With(fmt.Errorf("%s: %w of this version: its format is %d, this program knows %d", path, gallery.ErrNotGallery, v, schemaVersion),
		"update faceid, or export the gallery with the version that made it")
}

// create makes a gallery file at path, and reports whether it was this call that did. It appears there complete or not at all: it is made under another name
// and then linked, so that two processes that create at once end with one gallery.
func create(path string, m gallery.Model) (made bool, err error) {
	if m.Dim < 1 || m.Dim > gallery.MaxDim {
		return false, fmt.Errorf("create gallery: %w: the model's dimension is %d", gallery.ErrDimension, m.Dim)
	}
	f, err := atomicfile.Temp(path)
	if err != nil {
		return false, fmt.Errorf("create gallery: %w", err)
	}
	f.Close()
	tmp := f.Name()
	defer removeUnfinished(tmp)
	if err := initialise(tmp, m); err != nil {
		return false, fmt.Errorf("create gallery %s: %w", path, wrapDB(err))
	}
	err = os.Link(tmp, path)
	if made = err == nil; !made && !errors.Is(err, fs.ErrExist) {
		// A file system without hard links: there the rename is atomic, but two creators at once are not told apart.
		if _, serr := os.Lstat(path); !errors.Is(serr, fs.ErrNotExist) {
			return false, nil
		}
		if err := os.Rename(tmp, path); err != nil {
			return false, fmt.Errorf("create gallery: %w", err)
		}
		made = true
	}
	return made, atomicfile.SyncDir(filepath.Dir(path))
}

func initialise(path string, m gallery.Model) error {
	db := sql.OpenDB(newConnector(path, "rw", 0, fmt.Sprintf("page_size=%d", pageSize), "journal_mode=WAL"))
	defer db.Close()
	db.SetMaxOpenConns(1)
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.Exec(fmt.Sprintf("PRAGMA application_id=%d; PRAGMA user_version=%d;", applicationID, schemaVersion) + schema); err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO gallery VALUES (1, ?, ?, ?, ?, ?, 0)`, now(), m.Name, m.SHA256, m.Dim, m.Views); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	// Only the file itself is linked into place, so all of the WAL must be in it: Close would try, and keep quiet about a full disk.
	var busy, log, moved int
	if err := db.QueryRow(`PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &log, &moved); err != nil {
		return err
	}
	if busy != 0 || log != moved {
		return fmt.Errorf("%d of %d pages moved into the file", moved, log)
	}
	return db.Close()
}

// now is the current time as the gallery stores it, microseconds since 1970 UTC.
func now() int64 { return time.Now().UnixMicro() }

func toTime(us int64) time.Time { return time.UnixMicro(us).UTC() }

// isBusy reports whether err says that another connection holds a lock.
func isBusy(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && (e.Code == sqlite3.ErrBusy || e.Code == sqlite3.ErrLocked)
}

const hintUnwritable = "see that this user may write to the file and to its folder, or copy the gallery, with its -wal file if there is one, " +
	"to a folder that you may write to, and use the copy"

const hintDamaged = "run the gallery check; restore the file from a copy or an export"

// wrapDB turns SQLite's words for damage, a full disk and a lock into errors of this package.
func wrapDB(err error) error {
	var e sqlite3.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &e) && (e.Code == sqlite3.ErrCorrupt || e.Code == sqlite3.ErrNotADB):
		return hint.With(fmt.Errorf("%w: %v", gallery.ErrDamaged, err), hintDamaged)
	case errors.As(err, &e) && (e.Code == sqlite3.ErrFull || e.SystemErrno == syscall.ENOSPC || e.SystemErrno == syscall.EDQUOT):
		return hint.With(fmt.Errorf("%w: %v", gallery.ErrDiskFull, err), "make room on the disk and run the same again: what was acknowledged is kept")
	case errors.As(err, &e) && (e.Code == sqlite3.ErrReadonly || e.Code == sqlite3.ErrCantOpen || e.Code == sqlite3.ErrPerm):
		return hint.With(fmt.Errorf("%w: %v", gallery.ErrReadOnly, err), hintUnwritable)
	case isBusy(err):
		return hint.With(fmt.Errorf("%w: %v", gallery.ErrBusy, err), "try again when the other process is done")
	}
	return err
}
