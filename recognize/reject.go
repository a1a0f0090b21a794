package recognize

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"faceid/embed"
	"faceid/eval"
	"faceid/gallery"
)

// A rejection is an entry of the gallery that stands for nobody: its templates say whom a face is not. A probe nearer
// to one than to the person's own templates is not given that name. It is a person to every engine, known by its name
// and by its metadata, so that exports, copies and searches need not know of it.
type rejection struct {
	Not    string `json:"faceid:not,omitempty"`    // the name that faces like these are not given
	Ignore bool   `json:"faceid:ignore,omitempty"` // no name at all
}

const ignored = "ignored"

func (r rejection) name() string {
	if r.Ignore {
		return ignored
	}
	return "not " + r.Not
}

// IsRejection tells whether an entry of a gallery is not a person but an example of whom somebody is not.
func IsRejection(p gallery.Person) bool {
	_, ok := rejectionOf(p)
	return ok
}

// rejectionOf tells whether p is a rejection, and of whom.
func rejectionOf(p gallery.Person) (r rejection, ok bool) {
	if !mayReject(p.Name) || json.Unmarshal(p.Metadata, &r) != nil {
		return rejection{}, false
	}
	return r, (r.Ignore || r.Not != "") && r.name() == p.Name
}

// Somebody is Person, but never an example of whom somebody is not: that is nobody to be named, extended or merged.
func Somebody(ctx context.Context, e gallery.Engine, who string) (gallery.Person, error) {
	p, err := Person(ctx, e, who)
	if err == nil && IsRejection(p) {
		err = fmt.Errorf("%s (#%d) %w", p.Name, p.ID, ErrExample)
	}
	return p, err
}

// entry is the person as which a rejection stands in a gallery.
func (r rejection) entry(id int64) (gallery.Person, error) {
	m, err := json.Marshal(r)
	return gallery.Person{ID: id, Name: r.name(), Metadata: m}, err
}

// rejectionsOf are the entries that say whom those called name are not, if nobody but the people with these ids is
// called so.
func rejectionsOf(ctx context.Context, e gallery.Engine, name string, ids ...int64) ([]gallery.Person, error) {
	same, err := e.Find(ctx, name)
	if err != nil {
		return nil, err
	}
	for _, p := range same {
		if !slices.Contains(ids, p.ID) {
			return nil, nil
		}
	}
	found, err := e.Find(ctx, rejection{Not: name}.name())
	return slices.DeleteFunc(found, func(p gallery.Person) bool {
		r, ok := rejectionOf(p)
		return !ok || r.Not != name
	}), err
}

// mayReject saves looking at the metadata of nearly everybody.
func mayReject(name string) bool { return name == ignored || strings.HasPrefix(name, "not ") }

// Rejections are the ids of the entries of a gallery that stand for nobody; see Reject.
func Rejections(ctx context.Context, e gallery.Engine) (map[int64]bool, error) {
	ids := map[int64]bool{}
	for p, err := range e.People(ctx) {
		if err != nil {
			return nil, err
		}
		if _, ok := rejectionOf(p); ok {
			ids[p.ID] = true
		}
	}
	return ids, nil
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
	not := rejection{Ignore: true}
	var own [][]float32
	if who != "" {
		person, err := Person(ctx, e, who)
		if err != nil {
			return Rejected{}, err
		}
		not = rejection{Not: person.Name}
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
func addRejection(ctx context.Context, e gallery.Engine, r rejection,
	t gallery.Template) (id int64, before bool, err error) {
	found, err := e.Find(ctx, r.name())
	if err != nil {
		return 0, false, err
	}
	for _, p := range found {
		if is, ok := rejectionOf(p); !ok || is != r {
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
	p, err := r.entry(0)
	if err != nil {
		return 0, false, err
	}
	x := gallery.Enrolment{Name: p.Name, Metadata: p.Metadata, Templates: []gallery.Template{t}}
	d, err := e.Enrol(ctx, []gallery.Enrolment{x}, &gallery.EnrolOptions{NewPeople: true})
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
		if mayReject(m.Name) {
			p, err := e.Person(ctx, m.PersonID)
			if err != nil {
				return err
			}
			if r, ok := rejectionOf(p); ok {
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

// RejectionsFollow has the examples of whom a person is not, which are known by the name, go with a new one; unless
// somebody still has the old.
func RejectionsFollow(ctx context.Context, e gallery.Engine, was, is string) error {
	of, err := rejectionsOf(ctx, e, was)
	if err != nil {
		return err
	}
	for _, x := range of {
		if x, err = (rejection{Not: is}).entry(x.ID); err == nil {
			err = e.Update(ctx, x)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
