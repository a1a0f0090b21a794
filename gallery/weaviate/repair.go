package weaviate

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"

	"golang.org/x/sync/errgroup"

	"faceid/gallery"
	"faceid/internal/hint"
)

// Repair looks on every node for every template by a search for itself, and writes those again that one does not
// return: a node that was killed may list a template and have lost it from its vector index. Of a template that two
// people have, since a Move or a Merge was killed, the earlier is deleted. It looks again until nothing is lost: a node
// just restarted may lose one more. It may be run at any time, beside others and again; all nodes must answer. Tell
// done how many templates are behind; nil: nobody asks.
func (g *Gallery) Repair(ctx context.Context, done func(templates int)) (gallery.Repaired, error) {
	var r gallery.Repaired
	if err := g.ready(ctx); err != nil {
		return r, err
	}
	g.change.RLock()
	defer g.change.RUnlock()
	const most = 8
	for range most {
		pass, err := g.repair(ctx, done)
		r.Templates = pass.Templates
		r.Lost += pass.Lost
		r.Doubled += pass.Doubled
		if err != nil || pass.Lost == 0 {
			return r, err
		}
		done = nil // it has seen them all
	}
	return r, hint.With(fmt.Errorf("weaviate: repair: %d times in a row some templates were lost", most),
		"see that all nodes run and have memory and room on the disk, and run it again")
}

// repair is one look at all templates.
func (g *Gallery) repair(ctx context.Context, done func(templates int)) (gallery.Repaired, error) {
	var r gallery.Repaired
	fail := func(err error) (gallery.Repaired, error) { return r, fmt.Errorf("weaviate: repair: %w", err) }
	places := make(map[string][]*object) // by template id, without vectors
	for page, err := range g.scan(ctx, g.templates, firstUUID, "", true, olderTemplate) {
		if err != nil {
			return fail(err)
		}
		objects, err := g.ofTheLiving(ctx, page)
		if err != nil {
			return fail(err)
		}
		lost, err := g.lost(ctx, objects)
		if err == nil && len(lost) > 0 {
			err = g.index(ctx, lost)
		}
		if err != nil {
			return fail(err)
		}
		r.Lost += len(lost)
		r.Templates += len(objects)
		for _, o := range objects {
			id := properties(o).text("template")
			places[id] = append(places[id], &object{ID: o.ID, Created: o.Created})
		}
		if done != nil {
			done(r.Templates)
		}
	}
	var old []string
	for _, at := range places {
		last := at[0]
		for _, o := range at[1:] {
			if o.Created > last.Created {
				last = o
			}
		}
		for _, o := range at {
			if o != last {
				old = append(old, o.ID)
			}
		}
	}
	if err := g.remove(ctx, g.templates, old); err != nil {
		return fail(err)
	}
	r.Doubled = len(old)
	r.Templates -= len(old)
	return r, nil
}

// ofTheLiving are the templates of people who exist.
func (g *Gallery) ofTheLiving(ctx context.Context, page []item) ([]*object, error) {
	ids := make([]int64, len(page))
	for i, it := range page {
		var err error
		if ids[i], err = parseID(properties(it.object).text("person")); err != nil {
			return nil, err
		}
	}
	alive, err := g.byID(ctx, ids, false)
	var out []*object
	for i, it := range page {
		if _, ok := alive[ids[i]]; ok {
			out = append(out, it.object)
		}
	}
	return out, err
}

// lost are those that some node does not return to a search for them.
func (g *Gallery) lost(ctx context.Context, objects []*object) ([]*object, error) {
	var mu sync.Mutex
	var out []*object
	eg, ctx := errgroup.WithContext(ctx)
	eg.SetLimit(2 * parallel)
	for _, o := range objects {
		eg.Go(func() error {
			found, err := quorum(ctx, g.hosts, len(g.hosts.all), func(ctx context.Context, h *host) (bool, error) {
				return g.finds(ctx, h, o)
			})
			for _, ok := range found {
				if !ok {
					mu.Lock()
					defer mu.Unlock()
					out = append(out, o)
					break
				}
			}
			return err
		})
	}
	return out, eg.Wait()
}

// finds searches by the index, without a filter, which would go round it. Where more templates are the same than are
// asked for, any of them does.
func (g *Gallery) finds(ctx context.Context, h *host, o *object) (bool, error) {
	const limit = 16
	l, err := query(ctx, h, "Get", g.templates, fmt.Sprintf(
		`{Get{%s(nearVector:{vector:%s},limit:%d){person template _additional{id distance}}}}`,
		g.templates, vectorText(o.Vector), limit))
	if err != nil {
		return false, err
	}
	hits, err := readHits(l)
	same := 0
	for i, x := range hits {
		if l[i].text("template") == properties(o).text("template") {
			return true, nil
		}
		if x.score > 0.9999 {
			same++
		}
	}
	return same == limit, err
}

// index has objects that are there indexed anew. One written again as it is would be left alone, so the last bit of the
// vector is changed and changed back; nothing is deleted meanwhile.
func (g *Gallery) index(ctx context.Context, objects []*object) error {
	nudged, exact := make([]*object, len(objects)), make([]*object, len(objects))
	for i, o := range objects {
		if len(o.Vector) != g.model.Dim {
			return fmt.Errorf("%w: template %s has %d values", gallery.ErrDamaged, o.ID, len(o.Vector))
		}
		exact[i] = &object{Class: o.Class, ID: o.ID, Properties: o.Properties, Vector: o.Vector}
		n := *exact[i]
		n.Vector = append([]float32(nil), o.Vector...)
		n.Vector[0] = math.Nextafter32(n.Vector[0], 0)
		if n.Vector[0] == o.Vector[0] { // a zero
			n.Vector[0] = math.SmallestNonzeroFloat32
		}
		nudged[i] = &n
	}
	if err := g.put(ctx, nudged); err != nil {
		return errors.Join(err, g.put(context.WithoutCancel(ctx), exact))
	}
	return g.put(ctx, exact)
}
