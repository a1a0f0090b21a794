package sqlite_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"faceid/gallery/sqlite"
)

// TestUnfinished: what killed processes left beside a gallery is named by Check and gone when it is opened; what a
// process is writing at this moment stays, and so does everything of another name.
func TestUnfinished(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "g")
	open(t, path, 8).Close()
	here := strconv.Itoa(os.Getpid())
	dead := []string{".g-999999999-17", ".g.index-999999999-4711", "g.index.new-12"} // no process has such a number
	stay := []string{".g-" + here + "-17", ".g.index-" + here + "-1", ".g.index-999999999-mine", "g.index.new-x",
		".h-999999999-17", ".g-photos"}
	for _, f := range append(slices.Clone(dead), stay...) {
		if err := os.WriteFile(filepath.Join(dir, f), []byte("people"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	rep, err := sqlite.Check(t.Context(), path)
	if err != nil || !rep.OK() || len(rep.Unfinished) != 3 {
		t.Errorf("check: %+v, %v", rep, err)
	}
	open(t, path, 8).Close()
	for _, f := range dead {
		if _, err := os.Stat(filepath.Join(dir, f)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", f, err)
		}
	}
	for _, f := range stay {
		if _, err := os.Stat(filepath.Join(dir, f)); err != nil {
			t.Error(err)
		}
	}
	if rep, err := sqlite.Check(t.Context(), path); err != nil || rep.Unfinished != nil {
		t.Errorf("check: %+v, %v", rep, err)
	}
}
