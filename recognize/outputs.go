package recognize

import (
	"fmt"
	"os"
	"path/filepath"

	"faceid/internal/hint"
)

// CheckOutputs refuses to write results over one of the files they are made from, or over the gallery in use and the
// files beside it. Whatever writes asks here first, with all names that it will write to; an empty name is none. Files
// are compared by what they are, not by name: a link is the file it leads to.
func CheckOutputs(gallery string, outs []string, inputs ...string) error {
	there := map[string]os.FileInfo{}
	for _, in := range inputs {
		if st, err := os.Stat(in); err == nil {
			there[in] = st
		}
	}
	for _, out := range outs {
		for _, kept := range GalleryFiles(gallery) {
			if SamePlace(out, kept) {
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
	if IsAddress(name) {
		return nil
	}
	return []string{name, name + "-wal", name + "-shm", name + "-journal", name + ".index"}
}

// SamePlace tells whether two names lead to one file, or to one place where a file may come to be.
func SamePlace(a, b string) bool {
	sa, ea := os.Stat(a)
	sb, eb := os.Stat(b)
	if ea == nil && eb == nil {
		return os.SameFile(sa, sb)
	}
	if ea == nil || eb == nil || filepath.Base(a) != filepath.Base(b) {
		return false
	}
	sa, ea = os.Stat(filepath.Dir(a))
	sb, eb = os.Stat(filepath.Dir(b))
	return ea == nil && eb == nil && os.SameFile(sa, sb)
}
