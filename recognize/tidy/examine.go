package tidy

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// Kind is a kind of fault.
type Kind string

const (
	Copy     Kind = "copy"     // two templates of one photo
	Twice    Kind = "twice"    // two people who look like one
	Misfiled Kind = "misfiled" // templates of a person that are another's
	Apart    Kind = "apart"    // templates that do not look like the rest of their person
	Poor     Kind = "poor"     // a template of a face too poor to tell
	Alike    Kind = "alike"    // two people whom the threshold in use cannot tell apart, though they are two
)

// Fault is one fault of a gallery.
type Fault struct {
	Kind      Kind
	Person    int
	Templates []int   // of Person: those at fault; of Twice and Alike the most alike one
	Other     int     // the other person; Person where it is a Copy within one; -1: nobody
	With      int     // the template of Other that is most alike; -1: none
	Score     float64 // with Other or With; Apart: with the rest of the person
	Chance    float64 // share of pairs of strangers who score so high; 1 where there is no Other
	Own       float64 // of the templates with the rest of their person; NaN: there is no rest
	Unclear   [][]int // Apart: the templates as they hold together, where nothing tells which are the person's own
}

// Curve says from which score on two different people of this gallery pass at a rate.
type Curve interface {
	Threshold(far float64) float64
}

// Options tune Examine and Cluster; nil means the defaults.
type Options struct {
	Alarms   float64            // pairs of strangers per template that are taken for one person, about; 0: 0.0055
	InUse    float64            // the threshold that answers go by; 0: the curve's at 1e-4
	Progress func(done float64) // is told the share of the work behind; nil: no report
}

// SamePhoto is a score that two photos of one person hardly ever reach.
const SamePhoto = 0.97

// Chosen on LFW's people with even numbers, with faults planted among them; `make bench-trust` judges on the others.
const (
	alarms    = 0.0055
	ahead     = 2.5  // times as many pairs, where nobody else comes near either
	leastSure = 1e-3 // of strangers reach what is said to be one person, however few people there are
	thirds    = 4    // strangers who score with somebody are looked at, to see who comes near
	inUse     = 1e-4
	apartFAR  = 0.02  // two photos of one person score less than 2 % of strangers in 3 of 1,000 pairs
	moveShare = 0.05  // of strangers' templates under a wrong name are said to be somebody's who is enrolled
	sureShare = 0.005 // the same, where a person has nothing else to tell by
	nearer    = 0.1   // by how much more a template must score with somebody else
	copied    = SamePhoto
	sameFile  = 0.9 // two faces of one file that score so high are one face
	leastUse  = 0.5 // embed.LeastUsable
)

// ofTemplates is about what the comparison of all templates is of the work; then come the people, by their middles.
const ofTemplates = 0.75

// Examine finds the faults of a gallery, the kinds in the order above, the surest first, copies within a person last.
// It compares all templates: half a minute for 100,000 on two cores.
func Examine(ctx context.Context, g *Gallery, c Curve, o *Options) ([]Fault, error) {
	if o == nil {
		o = &Options{}
	}
	e := examiner{Gallery: g, ctx: ctx, tell: o.Progress}
	if e.tell == nil {
		e.tell = func(float64) {}
	}
	n, t := float64(g.People()), float64(g.Len())
	if t == 0 {
		return nil, nil
	}
	wanted := cmp.Or(o.Alarms, alarms)
	e.rates = ratesOf(c)
	e.same = float32(c.Threshold(pairRate(wanted*t, n)))
	e.ahead = ahead * wanted * t
	e.some = min(e.same, float32(c.Threshold(math.Min(thirds/n, 0.1))))
	e.move = float32(c.Threshold(math.Min(moveShare/n, 1e-3)))
	e.sure = float32(c.Threshold(math.Min(sureShare/n, 1e-3)))
	e.apart = float32(c.Threshold(apartFAR))
	e.use = float32(cmp.Or(o.InUse, c.Threshold(inUse)))
	var err error
	if e.near, e.twins, err = g.neighbours(ctx, min(e.some, e.move, e.use, sameFile), func(done float64) {
		e.tell(ofTemplates * done)
	}); err != nil {
		return nil, err
	}
	e.divide()
	e.odd()
	if err := e.twice(); err != nil {
		return nil, err
	}
	e.copies()
	e.useless()
	e.alike()
	e.tell(1)
	slices.SortStableFunc(e.faults, func(a, b Fault) int {
		if a.Kind != b.Kind {
			return order(a.Kind) - order(b.Kind)
		}
		if in, also := a.Other == a.Person, b.Other == b.Person; in != also { // copies within a person do no harm
			if in {
				return 1
			}
			return -1
		}
		if a.Kind == Apart {
			return cmp.Compare(a.Score, b.Score)
		}
		return cmp.Compare(b.Score, a.Score)
	})
	return e.faults, nil
}

func order(k Kind) int { return slices.Index([]Kind{Copy, Twice, Misfiled, Apart, Poor, Alike}, k) }

// pairRate is the rate at which n people have so many false pairs among them.
func pairRate(pairs, n float64) float64 {
	return math.Min(math.Max(pairs/math.Max(n*(n-1)/2, 1), 1e-12), leastSure)
}

// examiner holds what one examination knows.
type examiner struct {
	*Gallery
	ctx  context.Context
	tell func(done float64)

	same, some, move, sure, apart, use float32 // scores

	ahead float64 // pairs
	rates rates

	near   neighbours
	twins  []twin
	main   [][]int32   // of each person the templates that hold together
	rest   [][][]int32 // of each person the groups that do not belong to it
	tied   []bool      // no group of the person is the larger
	centre [][]float32 // the middle of main
	out    []bool      // of each template: at fault
	moved  []bool      // somebody else's
	joined map[[2]int32]bool
	faults []Fault
}

// whole is the most templates of a person that are all compared with each other.
const whole = 256

// divide splits each person's templates into groups that hold together, and takes the largest for the person.
func (e *examiner) divide() {
	n := len(e.of)
	e.main, e.rest, e.tied, e.centre = make([][]int32, n), make([][][]int32, n), make([]bool, n), make([][]float32, n)
	e.out, e.moved, e.joined = make([]bool, e.Len()), make([]bool, e.Len()), map[[2]int32]bool{}
	firm := make([]bool, e.Len()) // templates that are certainly their person's
	for p, all := range e.of {
		good := slices.DeleteFunc(slices.Clone(all), func(t int32) bool { return e.poor(int(t)) })
		if len(good) == 0 {
			continue
		}
		groups := e.groups(good)
		slices.SortStableFunc(groups, func(a, b []int32) int { return len(b) - len(a) })
		e.main[p], e.rest[p] = groups[0], groups[1:]
		e.tied[p] = len(groups) > 1 && len(groups[1]) == len(groups[0])
		for _, t := range e.main[p] {
			firm[t] = !e.tied[p]
		}
	}
	for e.untieAll(firm) {
	}
	for p := range e.of {
		e.centre[p] = e.middle(e.main[p])
	}
	for p := range e.of {
		e.leave(p)
	}
	for p := range e.of {
		e.centre[p] = e.middle(e.main[p])
	}
}

// groups of a person's templates. Where they are very many, each part of them by itself, and then the parts' groups.
func (e *examiner) groups(all []int32) [][]int32 {
	if len(all) == 1 {
		return [][]int32{all}
	}
	var groups [][]int32
	for part := range slices.Chunk(all, whole) {
		groups = append(groups, e.join(singles(part))...)
	}
	if len(all) > whole {
		groups = e.join(groups)
	}
	return groups
}

func singles(all []int32) [][]int32 {
	out := make([][]int32, len(all))
	for i, t := range all {
		out[i] = []int32{t}
	}
	return out
}

// join joins groups that are one person.
func (e *examiner) join(groups [][]int32) [][]int32 {
	m := matrix{n: len(groups), d: e.templates.d}
	middles := make([][]float32, m.n)
	weights := make([]int, m.n)
	for i, g := range groups {
		m.x = append(m.x, e.sum(g)...)
		weights[i] = len(g)
		middles[i] = e.middle(g)
	}
	var edges []edge
	for i, a := range middles {
		for j := i + 1; j < m.n; j++ {
			if s := dot(a, middles[j]); s >= e.apart/2 { // groups are more alike than their members
				edges = append(edges, edge{int32(i), int32(j), s})
			}
		}
	}
	var out [][]int32
	for _, g := range agglomerate(m, weights, edges, e.apart) {
		var t []int32
		for _, i := range g {
			t = append(t, groups[i]...)
		}
		slices.Sort(t)
		out = append(out, t)
	}
	return out
}

// leave takes out of a person's main group what is nearer to somebody else, as long as that is the lesser part.
func (e *examiner) leave(p int) {
	main := e.main[p]
	if len(main) < 2 {
		return
	}
	var out []int32
	sum := e.sum(main)
	for _, t := range main {
		own := e.own(t, sum, len(main))
		if n := e.near[t][0]; n.score < e.move || own >= float64(e.same) || float64(n.score) < own+nearer {
			continue
		}
		_, _, score := e.whose([]int32{t}, e.templates.row(int(t)), false)
		if score >= math.Max(float64(e.move), own+nearer) {
			out = append(out, t)
		}
	}
	if 2*len(out) >= len(main) && len(main) > 2 || len(out) == len(main) {
		return
	}
	for _, t := range out {
		e.rest[p] = append(e.rest[p], []int32{t})
	}
	e.main[p] = slices.DeleteFunc(slices.Clone(main), func(t int32) bool { return slices.Contains(out, t) })
}

// own is what template t scores with the others of a group of n, whose sum holds it; NaN where there are none.
func (e *examiner) own(t int32, sum []float32, n int) float64 {
	return without(e.templates.row(int(t)), sum, n)
}
