// Package folder lists the photos in folders, and whose they are: one folder per person. It follows links, passes over
// what file servers leave, and refuses what would make one person of several.
//
// It is a room of its own beside recognize because it looks at names alone: whoever gets photos by other ways needs
// none of it.
package folder

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"faceid/internal/hint"
	"faceid/recognize"
)

// ErrNoPhotos is returned for a folder without photos.
var ErrNoPhotos = errors.New("no photos in this folder")

// Photos lists the photos in a folder and the folders below it, in the order of their names. Hidden files and folders
// are passed over, system folders and what was listed already are passed over and noted, links to folders are followed.
// None is not an error.
func Photos(dir string) List {
	w := newWalker()
	paths, _ := w.walk(filepath.Clean(dir))
	w.List.Photos = recognize.Labelled("", paths...)
	return w.List
}

// SeveralError is the refusal of a person whose photos lie in several folders: these may be people themselves.
type SeveralError struct {
	Dir     string   // the person's
	Folders []string // with photos, below Dir
}

func (e *SeveralError) Error() string {
	names := make([]string, 0, 4)
	for _, f := range e.Folders[:min(3, len(e.Folders))] {
		rel, err := filepath.Rel(e.Dir, f)
		if err != nil {
			rel = f
		}
		names = append(names, rel)
	}
	if len(e.Folders) > 3 {
		names = append(names, "…")
	}
	return fmt.Sprintf("one person, or several? The photos lie in %d folders (%s)", len(e.Folders),
		strings.Join(names, ", "))
}

// People reads a folder with one folder per person: the photos, each labelled with the name of its person's folder. A
// folder that holds photos itself is one person, named as the folder; one that holds both is refused. A person whose
// photos lie in several folders is left out, with a *SeveralError: that is a level too high. So is one whose folder's
// name reads as a number ("#3"): a name from a folder is never whoever has that number.
func People(dir string) (List, error) {
	w := newWalker()
	dir = filepath.Clean(dir)
	if _, err := os.ReadDir(dir); err != nil {
		return List{}, err
	}
	w.enter(dir)
	loose, dirs, links := w.list(dir)
	for _, d := range append(dirs, links...) {
		name := filepath.Base(d)
		photos, from := w.walk(d)
		_, number := recognize.NumberOf(name)
		var err error
		switch {
		case len(photos) == 0:
			continue
		case number:
			err = fmt.Errorf("a folder's name is a person's name, and this one reads as a number")
		case len(from) > 1:
			err = &SeveralError{d, from}
		default:
			w.List.Photos = append(w.List.Photos, recognize.Labelled(name, photos...)...)
			continue
		}
		w.Bad = append(w.Bad, &recognize.PersonError{Name: name, Photos: len(photos), Err: err})
	}
	switch found := len(w.List.Photos) > 0 || len(w.Bad) > 0; {
	case !found && len(loose) == 0:
		return w.List, hint.With(fmt.Errorf("%s: %w", dir, ErrNoPhotos),
			"expected one folder per person with photos in it")
	case !found:
		abs, err := filepath.Abs(dir)
		w.List.Photos = recognize.Labelled(filepath.Base(abs), loose...)
		return w.List, err
	case len(loose) > 0:
		return w.List, hint.With(fmt.Errorf("%s: holds people's folders and %d loose photos besides", dir, len(loose)),
			"move each photo into its person's folder")
	}
	return w.List, nil
}

func isDir(path string) bool { info, err := os.Stat(path); return err == nil && info.IsDir() }
