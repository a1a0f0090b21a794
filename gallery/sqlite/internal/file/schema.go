package file

import (
	"database/sql"
	"errors"
	"fmt"

	"faceid/gallery"
	"faceid/internal/hint"

	sqlite3 "github.com/mattn/go-sqlite3"
)

const (
	applicationID = 0x46414944 // "FAID", at offset 68 of the file
	// Version of the format that this program writes.
	Version = 2 // user_version, at offset 60
	// PageSize holds seven rows of a 512-value embedding; SQLite's default of 4096 would hold one and waste the rest.
	PageSize = 16384
)

// schema: AUTOINCREMENT keeps ids from being used again, and with one writer at a time ids are committed in
// ascending order. Template ids, tombstones and touches are numbered on one line, sqlite_sequence's for template: an
// index that knows everything up to a number needs those above it, nothing else. A tombstone is a person's bare number
// and leads nowhere. A template is touched when it goes, or goes to another person: an index has to look at it again.
// revision is a log of the states that an index may have been made from. Embeddings stand in the template's row, last,
// trunk features apart: a rebuild of the index reads one table in order.
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

// kind asks SQLite what the file is; this process must not open and close the file itself, see Raw.
// It returns the version of the format. A file of another kind or of a later version is ErrNotGallery and left as it
// is.
func kind(db *sql.DB, path string) (version int, err error) {
	var id, v int
	err = db.QueryRow("PRAGMA application_id").Scan(&id)
	if err == nil {
		err = db.QueryRow("PRAGMA user_version").Scan(&v)
	}
	var e sqlite3.Error
	switch {
	case errors.As(err, &e) && e.Code == sqlite3.ErrNotADB, err == nil && id != applicationID:
		return 0, hint.With(fmt.Errorf("%s: %w", path, gallery.ErrNotGallery),
			"choose another path for the gallery; this file was left as it is")
	case err != nil:
		return 0, Wrap(err)
	case v > Version:
		return 0, errLater(path, v)
	}
	return v, nil
}
