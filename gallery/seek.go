package gallery

import (
	"context"
	"fmt"
	"iter"
)

// Seeker is an Engine that finds rows without reading those before them. Callers use FindTemplate,
// PeopleAfter and Counts, which do without it.
type Seeker interface {
	// Template returns the template with this id, vectors and all, or ErrNoTemplate.
	Template(ctx context.Context, id int64) (Template, error)

	// PeopleAfter is People from the first id above this one on.
	PeopleAfter(ctx context.Context, id int64) iter.Seq2[Person, error]

	// PeopleNamed yields the people whose names begin with prefix, which is not "", by name and id.
	PeopleNamed(ctx context.Context, prefix string) iter.Seq2[Person, error]

	// Counts yields the ids of the people who have a template, ascending, and how many each has.
	Counts(ctx context.Context) iter.Seq2[Count, error]

	// CountTemplates returns how many of these people (nil: of everybody) have a template, and how many they have. An
	// id counts once; unknown ones are ignored. Of everybody it costs next to nothing while nobody comes or goes.
	CountTemplates(ctx context.Context, personIDs []int64) (people, templates int, err error)
}

// Count is how many templates a person has.
type Count struct {
	PersonID  int64
	Templates int
}

// FindTemplate returns the template with this id, vectors and all, whoever has it, or ErrNoTemplate. In an engine that
// is not a Seeker it reads the sources of all that come before.
func FindTemplate(ctx context.Context, e Engine, id int64) (Template, error) {
	if s, ok := e.(Seeker); ok {
		return s.Template(ctx, id)
	}
	person := int64(0)
	for t, err := range e.Sources(ctx, 0) {
		if err != nil {
			return Template{}, err
		}
		if t.ID == id {
			person = t.PersonID
			break
		}
	}
	if person != 0 {
		for t, err := range e.Templates(ctx, person) {
			if err != nil || t.ID == id {
				return t, err
			}
		}
	}
	return Template{}, fmt.Errorf("%w: id %d", ErrNoTemplate, id)
}

// PeopleAfter yields the people with an id above this one, ascending.
func PeopleAfter(ctx context.Context, e Engine, id int64) iter.Seq2[Person, error] {
	if s, ok := e.(Seeker); ok {
		return s.PeopleAfter(ctx, id)
	}
	return func(yield func(Person, error) bool) {
		for p, err := range e.People(ctx) {
			if (err != nil || p.ID > id) && !yield(p, err) {
				return
			}
		}
	}
}

// Counts yields the ids of the people who have a template, ascending, and how many each has.
func Counts(ctx context.Context, e Engine) iter.Seq2[Count, error] {
	if s, ok := e.(Seeker); ok {
		return s.Counts(ctx)
	}
	return func(yield func(Count, error) bool) {
		var c Count
		for t, err := range e.Sources(ctx, 0) {
			switch {
			case err != nil:
				yield(Count{}, err)
				return
			case t.PersonID == c.PersonID:
				c.Templates++
				continue
			case c.PersonID != 0 && !yield(c, nil):
				return
			}
			c = Count{t.PersonID, 1}
		}
		if c.PersonID != 0 {
			yield(c, nil)
		}
	}
}
