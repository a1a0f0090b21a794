package curate

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"faceid/internal/hint"
)

// Placing says how photos come into a person's folder.
type Placing int

const (
	Link Placing = iota // symbolic links to the photos
	Copy                // copies, for their owner alone
)

// Place makes a new folder with one folder per person in it, "person-0001" and so on, the doubtful ones in "uncertain",
// and puts the photos there. A photo with several faces is in the folder of each. Nothing that is there is touched: a
// folder that holds anything is refused. Folders are for their owner alone, 0700; copies 0600.
func (s *Sorted) Place(dir string, how Placing) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	there, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if len(there) > 0 {
		return hint.With(fmt.Errorf("%s: %w, and holds %s", dir, fs.ErrExist, there[0].Name()), "name a new folder")
	}
	digits := max(4, len(strconv.Itoa(len(s.People))))
	for n, g := range s.People {
		if err := place(filepath.Join(dir, fmt.Sprintf("person-%0*d", digits, n+1)), g.Faces, how); err != nil {
			return err
		}
	}
	var unsure []Face
	for _, u := range s.Uncertain {
		unsure = append(unsure, u.Face)
	}
	if len(unsure) == 0 {
		return nil
	}
	return place(filepath.Join(dir, "uncertain"), unsure, how)
}

func place(dir string, faces []Face, how Placing) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	in := map[string]bool{} // photos that are in it: two faces of one photo may be one person's
	for _, f := range faces {
		if in[f.Path] {
			continue
		}
		in[f.Path] = true
		if err := placeOne(dir, f.Path, how); err != nil {
			return err
		}
	}
	return nil
}

// placeOne puts a photo into dir under its own name, with a number where two photos have one name.
func placeOne(dir, path string, how Placing) error {
	base, ext := filepath.Base(path), filepath.Ext(path)
	stem := base[:len(base)-len(ext)]
	for n := 1; ; n++ {
		name := base
		if n > 1 {
			name = fmt.Sprintf("%s (%d)%s", stem, n, ext)
		}
		err := putAt(filepath.Join(dir, name), path, how)
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
}

// putAt never replaces what is there: fs.ErrExist.
func putAt(to, path string, how Placing) (err error) {
	if how == Link {
		abs, err := filepath.Abs(path)
		if err != nil {
			return err
		}
		return os.Symlink(abs, to)
	}
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := out.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			os.Remove(to)
		}
	}()
	_, err = io.Copy(out, in)
	return err
}
