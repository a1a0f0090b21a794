package tidy

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// Clusters are photos sorted into people.
type Clusters struct {
	Groups    [][]int // numbers of photos, ascending; the largest group first; empty where all are uncertain
	Uncertain []Doubt // photos left out of them, by number
	Join      float64 // the score from which two groups were taken for one person
}

// Doubt is a photo that could be of one of the groups, or of nobody among them.
type Doubt struct {
	Photo int
	Group int     // the nearest
	Score float64 // with it
}

// Cluster sorts photos, unit vectors of one length, into people, without knowing how many there are: neighbours above a
// threshold are joined into groups, see agglomerate. The curve is that of the scores between different people, of a
// calibrated gallery or the shipped one. A photo of nobody else is a group of its own; one that scores in the zone
// between certainly the same and certainly not, with a group that it is not in, is set apart: see Clusters.Uncertain.
// It returns ErrShape or ErrNotUnit.
func Cluster(ctx context.Context, photos [][]float32, c Curve, o *Options) (*Clusters, error) {
	if o == nil {
		o = &Options{}
	}
	m, err := matrixOf(len(photos), func(i int) []float32 { return photos[i] })
	if err != nil {
		return nil, err
	}
	n := float64(m.n)
	join := float32(c.Threshold(math.Min(pairRate(cmp.Or(o.Alarms, wrongJoins)*n, n), inUse)))
	doubt := min(join, float32(c.Threshold(math.Min(doubtShare/math.Max(n, 1), inUse))))
	var edges []edge
	err = m.above(ctx, m.n, doubt*members, func(i, j int, s float32) {
		edges = append(edges, edge{int32(i), int32(j), s})
	}, o.Progress)
	if err != nil {
		return nil, err
	}
	groups := agglomerate(m, nil, edges, join)
	slices.SortStableFunc(groups, func(a, b []int) int { return len(b) - len(a) })
	out := setApart(m, groups, edges, float64(doubt))
	out.Join = float64(join)
	return out, nil
}

// Chosen on LFW's people with even numbers.
const (
	wrongJoins = 0.03 // of strangers with each other, per photo
	doubtShare = 0.1  // of photos of strangers are in doubt
	members    = 0.85 // of the score of two groups the most alike members have at least so much
	firmer     = 0.05 // by how much more a photo must score with its own group than with any other
)

// setApart takes out of the groups what could as well be of another one, or of none.
func setApart(m matrix, groups [][]int, edges []edge, doubt float64) *Clusters {
	of, sums := make([]int32, m.n), make([][]float32, len(groups))
	for k, g := range groups {
		sums[k] = make([]float32, m.d)
		for _, i := range g {
			of[i] = int32(k)
			for c, x := range m.row(i) {
				sums[k][c] += x
			}
		}
	}
	other := make([]Doubt, m.n) // of each photo the nearest group that it is not in
	met := map[[2]int32]bool{}
	for _, e := range edges {
		for _, p := range [2][2]int32{{e.a, of[e.b]}, {e.b, of[e.a]}} {
			i, k := p[0], p[1]
			if k == of[i] || met[p] {
				continue
			}
			met[p] = true
			if s := float64(dot(m.row(int(i)), sums[k]) * scale(sums[k], len(groups[k]))); s > other[i].Score {
				other[i] = Doubt{int(i), int(k), s}
			}
		}
	}
	out := &Clusters{}
	for k, g := range groups {
		var sure []int
		for _, i := range g {
			own := without(m.row(i), sums[k], len(g)) // NaN for a photo alone
			switch x := other[i]; {
			case x.Score >= doubt && !(own >= x.Score+firmer):
				out.Uncertain = append(out.Uncertain, x)
			case own < doubt:
				out.Uncertain = append(out.Uncertain, Doubt{i, k, own})
			default:
				sure = append(sure, i)
			}
		}
		out.Groups = append(out.Groups, sure) // may be empty: numbers of groups stay
	}
	slices.SortFunc(out.Uncertain, func(a, b Doubt) int { return a.Photo - b.Photo })
	return out
}
