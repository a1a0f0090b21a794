package file

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"faceid/gallery"
	"faceid/internal/atomicfile"
	"faceid/internal/hint"
)

// Identity is the one path of the gallery that path means: absolute, symbolic links followed, also those of a file that
// is yet to be made. SQLite's log and the index stand beside that path. By two paths they would be two: an index that a
// removal does not reach, and a log of whose changes whoever comes by the other path does not know.
func Identity(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	for range 40 { // as many links as Linux follows
		real, err := filepath.EvalSymlinks(path)
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return real, err
		}
		// Either nothing is there yet, or a link to where nothing is yet.
		dir, err := filepath.EvalSymlinks(filepath.Dir(path))
		if err != nil {
			return path, nil // a folder is missing, which whoever opens the file will say
		}
		path = filepath.Join(dir, filepath.Base(path))
		to, err := os.Readlink(path)
		if err != nil {
			return path, nil
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(dir, to)
		}
		path = to
	}
	return "", fmt.Errorf("%s: too many symbolic links", path)
}

// OneName refuses a file that has other names, hard links, which Identity cannot see through.
func OneName(path string) error {
	st, err := os.Stat(path)
	if err != nil || links(st) <= 1 {
		return err
	}
	// A gallery is made under another name and linked to its own: that name goes, should its maker have been killed.
	dead, live := atomicfile.Temps(path)
	for _, f := range append(dead, live...) {
		if fi, err := os.Lstat(f); err == nil && os.SameFile(fi, st) {
			os.Remove(f)
		}
	}
	if st, err = os.Stat(path); err != nil || links(st) <= 1 {
		return err
	}
	return hint.With(fmt.Errorf("%w: %s has %d", gallery.ErrHardLinks, path, links(st)),
		"find the others with: find FOLDER -samefile FILE; remove them, or copy the file while nobody uses it "+
			"and use the copy")
}

// IndexPath is where the search index of the gallery at path stands.
func IndexPath(path string) string { return path + ".index" }

// Unfinished returns what killed processes left beside a gallery that they made, or made an index of, in which people
// may stand.
func Unfinished(path string) []string {
	dead, _ := atomicfile.Temps(path)
	index, _ := atomicfile.Temps(IndexPath(path))
	dead = append(dead, index...)
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return dead
	}
	for _, e := range entries { // as they were called up to version 1, without a process
		random, ours := strings.CutPrefix(e.Name(), filepath.Base(IndexPath(path))+".new-")
		if _, err := strconv.ParseUint(random, 10, 64); ours && err == nil && e.Type().IsRegular() {
			dead = append(dead, filepath.Join(filepath.Dir(path), e.Name()))
		}
	}
	return dead
}

// RemoveUnfinished takes away an unfinished gallery or index.
func RemoveUnfinished(tmp string) {
	for _, s := range []string{"", "-wal", "-shm", "-journal"} {
		os.Remove(tmp + s)
	}
}
