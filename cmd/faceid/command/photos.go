package command

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"os"
	"strings"

	"faceid/embed"
	"faceid/recognize"
)

// photoPaths lists the photos that args name: files as given, folders walked in name order (hidden ones passed over), "-" a list
// of paths on standard input, one per line. A path that is not there is listed too: it fails by itself and does not stop the
// others. A folder without photos is reported and counted in badArgs.
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
		if !isDir(arg) {
			paths = append(paths, arg)
			continue
		}
		f := recognize.Photos(arg)
		if len(f.Photos) == 0 && len(f.Bad) == 0 {
			f.Bad = append(f.Bad, &recognize.PhotoError{Path: arg, Err: recognize.ErrNoPhotos})
		}
		a.walked(f)
		for _, in := range f.Photos {
			paths = append(paths, in.Path)
		}
	}
	if len(paths) == 0 && a.badArgs > 0 {
		return nil, errReported
	}
	return paths, nil
}

// people lists the photos of a folder with one folder per person.
func (a *app) people(dir string) ([]embed.Input, error) {
	f, err := recognize.People(dir)
	if err != nil {
		return nil, err
	}
	a.walked(f)
	if len(f.Photos) == 0 {
		return nil, errReported
	}
	return f.Photos, nil
}

// walked reports what a walk passed over, and what it had to leave out: the rest goes on, and the exit code is 2.
func (a *app) walked(f recognize.Folder) {
	for _, p := range f.Passed {
		a.remark("%s: passed over: %s", shown(p.Path), p.Why)
	}
	for _, err := range f.Bad {
		a.enrolProblem(err)
	}
	a.badArgs += len(f.Bad)
}

// readPaths reads a list of paths, one per line. A photo itself is refused: it would give as many lines of nonsense as it has line ends.
func readPaths(in io.Reader) ([]string, error) {
	r := bufio.NewReader(in)
	head, _ := r.Peek(512) // what does not come is missed by the scanner too
	if kind := http.DetectContentType(head); strings.HasPrefix(kind, "image/") {
		return nil, withHint(fmt.Errorf("holds a photo (%s) where a list of paths should be", kind),
			"- stands for a list of paths, one per line; give a photo by its path")
	}
	var paths []string
	s := bufio.NewScanner(r)
	for s.Scan() {
		line := strings.TrimSpace(s.Text())
		if strings.ContainsRune(line, 0) {
			return nil, withHint(errors.New("holds NUL bytes, so it is not a list of paths"),
				"- stands for a list of paths, one per line (find -print, not -print0)")
		}
		if line != "" {
			paths = append(paths, line)
		}
	}
	return paths, s.Err()
}

// faces runs the pipeline over paths and shows progress; the bar is taken down when the loop ends.
func (a *app) faces(ctx context.Context, p *recognize.Pipeline, label string, paths []string) iter.Seq2[*bar, embed.Photo] {
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

// badPhoto reports a photo among several; err is its error.
func (a *app) badPhoto(path string, err error) {
	a.problem(path, &recognize.PhotoError{Path: path, Err: err})
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

func isDir(path string) bool { info, err := os.Stat(path); return err == nil && info.IsDir() }
