package tidy

import "slices"

// untieAll unties who can be, by the templates that are firm, and adds theirs. It says whether there were any: their
// templates may untie others.
func (e *examiner) untieAll(firm []bool) bool {
	var free []int
	for p := range e.of {
		if e.tied[p] && e.untie(p, firm) {
			free = append(free, p)
		}
	}
	for _, p := range free {
		for _, t := range e.main[p] {
			firm[t] = true
		}
	}
	return len(free) > 0
}

// untie takes for a person, of several groups of one size, the one that nobody else claims, if it is the only one, and
// says whether it is.
func (e *examiner) untie(p int, firm []bool) bool {
	groups := slices.Concat([][]int32{e.main[p]}, e.rest[p])
	free, first := 0, 0
	for k := 0; k < len(groups) && len(groups[k]) == len(groups[0]); k++ {
		claimed := slices.ContainsFunc(groups[k], func(t int32) bool {
			return slices.ContainsFunc(e.near[t][:], func(n neighbour) bool {
				return n.score >= e.sure && firm[n.template]
			})
		})
		if !claimed {
			free++
			first = k
		}
	}
	e.main[p], e.tied[p] = groups[first], free != 1
	e.rest[p] = slices.Delete(groups, first, first+1)
	return free == 1
}

// ties is how many of two people have no group that is clearly theirs.
func (e *examiner) ties(a, b int) (n int) {
	for _, p := range [2]int{a, b} {
		if e.tied[p] {
			n++
		}
	}
	return n
}
