package main

import (
	"context"
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
  faceid enroll people/                  # people/Ada/1.jpg, people/Grace/1.jpg, …
  faceid enroll --all-faces party.jpg    # everybody in it, to be named later`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return enrollRun(cmd.Context(), a, o, args) },
	}
	f := cmd.Flags()
	f.StringVar(&o.name, "name", "", "the person's `NAME`; all arguments are photos then")
	f.BoolVar(&o.largest, "largest", false, "where a photo has several faces, take the largest")
	f.BoolVar(&o.allFaces, "all-faces", false, "enrol every face as a person of its own, named after photo and place")
	f.BoolVar(&o.unique, "unique", false, "refuse a name that somebody has already, instead of adding to that person")
	o.view.flags(f)
	cmd.MarkFlagsMutuallyExclusive("largest", "all-faces")
	cmd.MarkFlagsMutuallyExclusive("name", "all-faces")
	return cmd
}

// enrolJob is one photo and whose it is; an empty person means every face is one.
type enrolJob struct{ person, path string }

func enrollRun(ctx context.Context, a *app, o enrollOptions, args []string) error {
	jobs, err := a.enrolJobs(o, args)
	if err != nil {
		return err
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
	w := enroller{a: a, e: e, o: o, total: len(jobs)}
	w.bar = a.progress("enrolling", int64(len(jobs)))
	defer w.bar.finish()

	known := knownPhotos{e: e}
	var sent []enrolJob // jobs that went into the pipeline, by Photo.Index; read after the pipeline handed the photo on
	input := func(yield func(embed.Input) bool) {
		for _, j := range jobs {
			if j.person != "" && !o.unique && known.has(ctx, j) {
				w.known.Add(1)
				continue
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
		j := sent[photo.Index]
		w.mu.Unlock()
		if err := w.take(ctx, j, photo); err != nil {
			return err
		}
		w.bar.set(int64(photo.Index+1) + w.known.Load())
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
	if o.name == "" && folder {
		return peopleJobs(args[0])
	}
	name := o.name
	if name == "" {
		if len(args) == 1 || exists(args[0]) {
			return nil, withHint(fmt.Errorf("who is in %s?", args[0]), fmt.Sprintf("faceid enroll \"Some Name\" %s", strings.Join(args, " ")))
		}
		name, args = args[0], args[1:]
	}
	paths, err := a.photoPaths(args)
	return jobsOf(name, paths), err
}

func jobsOf(person string, paths []string) []enrolJob {
	jobs := make([]enrolJob, len(paths))
	for i, path := range paths {
		jobs[i] = enrolJob{person, path}
	}
	return jobs
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

// knownPhotos recognises photos that were enrolled for the same person before, so that an interrupted enrolment need not look at them again.
type knownPhotos struct {
	e      gallery.Engine
	person string
	sums   map[string]bool
}

func (k *knownPhotos) has(ctx context.Context, j enrolJob) bool {
	if k.sums == nil || k.person != j.person {
		k.person, k.sums = j.person, map[string]bool{}
		found, err := k.e.Find(ctx, j.person)
		if err != nil || len(found) == 0 {
			return false
		}
		for t, err := range k.e.Templates(ctx, found[0].ID) {
			if err != nil {
				return false
			}
			k.sums[t.Source.SHA256] = true
		}
	}
	if len(k.sums) == 0 {
		return false
	}
	sum, err := fileSHA256(j.path)
	return err == nil && k.sums[sum]
}
