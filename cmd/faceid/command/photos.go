package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"faceid/embed"
	"faceid/internal/pathlist"
	"faceid/internal/plain"
	"faceid/recognize"
	"faceid/recognize/folder"
)

// photoPaths lists the photos that args name: files as given, folders walked in name order (hidden ones passed over),
// "-" a list of paths on standard input, one per line. A path that is not there is listed too: it fails by itself and
// does not stop the others. A folder without photos is reported and counted in badArgs.
func (a *app) photoPaths(args []string) ([]string, error) {
	var paths []string
	for _, arg := range args {
		if arg == "-" && a.photo == nil {
			list, err := pathlist.Read(a.in, a.nul)
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
		f := folder.Photos(arg)
		if len(f.Photos) == 0 && len(f.Bad) == 0 {
			f.Bad = append(f.Bad, &recognize.PhotoError{Path: arg, Err: folder.ErrNoPhotos})
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

// photosOrStdin is photoPaths for commands that take "-" for a photo, too, where standard input holds one: a.photo.
func (a *app) photosOrStdin(ctx context.Context, args []string) (_ []string, err error) {
	if slices.Contains(args, "-") {
		if a.in, a.photo, err = pathlist.Photo(ctx, a.in); err != nil {
			return nil, err
		}
	}
	return a.photoPaths(args)
}

// people lists the photos of a folder with one folder per person.
func (a *app) people(dir, command string) ([]embed.Input, error) {
	f, err := folder.People(dir)
	if err != nil {
		return nil, err
	}
	for _, err := range f.Bad {
		if several := (*folder.SeveralError)(nil); errors.As(err, &several) {
			several.For = command
		}
	}
	a.walked(f)
	if len(f.Photos) == 0 {
		return nil, errReported
	}
	return f.Photos, nil
}

// walked reports what a walk passed over, and what it had to leave out: the rest goes on, and the exit code is 2.
func (a *app) walked(f folder.List) {
	for _, p := range f.Passed {
		a.remark("%s: passed over: %s", plain.Quoted(p.Path), p.Why)
	}
	for _, err := range f.Bad {
		a.enrolProblem(err)
	}
	a.badArgs += len(f.Bad)
}

// eachPhoto hands every photo, analysed, to do, in their order and with a bar; photos that cannot be read are reported.
// It returns what the command ends with: found is how much of what is looked for a photo has.
func (a *app) eachPhoto(ctx context.Context, r *recognize.Recognizer, label string, paths []string,
	do func(embed.Photo) (found int, err error)) error {
	p, err := r.Pipeline(ctx)
	if err != nil {
		return err
	}
	b := a.progress(label, len(paths))
	defer b.finish()
	seen, failed := 0, 0
	for photo := range p.Run(ctx, pathlist.Inputs(a.photo, paths)) {
		b.set(int64(photo.Index + 1))
		if ctx.Err() != nil {
			break
		}
		if photo.Err != nil {
			a.badPhoto(photo.Path, photo.Err)
			failed++
			continue
		}
		n, err := do(photo)
		if err != nil {
			return err
		}
		seen += n
	}
	return cmp.Or(ctx.Err(), ended(seen, failed))
}

// ended is the end of a command that looks for something in photos.
func ended(found, failed int) error {
	switch {
	case failed > 0:
		return errReported
	case found == 0:
		return errNoMatch
	}
	return nil
}

// badPhoto reports a photo among several; err is its error.
func (a *app) badPhoto(path string, err error) {
	a.problem(path, &recognize.PhotoError{Path: path, Err: err})
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

func isDir(path string) bool { info, err := os.Stat(path); return err == nil && info.IsDir() }
