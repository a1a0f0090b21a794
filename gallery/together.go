package gallery

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// Together is Engine.Search with a score of all templates of a person together: the mean of the probe's cosine with the
// nearest of them and its cosine with their mean, in [-1, 1]; of a person with one template it is the cosine. The more
// templates a person has, the likelier one of them is near to a stranger; the mean is not.
//
// weight, which may be nil, says what a template counts for in the mean, 0 or more. Only the people that the search by
// the nearest template finds are scored, and of these only those whose nearest has a cosine of at least Apart.
func Together(ctx context.Context, e Engine, probes [][]float32, o *SearchOptions,
	weight func(Template) float32) ([][]Match, error) {
	if o != nil {
		best := *o
		best.Rank = RankBest
		o = &best
	}
	found, err := e.Search(ctx, probes, o)
	if err != nil {
		return nil, err
	}
	means := map[int64][]float32{} // of those with several templates; nil: of one
	for i, matches := range found {
		for j := range matches {
			m := &matches[j]
			if m.Score < Apart {
				break
			}
			mean, known := means[m.PersonID]
			if !known {
				if mean, err = meanTemplate(ctx, e, m.PersonID, weight); err != nil {
					return nil, err
				}
				means[m.PersonID] = mean
			}
			if mean != nil {
				m.Score = TogetherScore(m.Score, probes[i], mean)
			}
		}
		slices.SortStableFunc(matches, func(a, b Match) int {
			return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.PersonID, b.PersonID))
		})
	}
	return found, nil
}

// Apart is the cosine below which Together leaves a score as it is: such people are far below every threshold.
const Apart = 0.15

// TogetherScore is the score of Together for a probe, its cosine with the nearest template, and the mean of the
// templates; neither vector need be of unit length. A mean without a direction counts for nothing.
func TogetherScore(nearest float32, probe, mean []float32) float32 {
	var dot, a, b float64
	for i, x := range probe {
		y := float64(mean[i])
		dot += float64(x) * y
		a += float64(x) * float64(x)
		b += y * y
	}
	if !(a*b > 0) {
		return nearest
	}
	return float32((float64(nearest) + max(-1, min(dot/math.Sqrt(a*b), 1))) / 2)
}

// meanTemplate is the weighted sum of a person's templates, or nil where there is only one.
func meanTemplate(ctx context.Context, e Engine, person int64, weight func(Template) float32) ([]float32, error) {
	var sum []float32
	n := 0
	for t, err := range e.Templates(ctx, person) {
		if err != nil {
			return nil, err
		}
		if n++; sum == nil {
			sum = make([]float32, len(t.Embedding))
		}
		w := float32(1)
		if weight != nil {
			w = weight(t)
		}
		for i, x := range t.Embedding {
			sum[i] += w * x
		}
	}
	if n < 2 {
		return nil, nil
	}
	return sum, nil
}
