package weaviate

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"golang.org/x/sync/errgroup"

	"faceid/gallery"
)

// maxResults is the most that a server returns for one query, unless its QUERY_MAXIMUM_RESULTS says otherwise.
const maxResults = 10_000

// hit is a template near a probe.
type hit struct {
	uuid             string
	person, template int64
	score            float32
	name             string
	everywhere       bool // all hosts that were asked have it, or a read at the consistency level found it
}

// Search asks as many hosts as a read needs for the templates nearest to each probe, more than K, merges their
// answers, ranks people by their best template, drops people and templates that are no more (a host that was down may
// still find them), and asks for more until the K-th person is surely better than whatever was not returned, as far as
// the index can be trusted. RankMean ranks by the mean the people with the best templates, at least 100 of them. Of
// galleries above 10,000 templates it does not see further than the nearest 10,000.
func (g *Gallery) Search(ctx context.Context, probes [][]float32, o *gallery.SearchOptions) ([][]gallery.Match, error) {
	if err := g.ready(ctx); err != nil {
		return nil, err
	}
	var opt gallery.SearchOptions
	if o != nil {
		opt = *o
	}
	units, err := gallery.NormaliseProbes(probes, g.model.Dim, &opt)
	if err != nil {
		return nil, err
	}
	if opt.K == 0 {
		opt.K = 10
	}
	out := make([][]gallery.Match, len(probes))
	if opt.People != nil {
		opt.People = slices.DeleteFunc(slices.Clone(opt.People), func(id int64) bool { return id <= 0 })
		slices.Sort(opt.People)
		opt.People = slices.Compact(opt.People)
		if len(opt.People) == 0 {
			return out, nil
		}
	}
	eg, ctx := errgroup.WithContext(ctx)
	eg.SetLimit(2 * parallel)
	for i := range units {
		eg.Go(func() error {
			var err error
			out[i], err = g.search(ctx, units[i], opt)
			return err
		})
	}
	if err := eg.Wait(); err != nil {
		return nil, fmt.Errorf("weaviate: search: %w", err)
	}
	return out, nil
}

func (g *Gallery) search(ctx context.Context, probe []float32, o gallery.SearchOptions) ([]gallery.Match, error) {
	k := o.K
	if o.Rank == gallery.RankMean {
		k = max(100, 4*o.K)
	}
	vector := vectorText(probe)
	var found []hit
	for limit := min(max(32, 4*k), maxResults); ; limit = min(4*limit, maxResults) {
		hits, cut, err := g.near(ctx, vector, o.People, limit)
		if err != nil {
			return nil, err
		}
		if found, err = g.standing(ctx, hits, k); err != nil {
			return nil, err
		}
		// Whoever scores above cut cannot be overtaken by a template that was not returned.
		if math.IsInf(cut, -1) || len(found) == k && float64(found[k-1].score) > cut || limit == maxResults {
			break
		}
	}
	if o.Rank == gallery.RankMean {
		if err := g.means(ctx, vector, found); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(found, func(a, b hit) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.person, b.person))
	})
	var out []gallery.Match
	for _, h := range found[:min(o.K, len(found))] {
		out = append(out, gallery.Match{PersonID: h.person, Name: h.name, TemplateID: h.template, Score: h.score})
	}
	return out, nil
}

// near returns the templates nearest to the probe, of these people (nil: of all), in no order; what was not returned
// scores at most cut, which is −Inf where everything was returned.
func (g *Gallery) near(ctx context.Context, vector string, people []int64,
	limit int) (hits []hit, cut float64, err error) {
	cut = math.Inf(-1)
	ask := func(where string) error {
		q := fmt.Sprintf(`{Get{%s(nearVector:{vector:%s},%slimit:%d){person template _additional{id distance}}}}`,
			g.templates, vector, where, limit)
		lists, err := quorum(ctx, g.hosts, g.c.readers(), func(ctx context.Context, h *host) ([]hit, error) {
			l, err := query(ctx, h, "Get", g.templates, q)
			if err != nil {
				return nil, err
			}
			return readHits(l)
		})
		for _, l := range lists {
			if len(l) == limit {
				cut = max(cut, float64(l[limit-1].score))
			}
		}
		hits = append(hits, merge(lists)...)
		return err
	}
	if people == nil {
		return hits, cut, ask("")
	}
	for chunk := range slices.Chunk(people, maxFilter) {
		if err := ask(fmt.Sprintf(`where:{path:["person"],operator:ContainsAny,valueText:%s},`,
			stringList(idTexts(chunk)))); err != nil {
			return nil, 0, err
		}
	}
	return hits, cut, nil
}

func readHits(l []props) ([]hit, error) {
	out := make([]hit, len(l))
	for i, p := range l {
		var err error
		if out[i].person, err = parseID(p.text("person")); err != nil {
			return nil, err
		}
		if out[i].template, err = parseID(p.text("template")); err != nil {
			return nil, err
		}
		a, _ := p["_additional"].(map[string]any)
		d, ok := a["distance"].(float64)
		if out[i].uuid, _ = a["id"].(string); !ok || out[i].uuid == "" {
			return nil, fmt.Errorf("query: a template without id or distance")
		}
		out[i].score = float32(min(max(-d, -1), 1)) // the distance is the negative dot product
	}
	return out, nil
}

// merge joins the hosts' lists, each template once.
func merge(lists [][]hit) []hit {
	n := make(map[string]int)
	var out []hit
	for _, l := range lists {
		for _, h := range l {
			if n[h.uuid]++; n[h.uuid] == 1 {
				out = append(out, h)
			}
		}
	}
	for i := range out {
		out[i].everywhere = n[out[i].uuid] == len(lists)
	}
	return out
}

// standing returns the k people with the best hits. A host still finds what was deleted or moved while it was down:
// the best hit of each that not all hosts have is read at the consistency level, and the next best taken if it is gone.
func (g *Gallery) standing(ctx context.Context, hits []hit, k int) ([]hit, error) {
	for {
		found, err := g.alive(ctx, best(slices.Clone(hits)), k)
		if err != nil {
			return nil, err
		}
		doubtful := make(map[string]bool)
		for _, h := range found {
			if !h.everywhere {
				doubtful[h.uuid] = true
			}
		}
		if len(doubtful) == 0 {
			return found, nil
		}
		if hits, err = g.settleHits(ctx, hits, doubtful); err != nil {
			return nil, err
		}
	}
}

// settleHits reads the doubtful ones at the consistency level and returns the hits without those that are gone.
func (g *Gallery) settleHits(ctx context.Context, hits []hit, doubtful map[string]bool) ([]hit, error) {
	eg, ctx := errgroup.WithContext(ctx)
	eg.SetLimit(parallel)
	for i := range hits {
		if h := &hits[i]; doubtful[h.uuid] {
			eg.Go(func() error {
				o, err := g.get(ctx, g.templates, h.uuid)
				h.everywhere = o != nil
				return err
			})
		}
	}
	if err := eg.Wait(); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(hits, func(h hit) bool { return doubtful[h.uuid] && !h.everywhere }), nil
}

// best returns each person's best hit, best first: equal scores by ascending person, of one person by ascending
// template.
func best(hits []hit) []hit {
	slices.SortFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.person, b.person),
			cmp.Compare(a.template, b.template))
	})
	seen := make(map[int64]bool)
	return slices.DeleteFunc(hits, func(h hit) bool {
		if seen[h.person] {
			return true
		}
		seen[h.person] = true
		return false
	})
}

// alive returns the first k of the ranked whose people exist, with their names.
func (g *Gallery) alive(ctx context.Context, ranked []hit, k int) ([]hit, error) {
	var out []hit
	for len(ranked) > 0 && len(out) < k {
		n := min(len(ranked), k-len(out), maxFilter)
		ids := make([]int64, n)
		for i, h := range ranked[:n] {
			ids[i] = h.person
		}
		people, err := g.byID(ctx, ids, false)
		if err != nil {
			return nil, err
		}
		for _, h := range ranked[:n] {
			if p, ok := people[h.person]; ok {
				h.name = p.Name
				out = append(out, h)
			}
		}
		ranked = ranked[n:]
	}
	return out, nil
}

// means replaces each score by the mean over all templates of the person.
func (g *Gallery) means(ctx context.Context, vector string, found []hit) error {
	people := make([]int64, len(found))
	for i, m := range found {
		people[i] = m.person
	}
	slices.Sort(people)
	sum, n := make(map[int64]float64), make(map[int64]int)
	for chunk := range slices.Chunk(people, 50) {
		if err := g.addScores(ctx, vector, chunk, sum, n); err != nil {
			return err
		}
	}
	for i := range found {
		if id := found[i].person; n[id] > 0 {
			found[i].score = float32(sum[id] / float64(n[id]))
		}
	}
	return nil
}

// addScores sums the scores of all templates of these people, half of them at a time where one answer does not hold
// them.
func (g *Gallery) addScores(ctx context.Context, vector string, people []int64, sum map[int64]float64,
	n map[int64]int) error {
	hits, cut, err := g.near(ctx, vector, people, maxResults)
	if err != nil {
		return err
	}
	if half := len(people) / 2; !math.IsInf(cut, -1) && half > 0 {
		if err := g.addScores(ctx, vector, people[:half], sum, n); err != nil {
			return err
		}
		return g.addScores(ctx, vector, people[half:], sum, n)
	}
	doubtful := make(map[string]bool)
	for _, h := range hits {
		doubtful[h.uuid] = !h.everywhere
	}
	if hits, err = g.settleHits(ctx, hits, doubtful); err != nil {
		return err
	}
	for _, h := range hits {
		sum[h.person] += float64(h.score)
		n[h.person]++
	}
	return nil
}

// vectorText is a probe in GraphQL.
func vectorText(v []float32) string {
	b := make([]byte, 0, 12*len(v))
	b = append(b, '[')
	for i, x := range v {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendFloat(b, float64(x), 'g', -1, 32)
	}
	return string(append(b, ']'))
}
