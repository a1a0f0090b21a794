package folder

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"faceid/embed"
	"faceid/recognize"
)

// List is what a walk of a folder found.
type List struct {
	Photos []embed.Input // in the order of their names; People labels each with its person
	Passed []Passed      // folders that were passed over on purpose
	// *recognize.PhotoError: a folder that could not be read; *recognize.PersonError: a person who was left out
	Bad []error
}

// Passed is a folder that was passed over.
type Passed struct{ Path, Why string }

// pictureExt are the endings that a walk takes for photos. What cannot be read of them is reported, not passed over.
var pictureExt = map[string]bool{
	".jpg": true, ".jpeg": true, ".jpe": true, ".jfif": true, ".png": true, ".gif": true, ".bmp": true, ".tif": true,
	".tiff": true, ".webp": true, ".heic": true, ".heif": true, ".hif": true, ".avif": true,
	".dng": true, ".cr2": true, ".nef": true, ".arw": true,
}

// IsPhoto tells by the ending of its name whether a walk takes a file for a photo.
func IsPhoto(path string) bool { return pictureExt[strings.ToLower(filepath.Ext(path))] }

// Aside is a folder of photos that are nobody's yet; people are not read from it.
const Aside = "@uncertain"

// systemDirs are folders, in lower case, that file servers and desktops leave among people's photos: thumbnails, bins,
// indexes.
var systemDirs = map[string]bool{
	"@eadir": true, "@recycle": true, "@recently-snapshot": true, "@tmp": true, "#recycle": true, "#snapshot": true,
	"$recycle.bin": true, "recycler": true, "recycle.bin": true, "system volume information": true, "lost+found": true,
	Aside: true, "__macosx": true, "thumbnails": true, "network trash folder": true, "temporary items": true,
}

// walker lists photos. Folders are known by their real paths, so that one reached by several ways, a loop's included,
// is walked once.
type walker struct {
	List
	seen map[string]bool
}

func newWalker() *walker { return &walker{seen: map[string]bool{}} }

// enter tells whether the folder dir is to be walked, and notes that it was.
func (w *walker) enter(dir string) bool {
	real, err := filepath.EvalSymlinks(dir)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	switch {
	case err != nil:
		w.bad(dir, err)
	case w.seen[real]:
		w.pass(dir, "linked, and listed already")
	default:
		w.seen[real] = true
		return true
	}
	return false
}

func (w *walker) bad(path string, err error) {
	w.Bad = append(w.Bad, &recognize.PhotoError{Path: path, Err: err})
}

func (w *walker) pass(path, why string) { w.Passed = append(w.Passed, Passed{path, why}) }

// list reads the folder dir: its photos, its folders, and those that links lead to; hidden ones are left out in
// silence, system folders are noted.
func (w *walker) list(dir string) (photos, dirs, links []string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		w.bad(dir, err)
	}
	for _, e := range entries { // what was read before an error counts
		path := filepath.Join(dir, e.Name())
		linked := e.Type()&fs.ModeSymlink != 0
		switch folder := e.IsDir() || linked && isDir(path); {
		case strings.HasPrefix(e.Name(), "."):
		case folder && systemDirs[strings.ToLower(e.Name())]:
			w.pass(path, "a system folder")
		case folder && linked:
			links = append(links, path)
		case folder:
			dirs = append(dirs, path)
		case IsPhoto(path):
			photos = append(photos, path)
		}
	}
	return photos, dirs, links
}

// walk lists the photos of dir and of what lies below it. from are the folders that hold photos, dir itself left out.
// Links are followed after everything else, so that a folder is listed by its own name where it has one in the tree.
func (w *walker) walk(dir string) (photos, from []string) {
	var later []string
	var down func(string)
	down = func(d string) {
		if !w.enter(d) {
			return
		}
		own, dirs, links := w.list(d)
		photos = append(photos, own...)
		if len(own) > 0 && d != dir {
			from = append(from, d)
		}
		later = append(later, links...)
		for _, sub := range dirs {
			down(sub)
		}
	}
	down(dir)
	for len(later) > 0 {
		next := later[0]
		later = later[1:]
		down(next)
	}
	return photos, from
}
