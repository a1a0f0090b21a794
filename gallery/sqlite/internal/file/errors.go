package file

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"

	"faceid/gallery"
	"faceid/internal/hint"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// Busy reports whether err says that another connection holds a lock.
func Busy(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && (e.Code == sqlite3.ErrBusy || e.Code == sqlite3.ErrLocked)
}

// Vanished reports whether err says that the gallery, or a file beside it, was taken away at this moment.
func Vanished(err error) bool {
	var e sqlite3.Error
	return errors.Is(err, fs.ErrNotExist) || errors.As(err, &e) && errors.Is(e.SystemErrno, fs.ErrNotExist)
}

const hintUnwritable = "see that this user may write to the file and to its folder, or copy the gallery, " +
	"with its -wal file if there is one, to a folder that you may write to, and use the copy"

// HintDamaged is the next step after ErrDamaged.
const HintDamaged = "run the gallery check; restore the file from a copy or an export"

// Wrap turns SQLite's words for damage, a full disk and a lock into errors of package gallery.
func Wrap(err error) error {
	var e sqlite3.Error
	is := func(codes ...sqlite3.ErrNo) bool { return errors.As(err, &e) && slices.Contains(codes, e.Code) }
	switch {
	case err == nil:
		return nil
	case is(sqlite3.ErrCorrupt, sqlite3.ErrNotADB):
		return hint.With(fmt.Errorf("%w: %v", gallery.ErrDamaged, err), HintDamaged)
	case is(sqlite3.ErrFull) || e.SystemErrno == syscall.ENOSPC || e.SystemErrno == syscall.EDQUOT:
		return hint.With(fmt.Errorf("%w: %v", gallery.ErrDiskFull, err),
			"make room on the disk and run the same again: what was acknowledged is kept")
	case is(sqlite3.ErrReadonly, sqlite3.ErrCantOpen, sqlite3.ErrPerm):
		return hint.With(fmt.Errorf("%w: %v", gallery.ErrReadOnly, err), hintUnwritable)
	case Busy(err):
		return hint.With(fmt.Errorf("%w: %v", gallery.ErrBusy, err), "try again when the other process is done")
	}
	return err
}

// errLater is for a gallery that a later version of this program made.
func errLater(path string, v int) error {
	return hint.With(fmt.Errorf("%s: %w of this version: its format is %d, this program knows %d", path,
		gallery.ErrNotGallery, v, Version),
		"update faceid, or export the gallery with the version that made it")
}

// DamagedTemplate is ErrDamaged for what is wrong with a template.
func DamagedTemplate(id int64, what string) error {
	return hint.With(fmt.Errorf("%w: template %d: %s", gallery.ErrDamaged, id, what), HintDamaged)
}

// DamagedPerson is ErrDamaged for a person whose row is not what was stored.
func DamagedPerson(id int64) error {
	return hint.With(fmt.Errorf("%w: person %d: the checksum does not hold", gallery.ErrDamaged, id), HintDamaged)
}

// Unwritable reports whether err is SQLite's for files that it could not make, open or extend.
func Unwritable(err error) bool {
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

// Unwritten is why a gallery that was opened for reading only cannot be changed.
func Unwritten(why error) error {
	if errors.Is(why, gallery.ErrDiskFull) {
		return hint.With(why, "make room on the disk and open the gallery again")
	}
	return hint.With(fmt.Errorf("%w, it is open for reading only: %v", gallery.ErrReadOnly, why), hintUnwritable)
}

// NoTable reports whether err says that the gallery is of a version that lacks a table.
func NoTable(err error) bool { return err != nil && strings.Contains(err.Error(), "no such table") }
