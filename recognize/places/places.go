// Package places says where a program may write: not over what its results are made from, nor over the gallery in use.
package places

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"faceid/internal/hint"
)

// Check refuses to write results over one of the files they are made from, or over the gallery in use and the
// files beside it. Whatever writes asks here first, with all names that it will write to; an empty name is none. Files
// are compared by what they are, not by name: a link is the file it leads to. Two results may not have one place
// either.
func Check(gallery string, outs []string, inputs ...string) error {
	there := map[string]os.FileInfo{}
	for _, in := range inputs {
		if st, err := os.Stat(in); err == nil {
			there[in] = st
		}
	}
	places := map[string]bool{}
	for _, out := range outs {
		if out == "" {
			continue
		}
		at := place(out)
		if places[at] {
			return hint.With(fmt.Errorf("%s would be written twice", out), "give each result a name of its own")
		}
		places[at] = true
		for _, kept := range GalleryFiles(gallery) {
			if Same(out, kept) {
				return hint.With(fmt.Errorf("%s belongs to the gallery in use, and would be overwritten", out),
					"choose another name for the result")
			}
		}
		st, err := os.Stat(out)
		if err != nil || !st.Mode().IsRegular() {
			continue // nothing is there to be overwritten
		}
		for _, in := range inputs {
			if there[in] != nil && os.SameFile(there[in], st) {
				return hint.With(fmt.Errorf("%s is one of the inputs, and would be overwritten", out),
					"choose another name for the result")
			}
		}
	}
	return nil
}

// GalleryFiles are the files of a gallery, whether they are there or not.
func GalleryFiles(name string) []string {
	if name == "" || strings.Contains(name, "://") {
		return nil
	}
	return []string{name, name + "-wal", name + "-shm", name + "-journal", name + ".index"}
}

// place names where a file is, or may come to be, whatever links lead there.
func place(path string) string {
	for range 40 { // a link may lead to what is not there yet; a loop leads nowhere
		to, err := os.Readlink(path)
		if err != nil {
			break
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		path = filepath.Join(dir, filepath.Base(path))
	}
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return path
}

// Same tells whether two names lead to one file, or to one place where a file may come to be.
func Same(a, b string) bool {
	sa, ea := os.Stat(a)
	sb, eb := os.Stat(b)
	if ea == nil && eb == nil {
		return os.SameFile(sa, sb)
	}
	return ea != nil && eb != nil && place(a) == place(b)
}
