package recognize

import (
	"context"
	"fmt"
	"slices"

	"faceid/embed"
	"faceid/eval"
	"faceid/gallery"
	"faceid/recognize/rejection"
)

// Somebody is Person, but never an example of whom somebody is not: that is nobody to be named, extended or merged.
func Somebody(ctx context.Context, e gallery.Engine, who string) (gallery.Person, error) {
	p, err := Person(ctx, e, who)
	if err == nil && rejection.Is(p) {
		err = fmt.Errorf("%s (#%d) %w", p.Name, p.ID, ErrExample)
	}
	return p, err
}

// Rejected is what Reject did.
type Rejected struct {
	Photo  string      `json:"photo"`
	Face   *embed.Face `json:"-"`
	Not    string      `json:"not,omitempty"` // the name that such faces are not given; "": any
	Score  float64     `json:"score"`         // of the face and the person, before; 0 without a person
	Entry  int64       `json:"entry"`         // the person id under which the example stands; removing it takes it back
	Before bool        `json:"before"`        // it was there already
}

// Reject keeps a face of the photo as an example of whom the person is not: of several faces the one that is most like
// them. Without a person ("") it is an example of somebody to be ignored, and the photo's main face counts. The person
// goes on being found by their own photos. It returns gallery.ErrNoPerson, a *SeveralPeopleError, ErrNoFace, a
// *SeveralError or a *PhotoError.
func (r *Recognizer) Reject(ctx context.Context, photo embed.Input, who string) (Rejected, error) {
	e, _, p, err := r.enrolled(ctx)
	if err != nil {
		return Rejected{}, err
	}
	not := rejection.Example{Ignore: true}
	var own [][]float32
	if who != "" {
		person, err := Person(ctx, e, who)
		if err != nil {
			return Rejected{}, err
		}
		not = rejection.Example{Not: person.Name}
		for t, err := range e.Templates(ctx, person.ID) {
			if err != nil {
				return Rejected{}, err
			}
			own = append(own, t.Embedding)
		}
	}
	for shot := range p.Run(ctx, slices.Values([]embed.Input{photo})) {
		out := Rejected{Photo: shot.Path, Not: not.Not}
		f, err := OneFace(shot, SeveralMain)
		if who != "" && len(shot.Faces) > 0 {
			f, out.Score = nearestFace(shot.Faces, own)
			err = nil
		}
		if err != nil {
			return Rejected{}, &PhotoError{shot.Path, err}
		}
		out.Face = &f
		out.Entry, out.Before, err = addRejection(ctx, e, not, TemplateOf(shot, f))
		if err != nil {
			return Rejected{}, err
		}
		return out, r.Recalibrate(ctx)
	}
	return Rejected{}, ctx.Err()
}

// nearestFace is the face most like one of the templates.
func nearestFace(faces []embed.Face, own [][]float32) (best embed.Face, score float64) {
	score = -2
	for _, f := range faces {
		for _, t := range own {
			if s := eval.Cosine(f.Embedding, t); s > score {
				best, score = f, s
			}
		}
	}
	if score == -2 { // nobody's templates
		return faces[0], 0
	}
	return best, score
}

// addRejection adds an entry for the template, unless it is there: one for each, so that faces of several people never
// count as one person's mean.
func addRejection(ctx context.Context, e gallery.Engine, x rejection.Example,
	t gallery.Template) (id int64, before bool, err error) {
	found, err := e.Find(ctx, x.Name())
	if err != nil {
		return 0, false, err
	}
	for _, p := range found {
		if is, ok := rejection.Of(p); !ok || is != x {
			continue
		}
		for was, err := range e.Sources(ctx, p.ID) {
			if err != nil {
				return 0, false, err
			}
			if was.Source.SHA256 == t.Source.SHA256 && was.Source.Box == t.Source.Box {
				return p.ID, true, nil
			}
		}
	}
	p, err := x.Entry(0)
	if err != nil {
		return 0, false, err
	}
	one := gallery.Enrolment{Name: p.Name, Metadata: p.Metadata, Templates: []gallery.Template{t}}
	d, err := e.Enrol(ctx, []gallery.Enrolment{one}, &gallery.EnrolOptions{NewPeople: true})
	if err != nil {
		return 0, false, fmt.Errorf("rejecting: %w", err)
	}
	return d[0].PersonID, false, nil
}

// setAside takes the rejections out of a.Nearest, and the people whom one of them, standing nearer, rules out for this
// face; whoever is to be ignored rules out everybody behind. Those ruled out are
// shown all the same: they stay in a.Nearest, and their names are in a.Not.
func (a *Answer) setAside(ctx context.Context, e gallery.Engine, k int) error {
	var shown []gallery.Match
	var nearer []string
	all := false
	for _, m := range a.Nearest {
		if rejection.May(m.Name) {
			p, err := e.Person(ctx, m.PersonID)
			if err != nil {
				return err
			}
			if r, ok := rejection.Of(p); ok {
				if all = all || r.Ignore; !r.Ignore {
					nearer = append(nearer, r.Not)
				}
				continue
			}
		}
		if all || slices.Contains(nearer, m.Name) {
			a.Not = append(a.Not, m.Name)
		}
		shown = append(shown, m)
	}
	a.Nearest = shown[:min(k, len(shown))]
	return nil
}

// besides are how many rejections may stand nearer than the people asked for.
const besides = 8
