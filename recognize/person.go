package recognize

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"faceid/gallery"
)

// NumberOf reads a person by number, "#3".
func NumberOf(who string) (id int64, ok bool) {
	rest, ok := strings.CutPrefix(who, "#")
	if !ok {
		return 0, false
	}
	id, err := strconv.ParseInt(rest, 10, 64)
	return id, err == nil
}

// Person returns the person that who names: "#3" whoever has that number, else the one person with exactly this name.
// It returns gallery.ErrNoPerson or a *SeveralPeopleError.
func Person(ctx context.Context, e gallery.Engine, who string) (gallery.Person, error) {
	if id, ok := NumberOf(who); ok {
		p, err := e.Person(ctx, id)
		if errors.Is(err, gallery.ErrNoPerson) {
			err = fmt.Errorf("%w: %s", gallery.ErrNoPerson, who)
		}
		return p, err
	}
	found, err := e.Find(ctx, who)
	if clean, bad := gallery.CleanName(who); len(found) == 0 && bad == nil && clean != who && err == nil {
		found, err = e.Find(ctx, clean)
	}
	if err != nil {
		return gallery.Person{}, err
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return gallery.Person{}, fmt.Errorf("%w: %q", gallery.ErrNoPerson, who)
	}
	return gallery.Person{}, &SeveralPeopleError{who, found}
}

// Persons is Person for several; whoever is meant twice, by name and by number, comes once.
func Persons(ctx context.Context, e gallery.Engine, who ...string) ([]gallery.Person, error) {
	var people []gallery.Person
	for _, w := range who {
		p, err := Person(ctx, e, w)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(people, func(o gallery.Person) bool { return o.ID == p.ID }) {
			people = append(people, p)
		}
	}
	return people, nil
}
