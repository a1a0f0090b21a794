package cohort

import (
	"math"
	"math/rand/v2"
)

// groupPeople is about how many people of a half of the cohort make a group.
const (
	groupPeople = 50
	mostGroups  = 8
	fewest      = 20 // of a group's people whose scores tell anything
)

// grouper sorts faces into groups of people who look alike: k-means on the directions from the mean (Lloyd 1982;
// spherical, Dhillon and Modha 2001).
type grouper struct {
	mean    []float64
	centres [][]float64
}

func newGrouper(faces [][]float32) *grouper {
	d := len(faces[0])
	g := &grouper{mean: make([]float64, d)}
	for _, f := range faces {
		for i, x := range f {
			g.mean[i] += float64(x) / float64(len(faces))
		}
	}
	directions := make([][]float64, len(faces))
	for i, f := range faces {
		directions[i] = g.direction(f)
	}
	k := max(2, min(len(faces)/groupPeople, mostGroups))
	rng := rand.New(rand.NewPCG(1, uint64(len(faces)))) // the same groups for the same cohort
	for _, i := range rng.Perm(len(faces))[:k] {
		g.centres = append(g.centres, directions[i])
	}
	for range 25 {
		sums := make([][]float64, k)
		for i := range sums {
			sums[i] = make([]float64, d)
		}
		for _, v := range directions {
			to := sums[g.nearest(v)]
			for i, x := range v {
				to[i] += x
			}
		}
		for i, s := range sums {
			if unit(s) {
				g.centres[i] = s
			}
		}
	}
	return g
}

// of is the number of a face's group.
func (g *grouper) of(face []float32) int { return g.nearest(g.direction(face)) }

func (g *grouper) direction(face []float32) []float64 {
	v := make([]float64, len(face))
	for i, x := range face {
		v[i] = float64(x) - g.mean[i]
	}
	unit(v)
	return v
}

func (g *grouper) nearest(v []float64) (best int) {
	most := math.Inf(-1)
	for k, c := range g.centres {
		var s float64
		for i, x := range v {
			s += x * c[i]
		}
		if s > most {
			best, most = k, s
		}
	}
	return best
}

// unit makes v one of unit length; false for one without a direction.
func unit(v []float64) bool {
	var n float64
	for _, x := range v {
		n += x * x
	}
	if !(n > 1e-20) {
		return false
	}
	for i := range v {
		v[i] /= math.Sqrt(n)
	}
	return true
}
