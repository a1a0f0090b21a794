package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"faceid/embed"
	"faceid/gallery"
)

// pictureExt are the endings that a walk through a folder takes for photos, HEIC and AVIF included: those are reported, not passed over.
var pictureExt = map[string]bool{
	".jpg": true, ".jpeg": true, ".jpe": true, ".jfif": true, ".png": true, ".gif": true, ".bmp": true, ".tif": true, ".tiff": true,
	".webp": true, ".heic": true, ".heif": true, ".avif": true,
}

// photoPaths lists the photos that args name: files as given, folders walked in name order (hidden ones passed over), "-" a list of
// paths on standard input, one a line. A path that is not there is listed too: it fails by itself and does not stop the others. A
// folder without photos is reported and counted in badArgs.
func (a *app) photoPaths(args []string) ([]string, error) {
	var paths []string
	for _, arg := range args {
		if arg == "-" {
			list, err := readPaths(a.in)
			if err != nil {
				return nil, fmt.Errorf("standard input: %w", err)
			}
			paths = append(paths, list...)
			continue
		}
		info, err := os.Stat(arg)
		if err != nil {
			paths = append(paths, arg)
			continue
		}
		if !info.IsDir() {
			paths = append(paths, arg)
			continue
		}
		found, err := walkPhotos(arg)
		if err == nil && len(found) == 0 {
			err = withHint(errors.New("no photos in this folder"), "photos end in .jpg, .png, .webp, .tiff, .bmp or .gif")
		}
		if err != nil {
			a.problem(arg, err)
			a.badArgs++
		}
		paths = append(paths, found...)
	}
	if len(paths) == 0 && a.badArgs > 0 {
		return nil, errReported
	}
	return paths, nil
}

// readPaths reads a list of paths, one a line. A photo itself is refused: it would give as many lines of nonsense as it has line ends.
func readPaths(in io.Reader) ([]string, error) {
	r := bufio.NewReader(in)
	head, _ := r.Peek(512) // what does not come is missed by the scanner too
	if kind := http.DetectContentType(head); strings.HasPrefix(kind, "image/") {
		return nil, withHint(fmt.Errorf("holds a photo (%s) where a list of paths should be", kind), "- stands for a list of paths, one a line; give a photo by its path")
	}
	var paths []string
	s := bufio.NewScanner(r)
	for s.Scan() {
		line := strings.TrimSpace(s.Text())
		if strings.ContainsRune(line, 0) {
			return nil, withHint(errors.New("holds NUL bytes, so it is no list of paths"), "- stands for a list of paths, one a line (find -print, not -print0)")
		}
		if line != "" {
			paths = append(paths, line)
		}
	}
	return paths, s.Err()
}

func walkPhotos(dir string) ([]string, error) {
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
		case !d.IsDir() && pictureExt[strings.ToLower(filepath.Ext(path))]:
			paths = append(paths, path)
		}
		return nil
	})
	return paths, err
}

func photoError(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return withHint(err, "check the path; a name with blanks needs quotes")
	case errors.Is(err, embed.ErrTooLarge):
		return withHint(err, "shrink the photo")
	}
	return err
}

// faces runs the pipeline over paths and shows progress; the bar is taken down when the loop ends.
func (a *app) faces(ctx context.Context, p *pipeline, label string, paths []string) iter.Seq2[*bar, embed.Photo] {
	return func(yield func(*bar, embed.Photo) bool) {
		b := a.progress(label, int64(len(paths)))
		defer b.finish()
		for photo := range p.Run(ctx, embed.Files(paths...)) {
			b.set(int64(photo.Index + 1))
			if !yield(b, photo) {
				return
			}
		}
	}
}

// errSeveral is the refusal of a photo that should hold one face.
type errSeveral struct {
	faces []embed.Face
}

func (e errSeveral) Error() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%d faces in a photo that should have one", len(e.faces))
	for i, f := range e.faces {
		fmt.Fprintf(&s, "\n    %d. %.0f × %.0f pixels at (%.0f, %.0f), score %.2f", i+1, f.Box.X1-f.Box.X0, f.Box.Y1-f.Box.Y0, f.Box.X0, f.Box.Y0, f.Quality.Score)
		if i == 9 && len(e.faces) > 11 {
			fmt.Fprintf(&s, "\n    and %d more", len(e.faces)-10)
			break
		}
	}
	return s.String()
}

var errNoFace = errors.New("no face found")

// oneFace picks the face of a photo that should have one.
func oneFace(p embed.Photo, largest bool) (embed.Face, error) {
	switch {
	case p.Err != nil:
		return embed.Face{}, photoError(p.Err)
	case len(p.Faces) == 0:
		return embed.Face{}, withHint(errNoFace, "the face should be upright, lit, and at least 20 pixels wide; faceid detect --draw shows what is seen")
	case len(p.Faces) > 1 && !largest:
		return embed.Face{}, withHint(errSeveral{p.Faces}, "--largest takes the first; or crop the photo")
	}
	return p.Faces[0], nil
}

// template is what the gallery keeps of a face.
func template(p embed.Photo, f embed.Face) gallery.Template {
	path := p.Path
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return gallery.Template{
		Embedding: f.Embedding,
		Trunk:     f.Trunk,
		Quality:   gallery.Quality(f.Quality),
		Source: gallery.Source{
			Path:   strings.ToValidUTF8(path, "\ufffd"), // a gallery takes nothing else
			SHA256: fmt.Sprintf("%x", p.SHA256),
			Box:    [4]float32{f.Box.X0, f.Box.Y0, f.Box.X1, f.Box.Y1},
		},
	}
}

// fileSHA256 is the checksum by which a photo enrolled before is recognised without looking at its faces.
func fileSHA256(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", sha256.Sum256(b)), nil
}
