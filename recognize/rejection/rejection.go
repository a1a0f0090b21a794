// Package rejection knows the entries of a gallery that stand for nobody: examples of whom a face is not, and of faces
// to be ignored. To every engine such an entry is a person, known by its name and by its metadata, so that exports,
// copies and searches need not know of it; here is who tells them from people, and counts people without them.
package rejection

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"strings"

	"faceid/gallery"
)

// Example says what its templates stand for: a probe nearer to one than to the person's own templates is not given that
// name.
type Example struct {
	Not    string `json:"faceid:not,omitempty"`    // the name that faces like these are not given
	Ignore bool   `json:"faceid:ignore,omitempty"` // no name at all
}

const (
	ignored = "ignored"
	not     = "not "
)

// Name is that of the example's entry.
func (x Example) Name() string {
	if x.Ignore {
		return ignored
	}
	return not + x.Not
}

// Entry is the person as which the example stands in a gallery.
func (x Example) Entry(id int64) (gallery.Person, error) {
	m, err := json.Marshal(x)
	return gallery.Person{ID: id, Name: x.Name(), Metadata: m}, err
}

// May saves looking at the metadata of nearly everybody: only entries of such names can be examples.
func May(name string) bool { return name == ignored || strings.HasPrefix(name, not) }

// Of tells whether p is an example, and of what.
func Of(p gallery.Person) (x Example, ok bool) {
	if !May(p.Name) || json.Unmarshal(p.Metadata, &x) != nil {
		return Example{}, false
	}
	return x, (x.Ignore || x.Not != "") && x.Name() == p.Name
}

// Is tells whether an entry of a gallery is not a person but an example of whom somebody is not.
func Is(p gallery.Person) bool {
	_, ok := Of(p)
	return ok
}

// All are the ids of the examples, ascending.
func All(ctx context.Context, e gallery.Engine) ([]int64, error) {
	people := []iter.Seq2[gallery.Person, error]{e.People(ctx)}
	if s, ok := e.(gallery.Seeker); ok {
		people = []iter.Seq2[gallery.Person, error]{s.PeopleNamed(ctx, ignored), s.PeopleNamed(ctx, not)}
	}
	ids := []int64{}
	for _, list := range people {
		for p, err := range list {
			if err != nil {
				return nil, err
			}
			if Is(p) {
				ids = append(ids, p.ID)
			}
		}
	}
	slices.Sort(ids)
	return ids, nil
}

// Aside are the same ids, to look them up.
func Aside(ctx context.Context, e gallery.Engine) (map[int64]bool, error) {
	all, err := All(ctx, e)
	if err != nil {
		return nil, err
	}
	ids := make(map[int64]bool, len(all))
	for _, id := range all {
		ids[id] = true
	}
	return ids, nil
}

// Against are the entries that say whom those called name are not, if nobody but the people with these ids is called
// so.
func Against(ctx context.Context, e gallery.Engine, name string, ids ...int64) ([]gallery.Person, error) {
	same, err := e.Find(ctx, name)
	if err != nil {
		return nil, err
	}
	for _, p := range same {
		if !slices.Contains(ids, p.ID) {
			return nil, nil
		}
	}
	found, err := e.Find(ctx, Example{Not: name}.Name())
	return slices.DeleteFunc(found, func(p gallery.Person) bool {
		x, ok := Of(p)
		return !ok || x.Not != name
	}), err
}

// Follow has the examples of whom a person is not, which are known by the name, go with a new one; unless somebody
// still has the old.
func Follow(ctx context.Context, e gallery.Engine, was, is string) error {
	of, err := Against(ctx, e, was)
	if err != nil {
		return err
	}
	for _, p := range of {
		if p, err = (Example{Not: is}).Entry(p.ID); err == nil {
			err = e.Update(ctx, p)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
