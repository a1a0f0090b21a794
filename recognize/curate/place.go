package curate

import (
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"faceid/embed"
	"faceid/internal/hint"
	"faceid/recognize"
	"faceid/recognize/folder"
)

// Placing says how photos come into a person's folder.
type Placing int

const (
	Link Placing = iota // symbolic links to the photos
	Copy                // copies, for their owner alone
)

// UncertainFolder is where Place puts what is nobody's yet; people are not read from a folder of this name.
const UncertainFolder = folder.Aside

// Vacant refuses a folder that holds anything; one that is not there is fine. It is for asking before the work.
func Vacant(dir string) error {
	there, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil && len(there) > 0:
		err = hint.With(fmt.Errorf("%s: %w, and holds %s", dir, fs.ErrExist, there[0].Name()), "name a new folder")
	}
	return err
}

// Place makes a new folder with one folder per person in it, "person-0001" and so on, the doubtful ones in
// UncertainFolder, and puts the photos there. Of a photo with several faces each is cut out, so that what lies in a
// person's folder is that person. Nothing that is there is touched: a folder that holds anything is refused. Folders
// are for their owner alone, 0700; copies and cuttings 0600.
func (s *Sorted) Place(dir string, how Placing) error {
	if err := Vacant(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	several := map[string]int{}
	for _, g := range s.People {
		for _, f := range g.Faces {
			several[f.Path]++
		}
	}
	for _, u := range s.Uncertain {
		several[u.Path]++
	}
	place := func(dir string, faces []Face) error {
		if err := os.Mkdir(dir, 0o700); err != nil {
			return err
		}
		for _, f := range faces {
			put := func(to string) error { return putAt(to, f.Path, how) }
			base := filepath.Base(f.Path)
			if several[f.Path] > 1 {
				put = func(to string) error { return cutOut(to, f) }
				base = fmt.Sprintf("%s face %d.png", strings.TrimSuffix(base, filepath.Ext(base)), f.Number)
			}
			if err := placeOne(dir, base, put); err != nil {
				return err
			}
		}
		return nil
	}
	digits := max(4, len(strconv.Itoa(len(s.People))))
	for n, g := range s.People {
		if err := place(filepath.Join(dir, fmt.Sprintf("person-%0*d", digits, n+1)), g.Faces); err != nil {
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
	return place(filepath.Join(dir, UncertainFolder), unsure)
}

// placeOne puts something into dir under the name base, with a number where that is taken.
func placeOne(dir, base string, put func(to string) error) error {
	ext := filepath.Ext(base)
	stem := strings.TrimSuffix(base, ext)
	for n := 1; ; n++ {
		name := base
		if n > 1 {
			name = fmt.Sprintf("%s (%d)%s", stem, n, ext)
		}
		err := put(filepath.Join(dir, name))
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
}

// cutOut writes the part of the photo about a face, with room for a detector to look around it; it never replaces what
// is there: fs.ErrExist.
func cutOut(to string, f Face) error {
	in, err := os.Open(f.Path)
	if err != nil {
		return err
	}
	defer in.Close()
	m, err := embed.Decode(in, nil)
	if err != nil {
		return &recognize.PhotoError{Path: f.Path, Err: err}
	}
	w, h := (f.Box.X1-f.Box.X0)*0.4, (f.Box.Y1-f.Box.Y0)*0.4
	part := m.NRGBA().SubImage(image.Rect(int(f.Box.X0-w), int(f.Box.Y0-h), int(f.Box.X1+w), int(f.Box.Y1+h)))
	return create(to, func(out io.Writer) error { return png.Encode(out, part) })
}

// putAt never replaces what is there: fs.ErrExist.
func putAt(to, path string, how Placing) error {
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
	return create(to, func(out io.Writer) error {
		_, err := io.Copy(out, in)
		return err
	})
}

// create makes a new private file, whole or not at all.
func create(to string, write func(io.Writer) error) (err error) {
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
	return write(out)
}
