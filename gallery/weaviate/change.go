package weaviate

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"faceid/gallery"
	"faceid/internal/hint"
)

// Update stores p.Name and p.Metadata for p.ID. Of two processes that update one person at once the later holds, as a
// whole.
func (g *Gallery) Update(ctx context.Context, p gallery.Person) error {
	if err := g.ready(ctx); err != nil {
		return err
	}
	name, err := gallery.CleanName(p.Name)
	if err != nil {
		return err
	}
	p.Name = name
	m, err := gallery.CompactMetadata(p.Metadata)
	if err != nil {
		return err
	}
	g.change.Lock()
	defer g.change.Unlock()
	found, err := g.byID(ctx, []int64{p.ID}, true)
	if err != nil {
		return fmt.Errorf("weaviate: update: %w", err)
	}
	q, ok := found[p.ID]
	if !ok {
		return fmt.Errorf("%w: id %d", gallery.ErrNoPerson, p.ID)
	}
	now := time.Now().UTC()
	q.Name, q.Metadata, q.Updated, q.rev = p.Name, m, now, max(now.UnixNano(), q.rev+1)
	if err := g.put(ctx, []*object{g.personObject(q)}); err != nil {
		return fmt.Errorf("weaviate: update: %w", err)
	}
	return nil
}

// Remove deletes people with every trace of them. First their objects are marked as removed, with nothing in them but
// the id, by which they vanish for all readers; then their templates and the marks are deleted. If the marking fails it
// is taken back; if the deletion fails, or this process dies, they stay invisible, and Remove with the same ids ends
// it.
func (g *Gallery) Remove(ctx context.Context, personID ...int64) error {
	if err := g.ready(ctx); err != nil {
		return err
	}
	g.change.Lock()
	defer g.change.Unlock()
	return g.removePeople(ctx, unique(personID))
}

// removePeople is Remove of ids that ascend, under the lock for changes.
func (g *Gallery) removePeople(ctx context.Context, ids []int64) error {
	values := make([]string, len(ids))
	for i, id := range ids {
		if id <= 0 {
			return fmt.Errorf("%w: id %d", gallery.ErrNoPerson, id)
		}
		values[i] = idText(id)
	}
	found, err := g.peopleBy(ctx, "person", values, true)
	if err != nil {
		return fmt.Errorf("weaviate: remove: %w", err)
	}
	var before, marks []*object
	now := time.Now().UnixNano()
	for _, id := range ids {
		p, ok := found[id]
		if !ok {
			return fmt.Errorf("%w: id %d", gallery.ErrNoPerson, id)
		}
		if p.removed {
			continue
		}
		mark := p
		mark.removed, mark.rev = true, max(now, p.rev+1)
		p.rev = mark.rev + 1
		before, marks = append(before, g.personObject(p)), append(marks, g.personObject(mark))
	}
	if err := g.put(ctx, marks); err != nil {
		undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), g.c.Retry)
		defer cancel()
		return fmt.Errorf("weaviate: remove: %w", errors.Join(err, g.put(undo, before)))
	}
	if err := g.erase(ctx, ids); err != nil {
		return hint.With(fmt.Errorf("weaviate: remove: people are no longer found, but not all of their "+
			"templates could be deleted: %w", err),
			"remove them again when the cluster is well")
	}
	return nil
}

// erase deletes all objects under the ids, the people's last: an id without one cannot be asked to be removed again.
func (g *Gallery) erase(ctx context.Context, ids []int64) error {
	var mu sync.Mutex
	var templates, people []string
	eg, listing := errgroup.WithContext(ctx)
	eg.SetLimit(parallel)
	for _, id := range ids {
		people = append(people, personUUID(id))
		eg.Go(func() error {
			u, err := g.templateUUIDs(listing, id)
			mu.Lock()
			defer mu.Unlock()
			templates = append(templates, u...)
			return err
		})
	}
	if err := eg.Wait(); err != nil {
		return err
	}
	if err := g.remove(ctx, g.templates, templates); err != nil {
		return err
	}
	return g.remove(ctx, g.people, people)
}
