package weaviate

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/weaviate/weaviate/entities/models"

	"faceid/gallery"
)

// query runs a GraphQL query on one host and returns the list at data → kind → class.
func query(ctx context.Context, h *host, kind, class, q string) ([]props, error) {
	resp, err := h.graphql.Raw().WithQuery(q).Do(ctx)
	if err != nil {
		return nil, classify(err)
	}
	if len(resp.Errors) > 0 {
		return nil, fmt.Errorf("query: %s", resp.Errors[0].Message)
	}
	kinds, _ := resp.Data[kind].(map[string]any)
	list, ok := kinds[class].([]any)
	if !ok {
		return nil, fmt.Errorf("query: no list of %s in the answer", class)
	}
	out := make([]props, len(list))
	for i, x := range list {
		out[i], _ = x.(map[string]any)
	}
	return out, nil
}

// stringList is a GraphQL list of strings.
func stringList(s []string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic("weaviate: marshal strings") // cannot be
	}
	return string(b)
}

// maxFilter is how many values one filter lists.
const maxFilter = 500

// peopleBy returns the people whose property is one of values, removed ones too. The hosts' lists are merged: the newest
// version holds, and what not all of them have is asked for by id.
func (g *Gallery) peopleBy(ctx context.Context, property string, values []string, full bool) (map[int64]person, error) {
	fields := "person name rev removed"
	if full {
		fields += " metadata created updated"
	}
	out := make(map[int64]person)
	for chunk := range slices.Chunk(values, maxFilter) {
		for page := 0; ; page++ {
			const limit = 1000 // an id is one person, a name rarely more
			q := fmt.Sprintf(`{Get{%s(where:{path:[%q],operator:ContainsAny,valueText:%s},limit:%d,offset:%d){%s}}}`,
				g.people, property, stringList(chunk), limit, page*limit, fields)
			lists, err := quorum(ctx, g.hosts, g.c.readers(), func(ctx context.Context, h *host) ([]props, error) {
				return query(ctx, h, "Get", g.people, q)
			})
			if err != nil {
				return nil, err
			}
			if err := g.mergePeople(ctx, out, lists, full); err != nil {
				return nil, err
			}
			if !slices.ContainsFunc(lists, func(l []props) bool { return len(l) == limit }) {
				break
			}
		}
	}
	return out, nil
}

func (g *Gallery) mergePeople(ctx context.Context, out map[int64]person, lists [][]props, full bool) error {
	seen := make(map[int64]int)
	newest := make(map[int64]person)
	for _, list := range lists {
		for _, x := range list {
			p, err := readPerson(x)
			if err != nil {
				return err
			}
			seen[p.ID]++
			if have, ok := newest[p.ID]; !ok || p.rev > have.rev {
				newest[p.ID] = p
			}
		}
	}
	for id, p := range newest {
		if seen[id] < len(lists) {
			o, err := g.get(ctx, g.people, personUUID(id))
			if err != nil {
				return err
			}
			if o == nil {
				continue
			}
			q, err := readPerson(properties(o))
			if err != nil {
				return err
			}
			if q.rev > p.rev {
				p = q
			}
		}
		out[id] = p
	}
	return nil
}

// byID returns those of the people that exist.
func (g *Gallery) byID(ctx context.Context, ids []int64, full bool) (map[int64]person, error) {
	values := make([]string, 0, len(ids))
	for _, id := range ids {
		if id > 0 {
			values = append(values, idText(id))
		}
	}
	slices.Sort(values)
	out, err := g.peopleBy(ctx, "person", slices.Compact(values), full)
	for id, p := range out {
		if p.removed {
			delete(out, id)
		}
	}
	return out, err
}

// byName returns the people with each name, by ascending id.
func (g *Gallery) byName(ctx context.Context, names []string) (map[string][]person, error) {
	keys := make([]string, len(names))
	for i, n := range names {
		keys[i] = nameKey(n)
	}
	slices.Sort(keys)
	found, err := g.peopleBy(ctx, "nameKey", slices.Compact(keys), true)
	if err != nil {
		return nil, err
	}
	out := make(map[string][]person)
	for _, p := range found {
		if !p.removed { // a newer version may have another name: that is compared by the caller's key
			out[p.Name] = append(out[p.Name], p)
		}
	}
	for _, ps := range out {
		slices.SortFunc(ps, func(a, b person) int { return cmp.Compare(a.ID, b.ID) })
	}
	return out, nil
}

// Find returns the people with this exact name, by ascending id.
func (g *Gallery) Find(ctx context.Context, name string) ([]gallery.Person, error) {
	if err := g.ready(ctx); err != nil {
		return nil, err
	}
	if gallery.CheckName(name) != nil {
		return nil, nil // nobody can have it
	}
	found, err := g.byName(ctx, []string{name})
	if err != nil {
		return nil, fmt.Errorf("weaviate: find: %w", err)
	}
	var out []gallery.Person
	for _, p := range found[name] {
		out = append(out, p.Person)
	}
	return out, nil
}

// item is an object of a merged list, and whether every host that was asked has it.
type item struct {
	*models.Object
	everywhere bool
}

// scan lists a class in the order of UUIDs, after one and up to another ("": the end), page by page. The pages of
// several hosts are merged as far as all of them reach; of two versions better says whether the second holds.
func (g *Gallery) scan(ctx context.Context, class, after, last string, vectors bool, better func(a, b *models.Object) bool) iter.Seq2[[]item, error] {
	const size = 200
	return func(yield func([]item, error) bool) {
		for {
			pages, err := quorum(ctx, g.hosts, g.c.readers(), func(ctx context.Context, h *host) ([]*models.Object, error) {
				get := h.data.ObjectsGetter().WithClassName(class).WithLimit(size).WithAfter(after)
				if vectors {
					get = get.WithVector()
				}
				out, err := get.Do(ctx)
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
				if end := string(p[len(p)-1].ID); reach == "" || end < reach {
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
					id := string(o.ID)
					if reach != "" && id > reach || last != "" && id > last {
						continue
					}
					m := objects[id]
					if m == nil {
						m = &merged{item: item{Object: o}}
						objects[id] = m
					} else if better(m.Object, o) {
						m.Object = o
					}
					m.n++
				}
			}
			page := make([]item, 0, len(objects))
			for _, m := range objects {
				m.everywhere = m.n == len(pages)
				page = append(page, m.item)
			}
			slices.SortFunc(page, func(a, b item) int { return strings.Compare(string(a.ID), string(b.ID)) })
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
		newer := func(a, b *models.Object) bool { return properties(b).text("rev") > properties(a).text("rev") }
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
	o := it.Object
	if !it.everywhere {
		if o, err = g.get(ctx, g.people, string(it.ID)); err != nil || o == nil {
			return person{}, false, err
		}
	}
	p, err = readPerson(properties(o))
	return p, err == nil && !p.removed, err
}

// Templates yields the templates of a person by ascending id (0: of everybody, by person and id).
func (g *Gallery) Templates(ctx context.Context, personID int64) iter.Seq2[gallery.Template, error] {
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
		for page, err := range g.scan(ctx, g.templates, after, last, true, olderTemplate) {
			if err != nil {
				fail(err)
				return
			}
			ts := make([]gallery.Template, len(page))
			var people []int64
			for i, it := range page {
				if ts[i], err = readTemplate(it.Object); err != nil {
					fail(err)
					return
				}
				people = append(people, ts[i].PersonID)
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
func olderTemplate(a, b *models.Object) bool {
	return properties(b).text("template") < properties(a).text("template")
}

// templateUUIDs returns the UUIDs of all templates under a person's id, whoever sees them.
func (g *Gallery) templateUUIDs(ctx context.Context, personID int64) ([]string, error) {
	var out []string
	for page, err := range g.scan(ctx, g.templates, formatUUID(personID-1, 1<<64-1), formatUUID(personID, 1<<64-1), false, olderTemplate) {
		if err != nil {
			return nil, err
		}
		for _, it := range page {
			out = append(out, string(it.ID))
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
