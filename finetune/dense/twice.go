package dense

import (
	"cmp"
	"slices"

	"faceid/internal/gemm"
)

// Twice is a person whose photos, no copies, look like another person's: one person under two names, as a rule.
type Twice struct {
	Person string  `json:"person"` // left out unless suspects are kept: the one with fewer photos, the later of equals
	Of     string  `json:"of"`
	Score  float64 `json:"score"` // mean cosine of the photos of one with those of the other
	Photos int     `json:"photos"`
}

// twice lists the people who look like one and, unless kept, leaves out one of each two: as strangers they would decide
// the strict thresholds. On LFW's 5,748 people it lists 9 pairs, most of them one name in two spellings; of 124 people
// with half of their photos under a second name it finds 119, with one photo there 99. People of one photo each it does
// not compare: too many are as alike by chance as two photos of one person are.
func (f *Findings) twice(d *Dataset, e *Embedded, out []bool, keep bool) {
	sums, n := e.sums(len(d.People), out)
	own, mean := newQuantiles(), make([]float64, len(d.People)) // cosine between photos of a person
	for p := range mean {
		if n[p] < 2 {
			continue
		}
		square := 0.0
		for _, x := range sums.Row(p) {
			square += float64(x) * float64(x)
		}
		mean[p] = (square - float64(n[p])) / float64(n[p]*(n[p]-1))
		own.add(mean[p])
	}
	type pair struct {
		p, q  int // p has fewer photos
		score float64
	}
	var list []pair
	common, nearest, best := newQuantiles(), newQuantiles(), make([]float64, len(d.People))
	limit := own.above(-2)
	sums.EachScore(sums, 1, func(_, p int, scores []float32) {
		for q, s := range scores[:p] {
			if n[p]*n[q] < 2 {
				continue
			}
			x := pair{p, q, float64(s) / float64(n[p]*n[q])}
			if n[p] > n[q] {
				x.p, x.q = q, p
			}
			common.add(x.score)
			best[p], best[q] = max(best[p], x.score), max(best[q], x.score)
			if x.score > limit {
				list = append(list, x)
			}
		}
	})
	for p, b := range best {
		if n[p] > 0 {
			nearest.add(b)
		}
	}
	// As of a suspect in wrongLabels; more of one photo, whose score strays further; and the larger is alike in itself,
	// else some photo is wrong, and not a name.
	limit = max(limit, common.above(4), nearest.beyond())
	limitOne := max(limit, own.above(-1))
	slices.SortStableFunc(list, func(x, y pair) int { return cmp.Compare(y.score, x.score) })
	gone := make([]bool, len(d.People))
	for _, x := range list {
		if x.score <= limit || n[x.p] == 1 && x.score <= limitOne || mean[x.q] <= limit || gone[x.p] || gone[x.q] {
			continue
		}
		gone[x.p] = true
		f.Twice = append(f.Twice, Twice{d.People[x.p], d.People[x.q], x.score, n[x.p]})
	}
	for i, ph := range e.Photo {
		if gone[e.Person[i]] && !keep {
			out[ph] = true
		}
	}
}

// sums adds up each person's embeddings, without the photos that are out, and counts them.
func (e *Embedded) sums(people int, out []bool) (*Embedded, []int) {
	dim, n := e.E.Cols, make([]int, people)
	s := &Embedded{E: gemm.Matrix(make([]float32, people*dim), people, dim)}
	for i, p := range e.Person {
		if out[e.Photo[i]] {
			continue
		}
		n[p]++
		row := s.Row(int(p))
		for k, x := range e.Row(i) {
			row[k] += x
		}
	}
	return s, n
}
