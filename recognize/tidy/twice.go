package tidy

import (
	"cmp"
	"math"
	"slices"
)

// pair is two people and the score of the middles of a group of templates of each.
type pair struct {
	a, b  int // a < b
	g, h  int // number of the group among those that may be the person: 0 is the main one
	score float64
}

// twice finds people who look like one: those whose middles are alike, see like.
func (e *examiner) twice() error {
	pairs, err := e.alikePairs()
	if err != nil {
		return err
	}
	next := e.runnersUp(pairs)
	pairs = slices.DeleteFunc(pairs, func(x pair) bool { return !e.like(x, next(x)) })
	slices.SortFunc(pairs, func(x, y pair) int {
		return cmp.Or(e.ties(x.a, x.b)-e.ties(y.a, y.b), cmp.Compare(y.score, x.score), x.a-y.a, x.b-y.b)
	})
	root := make([]int, len(e.of))
	for i := range root {
		root[i] = i
	}
	find := func(p int) int {
		for root[p] != p {
			p = root[p]
		}
		return p
	}
	taken := map[int]int{} // which of a person's groups is the person
	for _, x := range pairs {
		if e.elsewhere(taken, x.a, x.g, x.b, x.h, x.score) || e.elsewhere(taken, x.b, x.h, x.a, x.g, x.score) {
			continue
		}
		taken[x.a], taken[x.b] = x.g, x.h
		e.joined[[2]int32{int32(x.a), int32(x.b)}] = true
		a, b := find(x.a), find(x.b)
		if a == b { // several pairs say the same of three people
			continue
		}
		root[max(a, b)] = min(a, b)
		t, u := e.closest(e.selves(x.a)[x.g], e.selves(x.b)[x.h])
		e.fault(Fault{Kind: Twice, Person: x.a, Templates: []int{t}, Other: x.b, With: u, Score: x.score,
			Own: math.NaN()})
	}
	return nil
}

// elsewhere says whether another group than g of person p is taken for the person: then g is q's, unless that is said
// already.
func (e *examiner) elsewhere(taken map[int]int, p, g, q, h int, score float64) bool {
	of, ok := taken[p]
	if !ok || of == g {
		return false
	}
	if group := e.selves(p)[g]; !e.moved[group[0]] {
		_, with := e.closest(group, e.selves(q)[h])
		e.fault(Fault{Kind: Misfiled, Person: p, Templates: ints(group), Other: q, With: with, Score: score,
			Own: float64(dot(e.middle(group), e.middle(e.selves(p)[of])))})
	}
	return true
}

// selves are the groups of templates that may be a person: the main one, and where nothing tells, others of its size.
func (e *examiner) selves(p int) [][]int32 {
	groups := [][]int32{e.main[p]}
	for _, g := range e.rest[p] {
		if e.tied[p] && len(g) == len(e.main[p]) {
			groups = append(groups, g)
		}
	}
	return groups
}

// alikePairs are the pairs of people whose middles score e.near or more; of people with one template those with the
// nearest few.
func (e *examiner) alikePairs() (pairs []pair, err error) {
	type self struct{ person, group int }
	var all matrix // middles: first those that are not a template
	var selves []self
	several := 0
	single := map[int32]self{} // templates that may be a person
	for _, alone := range []bool{false, true} {
		for p, main := range e.main {
			if len(main) == 0 || (len(main) == 1) != alone {
				continue
			}
			for k, g := range e.selves(p) {
				if e.moved[g[0]] {
					continue
				}
				if selves = append(selves, self{p, k}); !alone || several > 0 { // else there is nothing to compare
					all.x = append(all.x, e.middle(g)...)
				}
				if alone {
					single[g[0]] = self{p, k}
				} else {
					several++
				}
			}
		}
	}
	found := func(x, y self, score float32) {
		if y.person < x.person {
			x, y = y, x
		}
		if x.person != y.person {
			pairs = append(pairs, pair{x.person, y.person, x.group, y.group, float64(score)})
		}
	}
	all.n, all.d = len(selves), e.templates.d
	err = all.above(e.ctx, several, e.some, func(i, j int, s float32) { found(selves[i], selves[j], s) },
		func(done float64) { e.tell(ofTemplates + (1-ofTemplates)*done) })
	for t, list := range e.near { // single templates are compared already
		x, ok := single[int32(t)]
		for _, n := range list {
			y, also := single[n.template]
			if ok && also && n.score >= e.some && (x.person < y.person || !e.near.has(int(n.template), x.person)) {
				found(x, y, n.score)
			}
		}
	}
	return pairs, err
}

// runnersUp returns a function that says of a pair which score either of them has with a third person at most. People
// who are alike beyond doubt are no third ones: somebody may have three names.
func (e *examiner) runnersUp(pairs []pair) func(pair) float64 {
	type best struct {
		with  int // +1: 0 is nobody
		score float64
	}
	top := make([][2]best, len(e.of))
	for _, x := range pairs {
		if x.score >= float64(e.same) {
			continue
		}
		for _, y := range [2][2]int{{x.a, x.b}, {x.b, x.a}} {
			b, t := best{y[1] + 1, x.score}, &top[y[0]]
			switch {
			case b.with == t[0].with:
				t[0].score = max(t[0].score, b.score)
			case b.score > t[0].score:
				*t = [2]best{b, t[0]}
			case b.score > t[1].score:
				t[1] = b
			}
		}
	}
	return func(x pair) float64 {
		third := float64(e.some)
		for _, y := range [2][2]int{{x.a, x.b}, {x.b, x.a}} {
			b := top[y[0]][0]
			if b.with == y[1]+1 {
				b = top[y[0]][1]
			}
			third = max(third, b.score)
		}
		return third
	}
}

// like says whether a pair is one person, as far as one can see: because hardly any two strangers are so alike, or
// because nobody else comes near either of them. Strangers of whom one has the score r with a third reach s with
// probability FAR(s)/FAR(r): that many of n people's nearest are expected there by chance. Few pairs being so alike
// among all, and few so far ahead of the next, are weighed alike, by the geometric mean.
func (e *examiner) like(x pair, next float64) bool {
	if x.score >= float64(e.same) {
		return true
	}
	n, far := float64(e.People()), e.rates.at(x.score)
	if far > leastSure {
		return false
	}
	among, ahead := far*n*(n-1)/2, far/e.rates.at(next)*n/2
	return math.Sqrt(among*ahead) <= e.ahead
}

func (n neighbours) has(t, person int) bool {
	return slices.ContainsFunc(n[t][:], func(x neighbour) bool { return x.score > 0 && int(x.person) == person })
}

// closest are the most alike templates of two groups.
func (e *examiner) closest(g, h []int32) (t, u int) {
	score := float32(-2)
	for _, a := range g {
		for _, b := range h {
			if s := dot(e.templates.row(int(a)), e.templates.row(int(b))); s > score {
				t, u, score = int(a), int(b), s
			}
		}
	}
	return t, u
}
