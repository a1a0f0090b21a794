package weaviate

import (
	"context"
	"errors"
	"fmt"
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
	var created []string
	var changed []*plan
	for i, p := range plans {
		switch {
		case !p.changed || !firstOf(plans, i):
		case p.before == nil:
			created = append(created, personUUID(p.ID))
		default:
			changed = append(changed, p)
		}
	}
	if err := errors.Join(g.remove(ctx, g.people, created), g.restore(ctx, changed),
		g.remove(ctx, g.templates, added)); err != nil {
		return fmt.Errorf("what was written could not be taken back: %w", err)
	}
	return nil
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
