package weaviate

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"faceid/gallery"
)

// item is an object of a merged list, and whether every host that was asked has it.
type item struct {
	*object
	everywhere bool
}

// scan lists a class in the order of UUIDs, after one and up to another ("": the end), page by page. The pages of
// several hosts are merged as far as all of them reach; of two versions better says whether the second holds.
func (g *Gallery) scan(ctx context.Context, class, after, last string, vectors bool,
	better func(a, b *object) bool) iter.Seq2[[]item, error] {
	const size = 200
	return func(yield func([]item, error) bool) {
		for {
			pages, err := quorum(ctx, g.hosts, g.c.readers(),
				func(ctx context.Context, h *host) ([]*object, error) {
					out, err := h.ListObjects(ctx, class, after, size, vectors)
					return out, classify(err)
				})
			if err != nil {
				yield(nil, err)
				return
			}
			reach := ""
			for _, p := range pages {
				if len(p) < size {
					continue
				}
				if end := p[len(p)-1].ID; reach == "" || end < reach {
					reach = end
				}
			}
			type merged struct {
				item
				n int
			}
			objects := make(map[string]*merged)
			for _, p := range pages {
				for _, o := range p {
					id := o.ID
					if reach != "" && id > reach || last != "" && id > last {
						continue
					}
					m := objects[id]
					if m == nil {
						m = &merged{item: item{object: o}}
						objects[id] = m
					} else if better(m.object, o) {
						m.object = o
					}
					m.n++
				}
			}
			page := make([]item, 0, len(objects))
			for _, m := range objects {
				m.everywhere = m.n == len(pages)
				page = append(page, m.item)
			}
			slices.SortFunc(page, func(a, b item) int { return strings.Compare(a.ID, b.ID) })
			if len(page) > 0 && !yield(page, nil) || reach == "" || last != "" && reach >= last {
				return
			}
			after = reach
		}
	}
}

// firstUUID is below every object's.
const firstUUID = "00000000-0000-0000-0000-000000000000"

// People yields everybody by ascending id.
func (g *Gallery) People(ctx context.Context) iter.Seq2[gallery.Person, error] {
	return func(yield func(gallery.Person, error) bool) {
		for p, err := range g.everybody(ctx) {
			if !yield(p.Person, err) || err != nil {
				return
			}
		}
	}
}

func (g *Gallery) everybody(ctx context.Context) iter.Seq2[person, error] {
	return func(yield func(person, error) bool) {
		if err := g.ready(ctx); err != nil {
			yield(person{}, err)
			return
		}
		newer := func(a, b *object) bool { return properties(b).text("rev") > properties(a).text("rev") }
		for page, err := range g.scan(ctx, g.people, firstUUID, "", false, newer) {
			if err != nil {
				yield(person{}, fmt.Errorf("weaviate: list people: %w", err))
				return
			}
			for _, it := range page {
				p, ok, err := g.settle(ctx, it)
				if err != nil {
					yield(person{}, fmt.Errorf("weaviate: list people: %w", err))
					return
				}
				if ok && !yield(p, nil) {
					return
				}
			}
		}
	}
}

// settle reads a listed person; one that a host does not have is asked for by id.
func (g *Gallery) settle(ctx context.Context, it item) (p person, ok bool, err error) {
	o := it.object
	if !it.everywhere {
		if o, err = g.get(ctx, g.people, it.ID); err != nil || o == nil {
			return person{}, false, err
		}
	}
	p, err = readPerson(properties(o))
	return p, err == nil && !p.removed, err
}

// Templates yields the templates of a person by ascending id (0: of everybody, by person and id).
func (g *Gallery) Templates(ctx context.Context, personID int64) iter.Seq2[gallery.Template, error] {
	return g.list(ctx, personID, true)
}

// Sources is Templates without vectors. Trunk features travel all the same, since an object holds them beside the
// source.
func (g *Gallery) Sources(ctx context.Context, personID int64) iter.Seq2[gallery.Template, error] {
	return g.list(ctx, personID, false)
}

func (g *Gallery) list(ctx context.Context, personID int64, vectors bool) iter.Seq2[gallery.Template, error] {
	return func(yield func(gallery.Template, error) bool) {
		if err := g.ready(ctx); err != nil {
			yield(gallery.Template{}, err)
			return
		}
		fail := func(err error) { yield(gallery.Template{}, fmt.Errorf("weaviate: list templates: %w", err)) }
		after, last := firstUUID, ""
		if personID != 0 {
			if personID < 0 {
				return
			}
			after, last = formatUUID(personID-1, 1<<64-1), formatUUID(personID, 1<<64-1)
		}
		var group []gallery.Template // of one person, whom the next page may continue
		flush := func(alive map[int64]person) bool {
			if len(group) == 0 {
				return true
			}
			if _, ok := alive[group[0].PersonID]; ok {
				slices.SortFunc(group, func(a, b gallery.Template) int { return cmp.Compare(a.ID, b.ID) })
				for _, t := range group {
					if !yield(t, nil) {
						return false
					}
				}
			}
			group = nil
			return true
		}
		alive := make(map[int64]person)
		for page, err := range g.scan(ctx, g.templates, after, last, vectors, olderTemplate) {
			if err != nil {
				fail(err)
				return
			}
			var ts []gallery.Template
			var people []int64
			for _, it := range page {
				if !it.everywhere { // deleted where a host is behind, or written by an Enrol that has not ended
					o, err := g.get(ctx, g.templates, it.ID) // perhaps without its vector
					if err != nil {
						fail(err)
						return
					}
					if o == nil {
						continue
					}
				}
				t, err := readTemplate(it.object, vectors)
				if err != nil {
					fail(err)
					return
				}
				ts, people = append(ts, t), append(people, t.PersonID)
			}
			now, err := g.byID(ctx, people, false)
			if err != nil {
				fail(err)
				return
			}
			for _, t := range ts {
				if len(group) > 0 && group[0].PersonID != t.PersonID && !flush(alive) {
					return
				}
				alive = now // holds this page's people, among them the one whose group goes on
				group = append(group, t)
			}
		}
		flush(alive)
	}
}

// olderTemplate prefers the template that was there first.
func olderTemplate(a, b *object) bool {
	return properties(b).text("template") < properties(a).text("template")
}

// under lists all templates under a person's id, without vectors.
func (g *Gallery) under(ctx context.Context, personID int64) iter.Seq2[[]item, error] {
	return g.scan(ctx, g.templates, formatUUID(personID-1, 1<<64-1),
		formatUUID(personID, 1<<64-1), false, olderTemplate)
}

// templateUUIDs returns the UUIDs of all templates under a person's id, whoever sees them.
func (g *Gallery) templateUUIDs(ctx context.Context, personID int64) ([]string, error) {
	var out []string
	for page, err := range g.under(ctx, personID) {
		if err != nil {
			return nil, err
		}
		for _, it := range page {
			out = append(out, it.ID)
		}
	}
	return out, nil
}

// count returns the number of objects of a class: the hosts' own count where they agree, else by listing.
func (g *Gallery) count(ctx context.Context, class string) (int, error) {
	q := fmt.Sprintf(`{Aggregate{%s{meta{count}}}}`, class)
	for try := range 4 {
		if try > 0 { // the last replica of a write may be a moment behind
			select {
			case <-ctx.Done():
				return 0, ctx.Err()
			case <-time.After(20 * time.Millisecond << try):
			}
		}
		counts, err := quorum(ctx, g.hosts, g.c.readers(), func(ctx context.Context, h *host) (int, error) {
			l, err := query(ctx, h, "Aggregate", class, q)
			if err != nil {
				return 0, err
			}
			if len(l) != 1 {
				return 0, fmt.Errorf("count: %d answers", len(l))
			}
			m, _ := l[0]["meta"].(map[string]any)
			f, ok := m["count"].(float64)
			if !ok {
				return 0, fmt.Errorf("count: no number in the answer")
			}
			return int(f), nil
		})
		if err != nil {
			return 0, err
		}
		if slices.Max(counts) == slices.Min(counts) {
			return counts[0], nil
		}
	}
	n := 0
	if class == g.people {
		for _, err := range g.everybody(ctx) {
			if err != nil {
				return 0, err
			}
			n++
		}
		return n, nil
	}
	for page, err := range g.scan(ctx, class, firstUUID, "", false, olderTemplate) {
		if err != nil {
			return 0, err
		}
		n += len(page)
	}
	return n, nil
}
