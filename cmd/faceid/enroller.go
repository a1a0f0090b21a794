package main

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

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

	mu     sync.Mutex // Protects what is shared with the pipeline's reader: the list of jobs sent, passed and before.
	passed int        // photos passed over because they were enrolled before
	before []enrolLine

	faces                   *knownFaces // for --all-faces
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

// passOver counts a photo that was enrolled for p before.
func (w *enroller) passOver(p gallery.Person) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.passed++
	if n := len(w.before); n > 0 && w.before[n-1].PersonID == p.ID {
		w.before[n-1].Duplicates++
		return
	}
	w.before = append(w.before, enrolLine{PersonID: p.ID, Name: p.Name, Duplicates: 1})
}

// take handles one photo of job j.
func (w *enroller) take(ctx context.Context, j enrolJob, photo embed.Photo) error {
	if w.o.allFaces {
		return w.takeAll(ctx, photo)
	}
	if j.person != w.pending.Name || len(w.pending.Templates) >= enrolEvery {
		if err := w.flush(ctx); err != nil {
			return err
		}
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

// takeAll makes every face of the photo a person of its own, but for those enrolled from it before.
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
	base = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(base, "_"))
	var batch []gallery.Enrolment
	for i, f := range photo.Faces {
		t := template(photo, f)
		if p, ok := w.faces.find(t.Source); ok {
			w.dup++
			if err := w.printBefore(enrolLine{PersonID: p.ID, Name: p.Name, Duplicates: 1}); err != nil {
				return err
			}
			continue
		}
		batch = append(batch, gallery.Enrolment{Name: w.faces.newName(fmt.Sprintf("%s face %d", base, i+1)), Templates: []gallery.Template{t}})
	}
	if len(batch) == 0 {
		return nil
	}
	return w.store(ctx, batch)
}

// printBefore tells a script whose photos were there before; a person reads it in the sum at the end.
func (w *enroller) printBefore(l enrolLine) error {
	if !w.a.json {
		return nil
	}
	w.bar.clear()
	return w.a.printJSON(l)
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
	e := w.pending
	w.pending = gallery.Enrolment{}
	if err := w.whom(ctx, &e); err != nil {
		w.reject(e.Name, err)
		return nil
	}
	return w.store(ctx, []gallery.Enrolment{e})
}

// whom makes e one of a person who is there, if "#3" says which or somebody has the name. Two who have it are for the user to tell apart.
func (w *enroller) whom(ctx context.Context, e *gallery.Enrolment) error {
	found, err := w.e.Find(ctx, e.Name)
	if err != nil {
		return err
	}
	if len(found) < 2 && !idArg.MatchString(e.Name) {
		return nil
	}
	p, err := findPerson(ctx, w.e, e.Name)
	if err == nil {
		e.PersonID, e.Name = p.ID, p.Name
	}
	return err
}

// idArg is a person by number, as everywhere on the command line.
var idArg = regexp.MustCompile(`^#[0-9]+$`)

// store makes the batch durable, then acknowledges it: a line printed is a person that survives a killed process.
func (w *enroller) store(ctx context.Context, batch []gallery.Enrolment) error {
	done, err := w.e.Enrol(ctx, batch, &gallery.EnrolOptions{UniqueName: w.o.unique, NewPeople: w.o.allFaces})
	if err != nil {
		return fmt.Errorf("enrolling %s: %w", batch[0].Name, err)
	}
	w.bar.clear()
	for i, d := range done {
		w.people++
		w.photos += d.Added
		w.dup += d.Duplicates
		if w.o.allFaces {
			w.faces.add(d.PersonID, batch[i].Templates[0].Source)
			w.faces.people[d.PersonID] = gallery.Person{ID: d.PersonID, Name: batch[i].Name}
		}
		d.Duplicates += w.takeBefore(d.PersonID)
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

// takeBefore returns how many photos of the person were passed over and not yet told of.
func (w *enroller) takeBefore(person int64) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.before = slices.DeleteFunc(w.before, func(l enrolLine) bool {
		if l.PersonID == person {
			n += l.Duplicates
		}
		return l.PersonID == person
	})
	return n
}

func (w *enroller) finish(ctx context.Context) error {
	if err := w.flush(ctx); err != nil {
		return err
	}
	w.bar.finish()
	for _, l := range w.before {
		if err := w.printBefore(l); err != nil {
			return err
		}
	}
	dup := plural(w.dup+w.passed, "photo", "photos")
	if w.o.allFaces {
		dup = plural(w.dup, "face", "faces")
	}
	if w.total > 1 || w.dup+w.passed > 0 {
		w.a.remark("%s, %s; %s enrolled before, %d could not be used", plural(w.people, "person", "people"), plural(w.photos, "new template", "new templates"), dup, w.no)
	}
	if w.no > 0 {
		return errReported
	}
	return nil
}
