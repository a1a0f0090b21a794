package file

import (
	"errors"
	"testing"

	"faceid/gallery"
	"faceid/internal/hint"

	"github.com/mattn/go-sqlite3"
)

// TestWrapDB: what a user can do something about comes with a hint. A folder without write permission cannot be made
// here for root, who may write everywhere.
func TestWrapDB(t *testing.T) {
	for code, want := range map[sqlite3.ErrNo]error{
		sqlite3.ErrReadonly: gallery.ErrReadOnly, sqlite3.ErrCantOpen: gallery.ErrReadOnly,
		sqlite3.ErrFull:    gallery.ErrDiskFull,
		sqlite3.ErrCorrupt: gallery.ErrDamaged, sqlite3.ErrNotADB: gallery.ErrDamaged, sqlite3.ErrBusy: gallery.ErrBusy,
	} {
		if err := Wrap(sqlite3.Error{Code: code}); !errors.Is(err, want) || hint.Of(err) == "" {
			t.Errorf("%v: %v, hint %q", code, err, hint.Of(err))
		}
	}
	if err := Wrap(nil); err != nil {
		t.Error(err)
	}
}
