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
	"slices"
	"strings"

	"faceid/embed"
	"faceid/gallery"
	"faceid/internal/hint"
	"faceid/internal/words"
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
	For     string   // the command that Dir is for, where not "enroll": its hint names it
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
	return fmt.Sprintf("one person, or several? The photos lie in %s (%s)",
		words.Plural(len(e.Folders), "folder", "folders"), strings.Join(names, ", "))
}

// People reads a folder with one folder per person: the photos, each labelled with the name of its person's folder. A
// folder that holds photos itself is one person, named as the folder; one that holds both is refused. A person whose
// photos lie in several folders is left out, with a *SeveralError: that is a level too high. So is one whose folder's
// name reads as a number ("#3"): a name from a folder is never whoever has that number.
func People(dir string) (List, error) {
	w := newWalker()
	dir = filepath.Clean(dir)
	if _, err := os.ReadDir(dir); err != nil {
		if p := (*os.PathError)(nil); errors.As(err, &p) {
			err = p.Err
		}
		return List{}, &recognize.PhotoError{Path: dir, Err: err}
	}
	w.enter(dir)
	loose, dirs, links := w.list(dir)
	var deep []string // people whose photos all lie in one folder below theirs
	several := false
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
			err, several = &SeveralError{Dir: d, Folders: from}, true
		default:
			if len(from) == 1 && !slices.ContainsFunc(photos, func(p string) bool { return filepath.Dir(p) == d }) {
				deep = append(deep, d)
			}
			w.List.Photos = append(w.List.Photos, recognize.Labelled(name, photos...)...)
			continue
		}
		w.Bad = append(w.Bad, &recognize.PersonError{Name: name, Photos: len(photos), Err: err})
	}
	if several { // then what is as deep beside them is as likely a level too high
		w.leaveOut(deep)
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

// GoodLabels cleans the labels and leaves out the photos of those that no gallery takes as a name, such as a folder's
// that is not UTF-8; bad has a *recognize.PersonError for each of these.
func GoodLabels(in []embed.Input) (good []embed.Input, bad []error) {
	refused := map[string]*recognize.PersonError{}
	for _, x := range in {
		name, err := gallery.CleanName(x.Label)
		if _, byID := recognize.NumberOf(x.Label); byID {
			name, err = x.Label, nil
		}
		switch p := refused[x.Label]; {
		case err == nil:
			x.Label = name
			good = append(good, x)
		case p != nil:
			p.Photos++
		default:
			p = &recognize.PersonError{Name: x.Label, Photos: 1, Err: err}
			refused[x.Label] = p
			bad = append(bad, p)
		}
	}
	return good, bad
}

// leaveOut takes out the people of these folders, whose photos lie in one folder below theirs.
func (w *walker) leaveOut(dirs []string) {
	for _, d := range dirs {
		e := &recognize.PersonError{Name: filepath.Base(d)}
		w.List.Photos = slices.DeleteFunc(w.List.Photos, func(in embed.Input) bool {
			if in.Label != e.Name {
				return false
			}
			e.Photos++
			e.Err = &SeveralError{Dir: d, Folders: []string{filepath.Dir(in.Path)}}
			return true
		})
		w.Bad = append(w.Bad, e)
	}
}

func isDir(path string) bool { info, err := os.Stat(path); return err == nil && info.IsDir() }
