package curate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"faceid/gallery"
	"faceid/internal/hint"
	"faceid/internal/plain"
	"faceid/recognize"
	"faceid/recognize/advice"
	"faceid/recognize/rejection"
)

// Holding is templates of a person.
type Holding struct {
	Person    gallery.Person `json:"person"`
	Templates []int64        `json:"templates"`
	Others    int            `json:"others"` // templates that the person has beside these
}

// Moved is what Move or Merge changed.
type Moved struct {
	Person gallery.Person `json:"person"` // who has the templates now
	From   []Holding      `json:"from"`   // who had them
	gallery.Moved
}

// holdings are the templates of these ids by person, in the order of people. It returns gallery.ErrNoTemplate where one
// is not there.
func holdings(ctx context.Context, e gallery.Engine, ids []int64) ([]Holding, error) {
	left, all := map[int64]bool{}, map[int64]int{}
	for _, id := range ids {
		left[id] = true
	}
	var held []Holding
	for t, err := range e.Sources(ctx, 0) {
		if err != nil {
			return nil, err
		}
		all[t.PersonID]++
		if !left[t.ID] {
			continue
		}
		delete(left, t.ID)
		i := slices.IndexFunc(held, func(h Holding) bool { return h.Person.ID == t.PersonID })
		if i < 0 {
			p, err := e.Person(ctx, t.PersonID)
			if err != nil {
				return nil, err
			}
			i, held = len(held), append(held, Holding{Person: p})
		}
		held[i].Templates = append(held[i].Templates, t.ID)
	}
	for _, id := range ids {
		if left[id] {
			return nil, fmt.Errorf("%w: %d", gallery.ErrNoTemplate, id)
		}
	}
	for i, h := range held {
		held[i].Others = all[h.Person.ID] - len(h.Templates)
	}
	return held, nil
}

// Holders says who has templates. It returns gallery.ErrNoTemplate where one is not there.
func Holders(ctx context.Context, r *recognize.Recognizer, ids ...int64) ([]Holding, error) {
	e, err := r.Gallery(ctx)
	if err != nil {
		return nil, err
	}
	return holdings(ctx, e, ids)
}

// RemoveTemplates deletes templates with every trace of them, and calibrates anew; see Recognizer.Remove for
// gallery.ErrTraces.
func RemoveTemplates(ctx context.Context, r *recognize.Recognizer, ids ...int64) error {
	e, err := r.Gallery(ctx)
	if err != nil {
		return err
	}
	return r.Settled(ctx, e.RemoveTemplates(ctx, ids...))
}

// Move gives templates to whom who names, and calibrates anew. With create it is somebody new of that name.
func Move(ctx context.Context, r *recognize.Recognizer, who string, create bool, ids ...int64) (m Moved, err error) {
	e, err := r.Gallery(ctx)
	if err != nil {
		return m, err
	}
	if m.From, err = holdings(ctx, e, ids); err != nil {
		return m, err
	}
	if create {
		var made []gallery.Enrolled
		made, err = e.Enrol(ctx, []gallery.Enrolment{{Name: who}}, &gallery.EnrolOptions{UniqueName: true})
		if err == nil {
			m.Person, err = e.Person(ctx, made[0].PersonID)
		}
		if errors.Is(err, gallery.ErrNameTaken) {
			err = hint.With(fmt.Errorf("%w: %s", gallery.ErrNameTaken, who), advice.Paste(fmt.Sprintf(
				"if they are one person: faceid gallery move %s %s; if they are two, choose another name",
				strings.Trim(fmt.Sprint(ids), "[]"), plain.Shell(who)), r.Options().Gallery))
		}
	} else {
		m.Person, err = recognize.Somebody(ctx, e, who)
	}
	if err != nil {
		return m, err
	}
	m.From = slices.DeleteFunc(m.From, func(h Holding) bool { return h.Person.ID == m.Person.ID })
	m.Moved, err = e.Move(ctx, ids, m.Person.ID)
	if err != nil && create && !errors.Is(err, gallery.ErrTraces) {
		err = errors.Join(err, e.Remove(ctx, m.Person.ID))
	}
	return m, r.Settled(ctx, err)
}

// RenameOptions tune Rename; nil means the zero value.
type RenameOptions struct {
	Metadata []byte // a JSON object in place of the person's; empty: they stay
	Namesake bool   // let two people have one name; only their numbers tell them apart
}

// Renamed is what Rename did.
type Renamed struct {
	Was, Is gallery.Person
	Alike   []gallery.NamePair // people whose names look like the new one
}

// Rename gives the person that who names another name. A name that somebody else has is a *recognize.NameHeldError: the
// two may be one, see Merge.
func Rename(ctx context.Context, r *recognize.Recognizer, who, name string, o *RenameOptions) (Renamed, error) {
	was, is, err := rename(ctx, r, who, name, o)
	d := Renamed{Was: was, Is: is}
	if err != nil || was.Name == is.Name {
		return d, err
	}
	e, err := r.Gallery(ctx)
	if err == nil {
		d.Alike, err = gallery.AlikeNames(ctx, e, func(p gallery.Person) bool { return p.ID == is.ID })
	}
	return d, err
}

func rename(ctx context.Context, r *recognize.Recognizer, who, name string,
	o *RenameOptions) (was, is gallery.Person, err error) {
	if o == nil {
		o = &RenameOptions{}
	}
	e, err := r.Gallery(ctx)
	if err != nil {
		return was, is, err
	}
	if was, err = recognize.Somebody(ctx, e, who); err != nil {
		return was, is, err
	}
	is = was
	if is.Name, err = gallery.CleanName(name); err != nil {
		return was, is, err
	}
	held, err := e.Find(ctx, is.Name)
	if err != nil {
		return was, is, err
	}
	for _, other := range held {
		if other.ID != was.ID && is.Name != was.Name && !o.Namesake {
			return was, is, &recognize.NameHeldError{Person: was, Other: other}
		}
	}
	if len(o.Metadata) > 0 {
		is.Metadata = o.Metadata
	}
	if err := e.Update(ctx, is); err != nil || is.Name == was.Name {
		return was, is, err
	}
	return was, is, rejection.Follow(ctx, e, was.Name, is.Name)
}

// Merge makes one person of several: the first, who keeps the name and the number, gets the templates of the others,
// and what metadata they have beyond the first's; it calibrates anew. What stands for nobody (see recognize.Reject) is
// no person.
func Merge(ctx context.Context, r *recognize.Recognizer, into string, from ...string) (m Moved, err error) {
	e, err := r.Gallery(ctx)
	if err != nil {
		return m, err
	}
	people, err := recognize.Persons(ctx, e, append([]string{into}, from...)...)
	if err != nil {
		return m, err
	}
	if len(people) < 2 {
		return m, fmt.Errorf("%s is one person already", people[0].Name)
	}
	var ids []int64
	for i, p := range people {
		if rejection.Is(p) {
			return m, fmt.Errorf("%s (#%d) %w", p.Name, p.ID, recognize.ErrExample)
		}
		if i == 0 {
			continue
		}
		h := Holding{Person: p, Templates: []int64{}}
		for t, err := range e.Sources(ctx, p.ID) {
			if err != nil {
				return m, err
			}
			h.Templates = append(h.Templates, t.ID)
		}
		ids, m.From = append(ids, p.ID), append(m.From, h)
	}
	m.Moved, err = e.Merge(ctx, people[0].ID, ids...)
	if err = r.Settled(ctx, err); err != nil && !errors.Is(err, gallery.ErrTraces) {
		return m, err
	}
	for _, p := range people[1:] {
		err = errors.Join(err, rejection.Follow(ctx, e, p.Name, people[0].Name))
	}
	var gone error
	m.Person, gone = e.Person(ctx, people[0].ID)
	return m, errors.Join(err, gone)
}
