package gallery

import (
	"errors"
	"testing"

	"github.com/mattn/go-sqlite3"
)

// TestWrapDB: what a user can do something about comes with a hint. A folder without write permission cannot be made here for
// root, who may write everywhere.
func TestWrapDB(t *testing.T) {
	for code, want := range map[sqlite3.ErrNo]error{
		sqlite3.ErrReadonly: ErrReadOnly, sqlite3.ErrCantOpen: ErrReadOnly, sqlite3.ErrFull: ErrDiskFull,
		sqlite3.ErrCorrupt: ErrDamaged, sqlite3.ErrNotADB: ErrDamaged, sqlite3.ErrBusy: ErrBusy,
	} {
		if err := wrapDB(sqlite3.Error{Code: code}); !errors.Is(err, want) || Hint(err) == "" {
			t.Errorf("%v: %v, hint %q", code, err, Hint(err))
		}
	}
	if err := wrapDB(nil); err != nil {
		t.Error(err)
	}
}
