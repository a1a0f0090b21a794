package file

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"faceid/gallery"
	"faceid/internal/atomicfile"
)

// Create makes a gallery file at path, and reports whether it was this call that did. It appears there complete or not
// at all: it is made under another name and then linked, so that two processes that create at once end with one
// gallery.
func Create(path string, m gallery.Model) (made bool, err error) {
	if m.Dim < 1 || m.Dim > gallery.MaxDim {
		return false, fmt.Errorf("create gallery: %w: the model's dimension is %d", gallery.ErrDimension, m.Dim)
	}
	if err := m.CheckText(); err != nil {
		return false, fmt.Errorf("create gallery: %w", err)
	}
	f, err := atomicfile.Temp(path)
	if err != nil {
		return false, fmt.Errorf("create gallery: %w", err)
	}
	f.Close()
	tmp := f.Name()
	defer RemoveUnfinished(tmp)
	if err := initialise(tmp, m); err != nil {
		return false, fmt.Errorf("create gallery %s: %w", path, Wrap(err))
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
	db := Writer(path, 0, fmt.Sprintf("page_size=%d", PageSize), "journal_mode=WAL")
	defer db.Close()
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	marks := fmt.Sprintf("PRAGMA application_id=%d; PRAGMA user_version=%d;", applicationID, Version)
	if _, err := tx.Exec(marks + schema); err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO gallery VALUES (1, ?, ?, ?, ?, ?, 0)`, Now(), m.Name, m.SHA256, m.Dim,
		m.Views); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	// Only the file itself is linked into place, so all of the WAL must be in it: Close would try, and keep quiet about
	// a full disk.
	var busy, log, moved int
	if err := db.QueryRow(`PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &log, &moved); err != nil {
		return err
	}
	if busy != 0 || log != moved {
		return fmt.Errorf("%d of %d pages moved into the file", moved, log)
	}
	return db.Close()
}
