package weaviate

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"faceid/gallery"
)

// query runs a GraphQL query on one host and returns the list at data → kind → class.
func query(ctx context.Context, h *host, kind, class, q string) ([]props, error) {
	answer, err := h.GraphQL(ctx, q)
	if err != nil {
		return nil, classify(err)
	}
	list := answer[kind][class]
	if list == nil {
		return nil, fmt.Errorf("query: no list of %s in the answer", class)
	}
	out := make([]props, len(list))
	for i, p := range list {
		out[i] = p
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

// peopleBy returns the people whose property is one of values, removed ones too. The hosts' lists are merged: the
// newest version holds, and what not all of them have is asked for by id.
func (g *Gallery) peopleBy(ctx context.Context, property string, values []string, full bool) (map[int64]person, error) {
	fields := "person name rev removed"
	if full {
		fields += " metadata created updated"
	}
	out := make(map[int64]person)
	for chunk := range slices.Chunk(values, maxFilter) {
		where := fmt.Sprintf(`{path:[%q],operator:ContainsAny,valueText:%s}`, property, stringList(chunk))
		for page := where; ; {
			const limit = 1000 // an id is one person, a name rarely more
			q := fmt.Sprintf(`{Get{%s(where:%s,sort:[{path:["person"],order:asc}],limit:%d){%s}}}`,
				g.people, page, limit, fields)
			lists, err := quorum(ctx, g.hosts, g.c.readers(), func(ctx context.Context, h *host) ([]props, error) {
				return query(ctx, h, "Get", g.people, q)
			})
			if err != nil {
				return nil, err
			}
			reach := commonReach(lists, limit)
			if err := g.mergePeople(ctx, out, lists, full); err != nil {
				return nil, err
			}
			if reach == "" {
				break
			}
			// Not by offset: hosts that differ in one person would count the others differently.
			page = fmt.Sprintf(`{operator:And,operands:[%s,{path:["person"],operator:GreaterThan,valueText:%q}]}`,
				where, reach)
		}
	}
	return out, nil
}

// commonReach cuts lists by ascending id, of limit people each where there are more, to the ids that all of them reach,
// and returns the last of those; "": nobody is left.
func commonReach(lists [][]props, limit int) string {
	reach := ""
	for _, l := range lists {
		if len(l) < limit {
			continue
		}
		if end := l[limit-1].text("person"); reach == "" || end < reach {
			reach = end
		}
	}
	if reach != "" {
		for i, l := range lists {
			lists[i] = slices.DeleteFunc(l, func(p props) bool { return p.text("person") > reach })
		}
	}
	return reach
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

// Person returns the person with this id, or gallery.ErrNoPerson.
func (g *Gallery) Person(ctx context.Context, id int64) (gallery.Person, error) {
	if err := g.ready(ctx); err != nil {
		return gallery.Person{}, err
	}
	found, err := g.byID(ctx, []int64{id}, true)
	if err != nil {
		return gallery.Person{}, fmt.Errorf("weaviate: person: %w", err)
	}
	p, ok := found[id]
	if !ok {
		return gallery.Person{}, fmt.Errorf("%w: id %d", gallery.ErrNoPerson, id)
	}
	return p.Person, nil
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
