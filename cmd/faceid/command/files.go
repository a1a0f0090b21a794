package command

import (
	"fmt"
	"os"
	"path/filepath"

	"faceid/recognize"
)

// notInput refuses to write results over one of the files they are made from, or over the gallery in use and the files beside
// it. Every command that writes asks here first, with all names that it will write to. Files are compared by what they are, not
// by name: a link is the file it leads to.
func (a *app) notInput(outs []string, inputs ...string) error {
	there := map[string]os.FileInfo{}
	for _, in := range inputs {
		if st, err := os.Stat(in); err == nil {
			there[in] = st
		}
	}
	for _, out := range outs {
		for _, kept := range galleryFiles(a.galleryName()) {
			if samePlace(out, kept) {
				return withHint(fmt.Errorf("%s belongs to the gallery in use, and would be overwritten", out), "choose another name for the result")
			}
		}
		st, err := os.Stat(out)
		if err != nil || !st.Mode().IsRegular() {
			continue // nothing is there to be overwritten
		}
		for _, in := range inputs {
			if there[in] != nil && os.SameFile(there[in], st) {
				return withHint(fmt.Errorf("%s is one of the inputs, and would be overwritten", out), "choose another name for the result")
			}
		}
	}
	return nil
}

// galleryFiles are the files of a gallery, whether they are there or not.
func galleryFiles(name string) []string {
	if recognize.IsAddress(name) {
		return nil
	}
	return []string{name, name + "-wal", name + "-shm", name + "-journal", name + ".index"}
}

// samePlace tells whether two names lead to one file, or to one place where a file may come to be.
func samePlace(a, b string) bool {
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
