package weaviate

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"faceid/gallery"
)

// newPeople returns the ids of people that an enrolment makes.
func newPeople(plans []*plan) []int64 {
	var ids []int64
	for _, p := range plans {
		if p.before == nil {
			ids = append(ids, p.ID)
		}
	}
	return ids
}

// undo takes back an enrolment as far as nobody else can have built on it: people first, so that nothing half is seen.
// It does not end with ctx.
func (g *Gallery) undo(ctx context.Context, plans []*plan, added []string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), g.c.Retry)
	defer cancel()
	var created, changed []*plan
	for i, p := range plans {
		switch {
		case !p.changed || !firstOf(plans, i):
		case p.before == nil:
			created = append(created, p)
		default:
			changed = append(changed, p)
		}
	}
	if err := errors.Join(g.takeBack(ctx, created, added), g.restore(ctx, changed)); err != nil {
		return fmt.Errorf("what was written could not be taken back: %w", err)
	}
	return nil
}

// takeBack removes people who were just made, and their templates, added. Whoever another process has built on
// meanwhile, by templates or by an Update, stays whole. They are marked as removed before their templates are listed:
// an Enrol that adds to them looks, after it wrote, whether they are still there: either it fails or it is seen.
func (g *Gallery) takeBack(ctx context.Context, created []*plan, added []string) error {
	ids := make([]int64, len(created))
	for i, p := range created {
		ids[i] = p.ID
	}
	now, err := g.byID(ctx, ids, false)
	if err != nil {
		return err
	}
	changed := func(p *plan) bool { return now[p.ID].rev > p.rev } // by another process
	created = slices.DeleteFunc(created, changed)
	var marks, back []*object
	for _, p := range created {
		mark := p.person
		mark.removed, mark.rev = true, p.rev+1
		marks = append(marks, g.personObject(mark))
	}
	if err := g.put(ctx, marks); err != nil {
		return err
	}
	own := make(map[string]bool)
	for _, id := range added {
		own[id] = true
	}
	var templates, people []string
	for _, p := range created {
		under, err := g.templateUUIDs(ctx, p.ID)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(under, func(id string) bool { return !own[id] }) {
			again := p.person
			again.rev = p.rev + 2
			back = append(back, g.personObject(again))
			continue
		}
		templates, people = append(templates, under...), append(people, personUUID(p.ID))
	}
	return errors.Join(g.put(ctx, back), g.remove(ctx, g.templates, templates), g.remove(ctx, g.people, people))
}

// stillThere looks, after templates were written, whether the people they were added to still exist; see takeBack.
func (g *Gallery) stillThere(ctx context.Context, plans []*plan) error {
	var ids []int64
	for _, p := range plans {
		if p.before != nil {
			ids = append(ids, p.ID)
		}
	}
	now, err := g.byID(ctx, ids, false)
	for _, id := range ids {
		if _, ok := now[id]; !ok && err == nil {
			err = fmt.Errorf("%w: id %d went at this moment", gallery.ErrNoPerson, id)
		}
	}
	return err
}

// restore writes people as they were before, but not those whom another process changed or removed since.
func (g *Gallery) restore(ctx context.Context, changed []*plan) error {
	ids := make([]int64, len(changed))
	for i, p := range changed {
		ids[i] = p.ID
	}
	now, err := g.byID(ctx, ids, false)
	if err != nil {
		return err
	}
	var before []*object
	for _, p := range changed {
		if q, ok := now[p.ID]; ok && q.rev <= p.rev {
			b := *p.before
			b.rev = p.rev + 1
			before = append(before, g.personObject(b))
		}
	}
	return g.put(ctx, before)
}
