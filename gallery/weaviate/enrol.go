package weaviate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"faceid/gallery"
)

// plan is what an Enrol does to one person.
type plan struct {
	person
	before  *person         // as it was; nil: the person is new
	changed bool            // the person's object is to be written
	known   map[string]bool // UUIDs of templates that the person has
	again   []*object       // templates among them that too few replicas may have
}

// Enrol adds people and templates. When it returns nil every object was acknowledged at the consistency level, those
// counted as duplicates too.
//
// Templates are written first and people last: a template whose person does not exist is seen by nobody. When a write
// fails for as long as Config.Retry says, new people and changed metadata are taken back, and the error says if that
// failed too; templates added to people who existed before stay, for another process may have been told meanwhile that
// they are there. If this process dies in the middle, nothing of it was acknowledged, and people of whom all was
// written may stay too, whole. Enrolling the same again then adds only what is missing.
//
// Names and people are kept apart within a process. Two processes that enrol a new name at the same moment make two
// people, unless UniqueName is set: then neither stands, and both get ErrNameTaken.
func (g *Gallery) Enrol(ctx context.Context, e []gallery.Enrolment,
	o *gallery.EnrolOptions) ([]gallery.Enrolled, error) {
	if err := g.ready(ctx); err != nil {
		return nil, err
	}
	if o == nil {
		o = &gallery.EnrolOptions{}
	}
	e, err := gallery.NormaliseEnrolments(e, g.model.Dim)
	if err != nil || len(e) == 0 {
		return nil, err
	}
	g.change.RLock()
	defer g.change.RUnlock()
	var names []string
	var ids []int64
	for _, x := range e {
		switch {
		case x.PersonID != 0:
			ids = append(ids, x.PersonID)
		case o.UniqueName || !o.NewPeople:
			names = append(names, x.Name)
		}
	}
	// Everybody locks names first, then those who have them, then new people, whom others may find before they are
	// whole.
	defer g.working.hold("name", names)()
	named, err := g.byName(ctx, names)
	if err != nil {
		return nil, fmt.Errorf("weaviate: enrol: %w", err)
	}
	for _, ps := range named {
		for _, p := range ps {
			ids = append(ids, p.ID)
		}
	}
	defer g.working.hold("id", idTexts(ids))()
	plans, err := g.plans(ctx, e, ids, named, o)
	if err != nil {
		return nil, err
	}
	defer g.working.hold("id", idTexts(newPeople(plans)))()
	out := make([]gallery.Enrolled, len(e))
	var objects []*object
	var added []string // of new people
	now := time.Now().UTC()
	for i, x := range e {
		p := plans[i]
		out[i] = gallery.Enrolled{PersonID: p.ID, Created: p.before == nil && firstOf(plans, i)}
		if x.Metadata != nil {
			p.Metadata, p.changed = x.Metadata, true
		}
		for j := range x.Templates {
			t := &x.Templates[j]
			t.PersonID = p.ID
			id := templateUUID(p.ID, t)
			if p.known[id] {
				out[i].Duplicates++
				continue
			}
			p.known[id] = true
			t.ID, t.Created = g.ids.next(), now
			obj, err := g.templateObject(t)
			if err != nil {
				return nil, err
			}
			objects = append(objects, obj)
			if p.before == nil {
				added = append(added, id)
			}
			out[i].Added++
		}
	}
	var people []*object
	for i, p := range plans {
		if firstOf(plans, i) {
			objects = append(objects, p.again...)
		}
		if p.changed && firstOf(plans, i) {
			p.rev = max(now.UnixNano(), p.rev+1)
			p.Updated = now
			if p.before == nil {
				p.Created = now
			}
			people = append(people, g.personObject(p.person))
		}
	}
	err = g.put(ctx, objects)
	if err == nil {
		err = g.put(ctx, people)
	}
	if err == nil {
		err = g.stillThere(ctx, plans)
	}
	if err == nil && o.UniqueName {
		err = g.stillUnique(ctx, plans, names)
	}
	if err != nil {
		return nil, fmt.Errorf("weaviate: enrol: %w", errors.Join(err, g.undo(ctx, plans, added)))
	}
	return out, nil
}

// firstOf says whether no plan before i is the same.
func firstOf(plans []*plan, i int) bool { return slices.Index(plans, plans[i]) == i }

// plans returns for each enrolment what is to be done to its person; enrolments of one person share a plan. ids are all
// people concerned, those named before they were locked among them.
func (g *Gallery) plans(ctx context.Context, e []gallery.Enrolment, ids []int64, named map[string][]person,
	o *gallery.EnrolOptions) ([]*plan, error) {
	known, err := g.byID(ctx, ids, true)
	if err != nil {
		return nil, fmt.Errorf("weaviate: enrol: %w", err)
	}
	byID := make(map[int64]*plan)
	existing := func(p person) *plan {
		if byID[p.ID] == nil {
			before := p
			byID[p.ID] = &plan{person: p, before: &before, known: make(map[string]bool)}
		}
		return byID[p.ID]
	}
	byName := make(map[string]*plan) // the one with the lowest id
	plans := make([]*plan, len(e))
	for i, x := range e {
		if x.PersonID != 0 {
			p, ok := known[x.PersonID]
			if !ok {
				return nil, fmt.Errorf("enrolment %d: %w: id %d", i, gallery.ErrNoPerson, x.PersonID)
			}
			plans[i] = existing(p)
			continue
		}
		if byName[x.Name] == nil {
			for _, p := range named[x.Name] {
				if now, ok := known[p.ID]; ok && now.Name == x.Name {
					byName[x.Name] = existing(now)
					break
				}
			}
		}
		have := byName[x.Name]
		switch {
		case have != nil && o.UniqueName:
			return nil, fmt.Errorf("enrolment %d: %w: %q", i, gallery.ErrNameTaken, x.Name)
		case have != nil && !o.NewPeople:
			plans[i] = have
		default:
			p := &plan{changed: true, known: make(map[string]bool)}
			p.ID, p.Name = g.ids.next(), x.Name
			plans[i] = p
			if have == nil {
				byName[x.Name] = p
			}
		}
	}
	// What those who existed before have already.
	eg, ctx := errgroup.WithContext(ctx)
	eg.SetLimit(parallel)
	for i, p := range plans {
		if p.before == nil || !firstOf(plans, i) {
			continue
		}
		if w := wanted(plans, e, p); len(w) > 0 {
			eg.Go(func() error { return g.have(ctx, p, w) })
		}
	}
	if err := eg.Wait(); err != nil {
		return nil, fmt.Errorf("weaviate: enrol: %w", err)
	}
	return plans, nil
}

// wanted returns the UUIDs of the templates that the enrolments have for a person.
func wanted(plans []*plan, e []gallery.Enrolment, p *plan) map[string]bool {
	out := make(map[string]bool)
	for i := range e {
		if plans[i] != p {
			continue
		}
		for j := range e[i].Templates {
			out[templateUUID(p.ID, &e[i].Templates[j])] = true
		}
	}
	return out
}

// have notes which of the wanted templates a person has. To call one a duplicate is to acknowledge it, so one that an
// Enrol without acknowledgement may have left on too few replicas is written again as it is. So may the person's object
// be: where the list did not show it, a read at the consistency level mends it.
func (g *Gallery) have(ctx context.Context, p *plan, wanted map[string]bool) error {
	proven := g.c.proven()
	if !proven {
		if _, err := g.getAt(ctx, g.people, personUUID(p.ID), g.c.Consistency); err != nil {
			return err
		}
	}
	for page, err := range g.under(ctx, p.ID) {
		if err != nil {
			return err
		}
		for _, it := range page {
			id := it.ID
			if !wanted[id] {
				continue
			}
			if !it.everywhere || !proven {
				o, err := g.getAt(ctx, g.templates, id, g.c.Consistency)
				if err != nil {
					return err
				}
				if o == nil { // deleted: a host was behind
					continue
				}
				p.again = append(p.again, &object{Class: o.Class, ID: o.ID, Vector: o.Vector,
					Properties: o.Properties})
			}
			p.known[id] = true
		}
	}
	return nil
}

// stillUnique looks, after people were written, whether another process took one of their names meanwhile. Whoever
// looks last sees the other, so never two stay.
func (g *Gallery) stillUnique(ctx context.Context, plans []*plan, names []string) error {
	named, err := g.byName(ctx, names)
	if err != nil {
		return err
	}
	for _, p := range plans {
		for _, q := range named[p.Name] {
			if p.before == nil && q.ID != p.ID {
				return fmt.Errorf("%w: %q, at this moment by another process", gallery.ErrNameTaken, p.Name)
			}
		}
	}
	return nil
}
