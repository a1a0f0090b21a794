package tidy

import (
	"cmp"
	"math"
	"slices"
)

// odd judges the groups that do not belong to their person.
func (e *examiner) odd() {
	for p, rest := range e.rest {
		var unclear [][]int // groups of a person without a larger one
		for _, g := range rest {
			f := Fault{Kind: Apart, Person: p, Templates: ints(g), Other: -1, With: -1}
			mean := e.middle(g)
			f.Own = float64(dot(mean, e.centre[p]))
			f.Score = f.Own
			claim, tied := e.move, e.tied[p] && len(g) == len(e.main[p])
			if tied {
				claim = e.sure
			}
			if q, with, score := e.whose(g, mean, tied); score >= math.Max(float64(claim), f.Own+nearer) {
				f.Kind, f.Other, f.With, f.Score = Misfiled, q, with, score
			} else if tied {
				unclear = append(unclear, f.Templates)
				continue
			}
			e.fault(f)
		}
		if unclear != nil {
			unclear = append(unclear, ints(e.main[p]))
			slices.SortFunc(unclear, slices.Compare)
			all := slices.Concat(unclear...)
			slices.Sort(all)
			own := float64(dot(e.middle(e.main[p]), e.middle(rest[0])))
			e.fault(Fault{Kind: Apart, Person: p, Templates: all, Other: -1, With: -1, Score: own, Own: own,
				Unclear: unclear})
		}
	}
}

// whose finds the other person whose middle is nearest to a group of templates, and the template that is; firm: among
// people of whom it is clear which templates are theirs.
func (e *examiner) whose(group []int32, mean []float32, firm bool) (person, template int, score float64) {
	person, template, score = -1, -1, math.Inf(-1)
	for _, t := range group {
		for _, n := range e.near[t] {
			if n.score == 0 {
				break
			}
			if firm && e.tied[n.person] {
				continue
			}
			if s := float64(dot(mean, e.centre[n.person])); s > score {
				person, template, score = int(n.person), int(n.template), s
			}
		}
	}
	return person, template, score
}

func (e *examiner) fault(f Fault) {
	for _, t := range f.Templates {
		if f.Kind == Misfiled || f.Kind == Apart {
			e.out[t] = true
		}
		if f.Kind == Misfiled {
			e.moved[t] = true
		}
	}
	f.Chance = 1
	if f.Other >= 0 {
		f.Chance = e.rates.at(f.Score)
	}
	e.faults = append(e.faults, f)
}

// copies finds templates of one photo. A copy in another size or with other margins scores less than the best of two
// photos; among two people's templates such are misfiled, or their people look like one.
func (e *examiner) copies() {
	found := func(a, b int32, score float32) {
		e.fault(Fault{Kind: Copy, Person: int(e.person[b]), Templates: []int{int(b)}, Other: int(e.person[a]),
			With: int(a), Score: float64(score), Own: math.NaN()})
	}
	for t, x := range e.twins {
		if x.score > 0 {
			found(x.template, int32(t), x.score)
		}
	}
	for t, list := range e.near {
		for _, n := range list {
			twice := int(n.template) > t && e.near.has(int(n.template), int(e.person[t])) // said of the other one
			if n.score > 0 && e.copied(t, int(n.template), n.score) && !twice {
				found(min(int32(t), n.template), max(int32(t), n.template), n.score)
			}
		}
	}
}

// useless finds templates of faces too poor to tell; nothing else is said of them.
func (e *examiner) useless() {
	for t, u := range e.usable {
		if !e.poor(t) {
			continue
		}
		f := Fault{Kind: Poor, Person: int(e.person[t]), Templates: []int{t}, Other: -1, With: -1, Score: float64(u),
			Own: math.NaN()}
		if main := e.main[f.Person]; len(main) > 0 {
			f.Own = float64(dot(e.templates.row(t), e.centre[f.Person]))
		}
		e.fault(f)
	}
}

// alike finds pairs of people whom the threshold in use cannot tell apart.
func (e *examiner) alike() {
	best := map[[2]int32]Fault{}
	for t, list := range e.near {
		for _, n := range list {
			p, q := e.person[t], n.person
			if n.score < e.use || n.score == 0 || e.out[t] || e.out[n.template] {
				continue
			}
			a, b := t, int(n.template)
			if p > q {
				p, q, a, b = q, p, b, a
			}
			k := [2]int32{p, q}
			if old, ok := best[k]; !e.joined[k] && (!ok || old.Score < float64(n.score)) {
				best[k] = Fault{Kind: Alike, Person: int(p), Templates: []int{a}, Other: int(q), With: b,
					Score: float64(n.score), Own: math.NaN()}
			}
		}
	}
	for _, f := range best {
		e.fault(f)
	}
	slices.SortFunc(e.faults, func(a, b Fault) int { return cmp.Or(a.Person-b.Person, a.Other-b.Other) })
}

func ints(x []int32) []int {
	out := make([]int, len(x))
	for i, v := range x {
		out[i] = int(v)
	}
	return out
}
