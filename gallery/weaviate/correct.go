package weaviate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"faceid/gallery"
	"faceid/internal/hint"
)

// RemoveTemplates deletes templates, whoever has them. An object does not say where a template of this id is, so all
// are listed, without vectors. If the deletion fails half-way, those already deleted are gone; listing tells which.
func (g *Gallery) RemoveTemplates(ctx context.Context, templateID ...int64) error {
	if err := g.ready(ctx); err != nil {
		return err
	}
	if len(templateID) == 0 {
		return nil
	}
	g.change.Lock()
	defer g.change.Unlock()
	found, err := g.find(ctx, templateID)
	if err != nil {
		return fmt.Errorf("weaviate: remove templates: %w", err)
	}
	var uuids []string
	for _, at := range found {
		for _, o := range at {
			uuids = append(uuids, o.ID)
		}
	}
	if err := g.remove(ctx, g.templates, uuids); err != nil {
		return hint.With(fmt.Errorf("weaviate: remove templates: not all may be gone: %w", err),
			"remove those still listed when the cluster is well")
	}
	return nil
}

// Move gives templates to another person. They are written there first and then deleted where they were: if that fails,
// or this process dies, some are both's, and the same Move again ends it.
func (g *Gallery) Move(ctx context.Context, templateIDs []int64, toPerson int64) (gallery.Moved, error) {
	var m gallery.Moved
	if err := g.ready(ctx); err != nil {
		return m, err
	}
	g.change.Lock()
	defer g.change.Unlock()
	people, err := g.byID(ctx, []int64{toPerson}, false)
	if err != nil {
		return m, fmt.Errorf("weaviate: move: %w", err)
	}
	if _, ok := people[toPerson]; !ok {
		return m, fmt.Errorf("%w: id %d", gallery.ErrNoPerson, toPerson)
	}
	found, err := g.find(ctx, templateIDs)
	if err != nil {
		return m, fmt.Errorf("weaviate: move: %w", err)
	}
	var from []*object
	for _, id := range unique(templateIDs) {
		from = append(from, found[id]...)
	}
	if m, err = g.give(ctx, from, toPerson); err != nil {
		return gallery.Moved{}, hint.With(fmt.Errorf("weaviate: move: %w", err),
			"move them again when the cluster is well")
	}
	return m, nil
}

// Merge makes one person of several: their templates are written under into, then into's metadata, then the others are
// removed. If that fails, or this process dies, some templates are both's, and the same Merge again ends it.
func (g *Gallery) Merge(ctx context.Context, into int64, from ...int64) (gallery.Moved, error) {
	var m gallery.Moved
	if err := g.ready(ctx); err != nil {
		return m, err
	}
	g.change.Lock()
	defer g.change.Unlock()
	ids := slices.DeleteFunc(unique(from), func(id int64) bool { return id == into })
	people, err := g.byID(ctx, append(slices.Clone(ids), into), true)
	if err != nil {
		return m, fmt.Errorf("weaviate: merge: %w", err)
	}
	for _, id := range append([]int64{into}, ids...) {
		if _, ok := people[id]; !ok {
			return m, fmt.Errorf("%w: id %d", gallery.ErrNoPerson, id)
		}
	}
	if len(ids) == 0 {
		return m, nil
	}
	p := people[into]
	for _, id := range ids {
		if p.Metadata, err = gallery.MergeMetadata(p.Metadata, people[id].Metadata); err != nil {
			return m, fmt.Errorf("weaviate: merge: %w", err)
		}
	}
	var objects []*object
	for _, id := range ids {
		for page, err := range g.under(ctx, id) {
			if err != nil {
				return m, fmt.Errorf("weaviate: merge: %w", err)
			}
			for _, it := range page {
				objects = append(objects, it.object)
			}
		}
	}
	m, err = g.give(ctx, objects, into)
	if err == nil {
		now := time.Now().UTC()
		p.Updated, p.rev = now, max(now.UnixNano(), p.rev+1)
		err = g.put(ctx, []*object{g.personObject(p)})
	}
	if err == nil {
		err = g.removePeople(ctx, ids)
	}
	if err != nil {
		return gallery.Moved{}, hint.With(fmt.Errorf("weaviate: merge: %w", err),
			"merge them again when the cluster is well")
	}
	return m, nil
}

// unique returns the ids in order, each once.
func unique(ids []int64) []int64 {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return slices.Compact(ids)
}

// find returns the objects of templates by id, without vectors; of one that a Move was writing there are two. Those of
// people who are no more do not count. It returns gallery.ErrNoTemplate if one is unknown.
func (g *Gallery) find(ctx context.Context, ids []int64) (map[int64][]*object, error) {
	want := make(map[string]bool)
	for _, id := range ids {
		if id > 0 {
			want[idText(id)] = true
		}
	}
	found := make(map[int64][]*object)
	if len(want) > 0 {
		for page, err := range g.scan(ctx, g.templates, firstUUID, "", false, olderTemplate) {
			if err != nil {
				return nil, err
			}
			var hits []*object
			var people []int64
			for _, it := range page {
				if p := properties(it.object); want[p.text("template")] {
					id, err := parseID(p.text("person"))
					if err != nil {
						return nil, err
					}
					hits, people = append(hits, it.object), append(people, id)
				}
			}
			if len(hits) == 0 {
				continue
			}
			alive, err := g.byID(ctx, people, false)
			if err != nil {
				return nil, err
			}
			for i, o := range hits {
				if _, ok := alive[people[i]]; !ok {
					continue
				}
				id, err := parseID(properties(o).text("template"))
				if err != nil {
					return nil, err
				}
				found[id] = append(found[id], o)
			}
		}
	}
	for _, id := range ids {
		if found[id] == nil {
			return nil, fmt.Errorf("%w: id %d", gallery.ErrNoTemplate, id)
		}
	}
	return found, nil
}

// give writes templates, listed without vectors, under a person, and deletes them where they are. One that the person
// has already is deleted only; one that is the person's stays.
func (g *Gallery) give(ctx context.Context, from []*object, person int64) (gallery.Moved, error) {
	var m gallery.Moved
	have := make(map[string]string) // id text of the template under each UUID of the person
	for page, err := range g.under(ctx, person) {
		if err != nil {
			return m, err
		}
		for _, it := range page {
			have[it.ID] = properties(it.object).text("template")
		}
	}
	var objects []*object
	var old []string
	for _, o := range from {
		full, err := g.get(ctx, g.templates, o.ID)
		if err != nil {
			return m, err
		}
		if full == nil {
			return m, fmt.Errorf("%w: %s went meanwhile", gallery.ErrNoTemplate, o.ID)
		}
		t, err := readTemplate(full, true)
		if err != nil {
			return m, err
		}
		if t.PersonID == person {
			continue
		}
		t.PersonID = person
		old = append(old, o.ID)
		to := templateUUID(person, &t)
		switch id, ok := have[to]; {
		case !ok:
			obj, err := g.templateObject(&t)
			if err != nil {
				return m, err
			}
			objects = append(objects, obj)
			have[to] = idText(t.ID)
			m.Templates++
		case id == idText(t.ID): // written by a Move that did not end
			m.Templates++
		default:
			m.Duplicates++
		}
	}
	if err := g.put(ctx, objects); err != nil {
		return m, err
	}
	if err := g.remove(ctx, g.templates, old); err != nil {
		return m, errors.Join(errors.New("the templates are the person's now, but not all could be "+
			"deleted where they were"), err)
	}
	return m, nil
}
