package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"faceid/embed"
	"faceid/gallery"
)

// enrolEvery bounds what one transaction holds: a person with more photos is stored in parts.
const enrolEvery = 256

// enroller collects the faces of one person after the other, stores them and reports each person once stored.
type enroller struct {
	a     *app
	e     gallery.Engine
	o     enrollOptions
	bar   *bar
	total int

	mu    sync.Mutex   // Protects the list of jobs sent, shared with the pipeline's reader.
	known atomic.Int64 // photos passed over because they were enrolled before

	pending                 gallery.Enrolment
	people, photos, dup, no int
}

type enrolLine struct {
	PersonID   int64  `json:"person_id"`
	Name       string `json:"name"`
	Created    bool   `json:"created"`
	Added      int    `json:"added"`
	Duplicates int    `json:"duplicates"`
}

// take handles one photo of job j.
func (w *enroller) take(ctx context.Context, j enrolJob, photo embed.Photo) error {
	if j.person != w.pending.Name || len(w.pending.Templates) >= enrolEvery {
		if err := w.flush(ctx); err != nil {
			return err
		}
	}
	if j.person == "" {
		return w.takeAll(ctx, photo)
	}
	w.pending.Name = j.person
	f, err := oneFace(photo, w.o.largest)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		w.reject(j.path, err)
		return nil
	}
	if f.Quality.Size < 40 {
		w.bar.clear()
		w.a.remark("%s: the face is only %.0f pixels wide; a larger one is recognised better", j.path, f.Quality.Size)
	}
	w.pending.Templates = append(w.pending.Templates, template(photo, f))
	return nil
}

// takeAll makes every face of the photo a person of its own.
func (w *enroller) takeAll(ctx context.Context, photo embed.Photo) error {
	if photo.Err != nil || len(photo.Faces) == 0 {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		_, err := oneFace(photo, true)
		w.reject(photo.Path, err)
		return nil
	}
	base := strings.TrimSuffix(filepath.Base(photo.Path), filepath.Ext(photo.Path))
	batch := make([]gallery.Enrolment, len(photo.Faces))
	for i, f := range photo.Faces {
		batch[i] = gallery.Enrolment{Name: fmt.Sprintf("%s face %d", base, i+1), Templates: []gallery.Template{template(photo, f)}}
	}
	return w.store(ctx, batch)
}

func (w *enroller) reject(path string, err error) {
	w.no++
	w.bar.clear()
	w.a.problem(path, err)
}

func (w *enroller) flush(ctx context.Context) error {
	if len(w.pending.Templates) == 0 {
		return nil
	}
	batch := []gallery.Enrolment{w.pending}
	w.pending = gallery.Enrolment{}
	return w.store(ctx, batch)
}

// store makes the batch durable, then acknowledges it: a line printed is a person that survives a killed process.
func (w *enroller) store(ctx context.Context, batch []gallery.Enrolment) error {
	done, err := w.e.Enrol(ctx, batch, &gallery.EnrolOptions{UniqueName: w.o.unique})
	if err != nil {
		return fmt.Errorf("enrolling %s: %w", batch[0].Name, err)
	}
	w.bar.clear()
	for i, d := range done {
		w.people++
		w.photos += d.Added
		w.dup += d.Duplicates
		if w.a.json {
			if err := w.a.printJSON(enrolLine{d.PersonID, batch[i].Name, d.Created, d.Added, d.Duplicates}); err != nil {
				return err
			}
			continue
		}
		note := ""
		if d.Duplicates > 0 {
			note = fmt.Sprintf(", %d enrolled before", d.Duplicates)
		}
		w.a.printf("enrolled #%d %s  (%s%s)\n", d.PersonID, batch[i].Name, plural(d.Added, "new template", "new templates"), note)
	}
	return nil
}

func (w *enroller) finish(ctx context.Context) error {
	if err := w.flush(ctx); err != nil {
		return err
	}
	w.bar.finish()
	dup := w.dup + int(w.known.Load())
	if w.total > 1 || dup > 0 {
		w.a.remark("%s, %s; %d photos enrolled before, %d could not be used", plural(w.people, "person", "people"), plural(w.photos, "new template", "new templates"), dup, w.no)
	}
	if w.no > 0 {
		return errReported
	}
	return nil
}
