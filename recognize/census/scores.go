package census

import (
	"context"
	"math"

	"faceid/eval"
	"faceid/gallery"
)

// Bins is the number of bins of a Histogram.
const Bins = 100

// Histogram counts scores: bin i has those in [2i/Bins − 1, 2(i+1)/Bins − 1), the last one 1, too.
type Histogram [Bins]int

func (h *Histogram) add(score float64) {
	h[max(0, min(Bins-1, int(math.Floor((score+1)*Bins/2))))]++
}

// Scores are those of a gallery's people: what its thresholds lie between.
type Scores struct {
	People    int       `json:"people"`    // compared, a random sample where they are many
	Same      Histogram `json:"same"`      // pairs of photos of one person, the first few of each
	Different Histogram `json:"different"` // pairs of people, one photo of each
	// people searched for as if they were not enrolled: the best of anybody else. So do strangers who are like them
	Strangers Histogram `json:"strangers"`
}

// Scores compares the people read. Pairs that look like one person enrolled twice are among them: a picture is to show
// them. progress is told the share of the work behind.
func (g *Census) Scores(ctx context.Context, e gallery.Engine, progress func(done float64)) (*Scores, error) {
	s := &Scores{People: len(g.ids)}
	pairs := max(1, len(g.ids)*(len(g.ids)-1)/2)
	done := 0
	for i, photos := range g.photos {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for k, a := range photos {
			for _, b := range photos[:k] {
				s.Same.add(eval.Cosine(a, b))
			}
		}
		for _, other := range g.photos[:i] {
			if len(photos) > 0 && len(other) > 0 {
				s.Different.add(eval.Cosine(photos[0], other[0]))
			}
		}
		if done += i; i%64 == 0 {
			progress(0.5 * float64(done) / float64(pairs))
		}
	}
	all := make([]bool, len(g.ids))
	for i := range all {
		all[i] = true
	}
	out, err := takeOut(ctx, e, g, all, nil)
	if err != nil {
		return nil, err
	}
	for _, best := range out.best {
		s.Strangers.add(best)
	}
	progress(1)
	return s, nil
}
