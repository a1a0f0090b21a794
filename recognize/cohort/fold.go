package cohort

import (
	"math"
	"math/rand/v2"

	"faceid/gallery/snorm"
	"faceid/recognize/calibrate"
)

// fold is a half of the people, to whom the other half's normalisation is put.
type fold struct {
	groups []*group // of strangers, and last the gallery's people
	same   []pairs
}

// group are people who look alike, with the scores of all pairs: cosine and normalised.
type group struct {
	n      int
	scores [2][]float32 // i < j, by rows
}

// pairs are those of one person's photos.
type pairs struct{ scores [2][]float64 }

// mostJudged bounds the people of a group, photosJudged those of a person.
const (
	mostJudged   = 300
	photosJudged = 4
)

func newFold(fit, judged, ownFit, own [][][]float32) (*fold, error) {
	norm, err := Make(firsts(fit), firsts(ownFit))
	if err != nil {
		return nil, err
	}
	f := &fold{}
	g := newGrouper(firsts(fit))
	members := make([][][]float32, len(g.centres))
	for _, p := range judged {
		k := g.of(p[0])
		members[k] = append(members[k], p[0])
	}
	for _, m := range append(members, firsts(own)) {
		if len(m) >= fewest || len(m) == len(own) {
			f.groups = append(f.groups, newGroup(norm, m[:min(len(m), mostJudged)]))
		}
	}
	for _, list := range [][][][]float32{judged, own} {
		for _, p := range list {
			if len(p) > 1 {
				f.same = append(f.same, newPairs(norm, p[:min(len(p), photosJudged)]))
			}
		}
	}
	return f, nil
}

func sidesOf(n *snorm.Norm, faces [][]float32) []snorm.Sides {
	s := make([]snorm.Sides, len(faces))
	for i, f := range faces {
		s[i] = n.Sides(f)
	}
	return s
}

func newGroup(n *snorm.Norm, faces [][]float32) *group {
	g, sides := &group{n: len(faces)}, sidesOf(n, faces)
	for i, a := range faces {
		for j := i + 1; j < len(faces); j++ {
			cos := dot(a, faces[j])
			g.scores[0] = append(g.scores[0], float32(cos))
			g.scores[1] = append(g.scores[1], float32(n.Score(cos, sides[i], sides[j])))
		}
	}
	return g
}

func newPairs(n *snorm.Norm, photos [][]float32) (p pairs) {
	sides := sidesOf(n, photos)
	for i, a := range photos {
		for j, b := range photos[:i] {
			cos := dot(a, b)
			p.scores[0] = append(p.scores[0], cos)
			p.scores[1] = append(p.scores[1], n.Score(cos, sides[i], sides[j]))
		}
	}
	return p
}

func dot(a, b []float32) (s float64) {
	for i, x := range a {
		s += float64(x * b[i])
	}
	return s
}

// weights say how often each person counts: once, or as often as drawn.
type weights struct {
	groups [][]float64
	same   []float64
}

func (f *fold) weights(rng *rand.Rand) (w weights) {
	draw := func(n int) []float64 {
		c := make([]float64, n)
		for i := range c {
			if rng == nil {
				c[i] = 1
			} else {
				c[rng.IntN(n)]++
			}
		}
		return c
	}
	for _, g := range f.groups {
		w.groups = append(w.groups, draw(g.n))
	}
	w.same = draw(len(f.same))
	return w
}

// at is the rate at which groups are compared: what a threshold is asked for loosest.
const at = 1e-3

// figures are those of one kind of score.
func (f *fold) figures(kind int, w weights) Figures {
	mean, sd := make([]float64, len(f.groups)), make([]float64, len(f.groups))
	strict := calibrate.Reference{SD: 1}.Threshold(at) // deviations above the mean
	low, high, strictest := math.Inf(1), math.Inf(-1), math.Inf(-1)
	for k, g := range f.groups {
		mean[k], sd[k] = g.moments(kind, w.groups[k])
		t := mean[k] + sd[k]*strict
		low, high, strictest = math.Min(low, t), math.Max(high, t), math.Max(strictest, t)
	}
	rates := make([]float64, len(f.groups))
	for range 30 { // the threshold where the mean rate is at
		t, all := (low+high)/2, 0.0
		for k := range rates {
			rates[k] = calibrate.Reference{Mean: mean[k], SD: sd[k]}.Rate(t)
			all += rates[k] / float64(len(rates))
		}
		if all > at {
			low = t
		} else {
			high = t
		}
	}
	var out Figures
	var sum, sq float64
	for _, r := range rates {
		l := math.Log10(math.Max(r, 1e-9))
		sum, sq = sum+l, sq+l*l
		out.Worst = math.Max(out.Worst, r)
	}
	n := float64(len(rates))
	out.Spread = math.Sqrt(math.Max(0, sq/n-sum*sum/n/n))
	out.Own = math.Max(rates[len(rates)-1], 1e-9)
	out.TAR = f.passing(kind, strictest, w.same)
	last := len(mean) - 1
	out.OwnTAR = f.passing(kind, mean[last]+sd[last]*strict, w.same)
	return out
}

// passing is the share of pairs of one person at or above t, each person the same weight; NaN where there is none.
func (f *fold) passing(kind int, t float64, weight []float64) float64 {
	var all, passed float64
	for i, p := range f.same {
		n := 0.0
		for _, s := range p.scores[kind] {
			if s >= t {
				n++
			}
		}
		all += weight[i]
		passed += weight[i] * n / float64(len(p.scores[kind]))
	}
	return passed / all
}

func (g *group) moments(kind int, w []float64) (mean, sd float64) {
	var n, sum, sq float64
	k := 0
	for i := range g.n {
		for j := i + 1; j < g.n; j++ {
			s := float64(g.scores[kind][k])
			k++
			if c := w[i] * w[j]; c > 0 {
				n, sum, sq = n+c, sum+c*s, sq+c*s*s
			}
		}
	}
	if n == 0 {
		return 0, 1e-9
	}
	mean = sum / n
	return mean, math.Max(1e-9, math.Sqrt(math.Max(0, sq/n-mean*mean)))
}
