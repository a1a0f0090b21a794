package recognize

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"faceid/embed"
	"faceid/gallery"
	"faceid/recognize/census"
)

// EnrollOptions tune EnrollAll; nil means the zero value.
type EnrollOptions struct {
	Several    Several
	Unique     bool // refuse a name that somebody has already, instead of adding to that person
	AllFaces   bool // every face is a person of its own, named after photo and place; labels mean nothing
	AnyQuality bool // take faces that are too poor to tell, too: one blurred template collects every blurred stranger
}

// EnrollStep is what became of a photo, or of a person whose photos are through.
type EnrollStep struct {
	Done   int                // photos that are through so far
	Path   string             // of the photo just looked at
	Face   *embed.Face        // taken from it and to be stored; nil: none was, or with AllFaces
	Of     int                // faces in the photo
	Left   []Left             // with AllFaces: faces that are too poor to tell
	Stored []Stored           // people just made durable: they survive a killed process
	Alike  []census.Lookalike // in the last step: those who look like somebody else; not with AllFaces
	Names  []gallery.NamePair // in the last step: new people whose names look like somebody's; not with AllFaces
}

// Left is a face that was left out.
type Left struct {
	Number int // from 1, the largest first
	Err    error
}

// Stored is a person whom an enrolment made or extended.
type Stored struct {
	PersonID   int64
	Name       string
	Created    bool // the person is new
	Added      int  // templates added
	Duplicates int  // photos, or faces with AllFaces, that were enrolled before
}

// PersonError is why nothing more of a person was stored.
type PersonError struct {
	Name   string
	Photos int  // left out for it
	Told   bool // the same was said of the person before, for other photos
	Err    error
}

func (e *PersonError) Error() string { return fmt.Sprintf("%s: %v", e.Name, e.Err) }
func (e *PersonError) Unwrap() error { return e.Err }

// EnrollSum adds up the steps of an enrolment.
type EnrollSum struct {
	People     int `json:"people"` // with a template added
	Templates  int `json:"templates"`
	Duplicates int `json:"duplicates"`
	Rejected   int `json:"rejected"` // photos that could not be used

	seen map[int64]bool
}

// Add counts a step and the error beside it.
func (s *EnrollSum) Add(step EnrollStep, err error) {
	var p *PersonError
	switch {
	case errors.As(err, &p):
		s.Rejected += p.Photos
	case err != nil:
		s.Rejected++
	}
	if s.seen == nil {
		s.seen = map[int64]bool{}
	}
	for _, d := range step.Stored {
		if d.Added > 0 && !s.seen[d.PersonID] {
			s.seen[d.PersonID] = true
			s.People++
		}
		s.Templates += d.Added
		s.Duplicates += d.Duplicates
	}
}

// Enroll adds one person's photos to the gallery, which is created if there is none: to the one who has that name, or
// to whom "#3" means, else to somebody new. Photos enrolled before are passed over. When it returns, what it counts as
// stored survives a killed process. Photos that cannot be used are errors, joined; the others are stored nevertheless.
func (r *Recognizer) Enroll(ctx context.Context, person string, paths ...string) (EnrollSum, error) {
	var sum EnrollSum
	var bad []error
	for step, err := range r.EnrollAll(ctx, slices.Values(Labelled(person, paths...)), nil) {
		sum.Add(step, err)
		if err != nil {
			bad = append(bad, err)
		}
	}
	return sum, errors.Join(bad...)
}

// EnrollAll adds labelled photos to the gallery, which is created if there is none; photos of one person should stand
// together. The sequence has a step per photo, and one when a person's are stored, which is when the label changes. A
// *PhotoError or a *PersonError beside a step does not end the sequence; any other error does, ctx's included.
func (r *Recognizer) EnrollAll(ctx context.Context, in iter.Seq[embed.Input],
	o *EnrollOptions) iter.Seq2[EnrollStep, error] {
	if o == nil {
		o = &EnrollOptions{}
	}
	return func(yield func(EnrollStep, error) bool) {
		p, err := r.Pipeline(ctx)
		if err != nil {
			yield(EnrollStep{}, err)
			return
		}
		e, err := r.GalleryFor(ctx, p.Model())
		if err != nil {
			yield(EnrollStep{}, err)
			return
		}
		w := enroller{e: e, o: *o, yield: yield, made: map[int64]bool{}}
		if o.AllFaces {
			if w.faces, err = readKnownFaces(ctx, e); err != nil {
				yield(EnrollStep{}, err)
				return
			}
		} else {
			in = w.known(ctx, in)
		}
		for photo := range p.Run(ctx, in) {
			if !w.take(ctx, photo) {
				return
			}
		}
		if !w.flush(ctx) {
			return
		}
		err = ctx.Err()
		if err == nil && w.stored {
			err = r.Recalibrate(ctx)
		}
		var alike []census.Lookalike
		if err == nil && len(w.fresh) > 0 {
			alike, err = r.lookalikes(ctx, e, p, w.fresh)
		}
		var names []gallery.NamePair
		if err == nil && len(w.made) > 0 {
			names, err = gallery.AlikeNames(ctx, e, func(p gallery.Person) bool { return w.made[p.ID] })
		}
		if err != nil || len(alike)+len(names) > 0 {
			yield(EnrollStep{Done: w.done, Alike: alike, Names: names}, err)
		}
	}
}

// enrolEvery bounds what one transaction holds: a person with more photos is stored in parts.
const enrolEvery = 256

// enroller collects the faces of one person after the other and stores them. Its methods tell whether to go on.
type enroller struct {
	e     gallery.Engine
	o     EnrollOptions
	yield func(EnrollStep, error) bool
	done  int

	name    string // of the person whose photos come
	id      int64  // once known
	refused error  // why none of the person's photos are taken
	before  int    // of them, enrolled before
	pending []gallery.Template

	stored bool           // somebody
	fresh  []census.Fresh // templates stored, as many as lookalikes looks at
	made   map[int64]bool // people who are new; not with AllFaces
	faces  *knownFaces    // for AllFaces
}

func (w *enroller) step(s EnrollStep, err error) bool {
	s.Done = w.done
	w.stored = w.stored || len(s.Stored) > 0
	return w.yield(s, err)
}

// take handles one photo.
func (w *enroller) take(ctx context.Context, photo embed.Photo) bool {
	if w.done == 0 || photo.Label != w.name || len(w.pending) >= enrolEvery {
		if !w.flush(ctx) {
			return false
		}
		if w.done == 0 || photo.Label != w.name {
			w.name, w.id, w.refused = photo.Label, 0, nil
		}
	}
	if ctx.Err() != nil {
		return w.step(EnrollStep{}, ctx.Err())
	}
	w.done++
	if w.o.AllFaces {
		return w.takeAll(ctx, photo)
	}
	s := EnrollStep{Path: photo.Path, Of: len(photo.Faces)}
	if photo.Known {
		w.before++
		return w.step(s, nil)
	}
	if w.refused != nil {
		return w.step(s, &PersonError{w.name, 1, true, w.refused})
	}
	f, err := OneFace(photo, w.o.Several)
	if err != nil {
		return w.step(s, &PhotoError{photo.Path, err})
	}
	if err := poor(f); err != nil && !w.o.AnyQuality {
		return w.step(s, &PhotoError{photo.Path, err})
	}
	w.pending = append(w.pending, TemplateOf(photo, f))
	s.Face = &f
	return w.step(s, nil)
}

// flush stores what is pending and reports the person once it is durable.
func (w *enroller) flush(ctx context.Context) bool {
	t, before := w.pending, w.before
	w.pending, w.before = nil, 0
	if len(t) == 0 && before == 0 || ctx.Err() != nil {
		return true
	}
	e := gallery.Enrolment{Name: w.name, PersonID: w.id, Templates: t}
	if w.id == 0 {
		if err := w.whom(ctx, &e); err != nil {
			return w.refuse(err, len(t)+before)
		}
	}
	if len(t) == 0 { // whom has found the person: the photos were known
		return w.step(EnrollStep{Stored: []Stored{{PersonID: e.PersonID, Name: e.Name, Duplicates: before}}}, nil)
	}
	d, err := w.e.Enrol(ctx, []gallery.Enrolment{e}, &gallery.EnrolOptions{UniqueName: w.o.Unique})
	if errors.Is(err, gallery.ErrNameTaken) || errors.Is(err, gallery.ErrName) {
		return w.refuse(err, len(t))
	}
	if err != nil {
		w.step(EnrollStep{}, fmt.Errorf("enrolling %s: %w", e.Name, err))
		return false
	}
	w.id = d[0].PersonID // of the parts to come, whatever the name
	if d[0].Created {
		w.made[w.id] = true
	}
	name := e.Name
	for _, x := range t {
		if d[0].Added > 0 && len(w.fresh) < lookalikeTemplates {
			w.fresh = append(w.fresh, census.Fresh{PersonID: w.id, Name: name, Embedding: x.Embedding})
		}
	}
	return w.step(EnrollStep{Stored: []Stored{{d[0].PersonID, name, d[0].Created, d[0].Added,
		d[0].Duplicates + before}}}, nil)
}

// refuse leaves the person's photos out, those that are still to come as well.
func (w *enroller) refuse(err error, photos int) bool {
	w.refused = err
	return w.step(EnrollStep{}, &PersonError{w.name, photos, false, err})
}

// whom makes e one of a person who is there, if "#3" says which or somebody has the name. Two who have it are for the
// user to tell apart.
func (w *enroller) whom(ctx context.Context, e *gallery.Enrolment) error {
	if _, byID := NumberOf(e.Name); !byID {
		found, err := w.e.Find(ctx, e.Name)
		if err != nil {
			return err
		}
		if len(found) == 0 || w.o.Unique {
			return nil
		}
	}
	p, err := Somebody(ctx, w.e, e.Name)
	if err == nil {
		e.PersonID, e.Name = p.ID, p.Name
	}
	return err
}
