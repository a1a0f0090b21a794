package recognize

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"faceid/embed"
	"faceid/internal/hint"
)

// pictureExt are the endings that a walk takes for photos. What cannot be read of them is reported, not passed over.
var pictureExt = map[string]bool{
	".jpg": true, ".jpeg": true, ".jpe": true, ".jfif": true, ".png": true, ".gif": true, ".bmp": true, ".tif": true,
	".tiff": true, ".webp": true, ".heic": true, ".heif": true, ".avif": true,
}

func isPicture(path string) bool { return pictureExt[strings.ToLower(filepath.Ext(path))] }

// ErrNoPhotos is returned for a folder without photos.
var ErrNoPhotos = errors.New("no photos in this folder")

// Photos lists the photos in a folder and the folders below it, in the order of their names; hidden ones are passed over. None is
// no error.
func Photos(dir string) ([]string, error) {
	var paths []string
	root := filepath.Clean(dir) + string(filepath.Separator) // with which a link to a folder is followed
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path != root && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case !d.IsDir() && isPicture(path):
			paths = append(paths, path)
		}
		return nil
	})
	return paths, err
}

// People reads a folder with one folder per person: the photos, each labelled with the name of its person's folder. A folder that
// holds photos itself is one person, named as the folder; one that holds both is refused.
func People(dir string) ([]embed.Input, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var in []embed.Input
	loose := 0
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case isDir(path):
			paths, err := Photos(path)
			if err != nil {
				return nil, err
			}
			in = append(in, Labelled(e.Name(), paths...)...)
		case isPicture(path):
			loose++
		}
	}
	switch {
	case len(in) == 0 && loose == 0:
		return nil, hint.With(fmt.Errorf("%s: %w", dir, ErrNoPhotos), "expected one folder per person with photos in it")
	case len(in) == 0:
		abs, err := filepath.Abs(dir)
		if err != nil {
			return nil, err
		}
		paths, err := Photos(dir)
		return Labelled(filepath.Base(abs), paths...), err
	case loose > 0:
		return nil, hint.With(fmt.Errorf("%s: holds people's folders and %d loose photos besides", dir, loose),
			"move each photo into its person's folder")
	}
	return in, nil
}

// Labelled are the photos of one person.
func Labelled(person string, paths ...string) []embed.Input {
	in := make([]embed.Input, len(paths))
	for i, path := range paths {
		in[i] = embed.Input{Path: path, Label: person}
	}
	return in
}

func isDir(path string) bool { info, err := os.Stat(path); return err == nil && info.IsDir() }
