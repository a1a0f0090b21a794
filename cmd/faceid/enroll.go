package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"faceid/embed"
	"faceid/gallery"
)

type enrollOptions struct {
	name     string
	named    bool // --name was given, blank or not
	largest  bool
	allFaces bool
	unique   bool
	view     viewOptions
}

func newEnroll(a *app) *cobra.Command {
	var o enrollOptions
	cmd := &cobra.Command{
		Use:   "enroll NAME PHOTO... | enroll FOLDER",
		Short: "Add people to the gallery",
		Long: `Adds people to the gallery. Give one person's name and photos, or a folder that holds one folder a person,
named as the person. A photo enrolled before is recognised and left alone, so an interrupted
enrolment goes on by the same command. Each person is reported once safely stored.`,
		Example: `  faceid enroll "Ada Lovelace" ada1.jpg ada2.jpg
  faceid enroll "#3" more.jpg            # whoever is number 3 in the gallery
  faceid enroll people/                  # people/Ada/1.jpg, people/Grace/1.jpg, …
  faceid enroll --all-faces party.jpg    # everybody in it, to be named later`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.named = cmd.Flags().Changed("name")
			return enrollRun(cmd.Context(), a, o, args)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.name, "name", "", "the person's `NAME`; all arguments are photos then")
	f.BoolVar(&o.largest, "largest", false, "where a photo has several faces, take the largest")
	f.BoolVar(&o.allFaces, "all-faces", false, "enrol every face as a person of its own, named after photo and place; those enrolled from the photo before are left alone")
	f.BoolVar(&o.unique, "unique", false, "refuse a name that somebody has already, instead of adding to that person")
	o.view.flags(f)
	cmd.MarkFlagsMutuallyExclusive("largest", "all-faces")
	cmd.MarkFlagsMutuallyExclusive("name", "all-faces")
	return cmd
}

// enrolJob is one photo and whose it is; with --all-faces every face is somebody, and person means nothing.
type enrolJob struct{ person, path string }

func enrollRun(ctx context.Context, a *app, o enrollOptions, args []string) error {
	jobs, err := a.enrolJobs(o, args)
	if err != nil {
		return err
	}
	bad := 0
	if !o.allFaces {
		if jobs, bad = a.goodNames(jobs); len(jobs) == 0 && bad > 0 {
			return errReported
		}
	}
	p, err := a.openPipeline(ctx, o.view.forGallery())
	if err != nil {
		return err
	}
	model := p.contract()
	e, err := a.openGallery(ctx, &model)
	if err != nil {
		return err
	}
	w := enroller{a: a, e: e, o: o, total: len(jobs), no: bad}
	if o.allFaces {
		if w.faces, err = readKnownFaces(ctx, e); err != nil {
			return err
		}
	}
	w.bar = a.progress("enrolling", int64(len(jobs)))
	defer w.bar.finish()

	known := knownPhotos{e: e}
	var sent []enrolJob // jobs that went into the pipeline, by Photo.Index; read after the pipeline handed the photo on
	input := func(yield func(embed.Input) bool) {
		for _, j := range jobs {
			if !o.allFaces && !o.unique {
				if p, ok := known.has(ctx, j); ok {
					w.passOver(p)
					continue
				}
			}
			w.mu.Lock()
			sent = append(sent, j)
			w.mu.Unlock()
			if !yield(embed.Input{Path: j.path}) {
				return
			}
		}
	}
	for photo := range p.Run(ctx, input) {
		w.mu.Lock()
		j, passed := sent[photo.Index], w.passed
		w.mu.Unlock()
		if err := w.take(ctx, j, photo); err != nil {
			return err
		}
		w.bar.set(int64(photo.Index + 1 + passed))
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return w.finish(ctx)
}

// enrolJobs says whose every photo is.
func (a *app) enrolJobs(o enrollOptions, args []string) ([]enrolJob, error) {
	folder := len(args) == 1 && isDir(args[0])
	if o.allFaces {
		paths, err := a.photoPaths(args)
		return jobsOf("", paths), err
	}
	if !o.named && folder {
		return peopleJobs(args[0])
	}
	name := strings.TrimSpace(o.name)
	if !o.named {
		// An unset shell variable is no name, and surely not everybody's.
		if name = strings.TrimSpace(args[0]); name == "" {
			return nil, errBlankName
		}
		if len(args) == 1 || exists(args[0]) {
			return nil, withHint(fmt.Errorf("who is in %s?", args[0]), fmt.Sprintf("faceid enroll \"Some Name\" %s", strings.Join(args, " ")))
		}
		args = args[1:]
	}
	if name == "" {
		return nil, errBlankName
	}
	paths, err := a.photoPaths(args)
	return jobsOf(name, paths), err
}

var errBlankName = withHint(errors.New("the person's name is blank"), "is a shell variable unset? faceid enroll \"Some Name\" PHOTO...")

func jobsOf(person string, paths []string) []enrolJob {
	jobs := make([]enrolJob, len(paths))
	for i, path := range paths {
		jobs[i] = enrolJob{person, path}
	}
	return jobs
}

// goodNames trims the people's names and reports those that no gallery takes, such as a folder's that is not UTF-8; it returns the
// jobs of the others, and the number of photos left out.
func (a *app) goodNames(jobs []enrolJob) (good []enrolJob, bad int) {
	for i, j := range jobs {
		name := strings.TrimSpace(j.person)
		if err := gallery.CheckName(name); err == nil {
			good = append(good, enrolJob{name, j.path})
			continue
		} else if i == 0 || jobs[i-1].person != j.person {
			a.problem(j.person, err)
		}
		bad++
	}
	return good, bad
}

// peopleJobs reads a folder with one folder a person; one that holds photos itself is one person, named as the folder.
func peopleJobs(dir string) ([]enrolJob, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var jobs []enrolJob
	loose := 0
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case isDir(path):
			paths, err := walkPhotos(path)
			if err != nil {
				return nil, err
			}
			jobs = append(jobs, jobsOf(e.Name(), paths)...)
		case pictureExt[strings.ToLower(filepath.Ext(path))]:
			loose++
		}
	}
	switch {
	case len(jobs) == 0 && loose == 0:
		return nil, withHint(fmt.Errorf("%s: no photos in this folder", dir), "expected one folder a person with photos in it")
	case len(jobs) == 0:
		abs, err := filepath.Abs(dir)
		if err != nil {
			return nil, err
		}
		paths, err := walkPhotos(dir)
		return jobsOf(filepath.Base(abs), paths), err
	case loose > 0:
		return nil, withHint(fmt.Errorf("%s: holds people's folders and %s besides", dir, plural(loose, "photo", "photos")), "move each photo into its person's folder")
	}
	return jobs, nil
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

func isDir(path string) bool { info, err := os.Stat(path); return err == nil && info.IsDir() }
