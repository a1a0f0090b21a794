package rejection

import (
	"context"

	"faceid/gallery"
	"faceid/internal/words"
)

// Tally is who a gallery holds.
type Tally struct {
	People    int // without the examples
	Empty     int // of these without a template: nobody can be recognised as them
	Templates int // that people have
	Examples  int // of whom somebody is not, or of faces to be ignored
}

// Known is how many people can be recognised.
func (t Tally) Known() int { return t.People - t.Empty }

// String says it in a line: "9 people, 12 templates, 1 example of whom a face is not".
func (t Tally) String() string {
	s := words.Plural(t.Known(), "person", "people") + ", " + words.Plural(t.Templates, "template", "templates")
	if t.Empty > 0 {
		s += ", " + words.Plural(t.Empty, "person", "people") + " without a photo"
	}
	if t.Examples > 0 {
		s += ", " + words.Plural(t.Examples, "example", "examples") + " of whom a face is not"
	}
	return s
}

// Count counts who a gallery holds. It costs little where the engine is a gallery.Seeker, so that every search can ask;
// of another engine it returns what Info says: to tell people from examples takes reading all of them.
func Count(ctx context.Context, e gallery.Engine) (gallery.Info, Tally, error) {
	i, err := e.Info(ctx)
	t := Tally{People: i.People, Templates: i.Templates}
	s, ok := e.(gallery.Seeker)
	if err != nil || !ok {
		return i, t, err
	}
	with, templates, err := s.CountTemplates(ctx, nil)
	if err != nil {
		return i, t, err
	}
	ids, err := All(ctx, e)
	if err != nil {
		return i, t, err
	}
	x, theirs := 0, 0
	if len(ids) > 0 {
		if x, theirs, err = s.CountTemplates(ctx, ids); err != nil {
			return i, t, err
		}
	}
	// what others change meanwhile may be in one of the counts and not in the other
	t = Tally{People: max(0, i.People-len(ids)), Templates: max(0, templates-theirs), Examples: len(ids)}
	t.Empty = max(0, t.People-max(0, with-x))
	return i, t, nil
}

// Info is e's Info of those who can be recognised: without people who have no template, and without examples.
func Info(ctx context.Context, e gallery.Engine) (gallery.Info, error) {
	i, t, err := Count(ctx, e)
	i.People, i.Templates = t.Known(), t.Templates
	return i, err
}
