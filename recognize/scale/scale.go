// Package scale says the decisions of package recognize in the words of protocols that have others: similarities of
// their own, whose thresholds users know, and single faces where recognize has people.
//
//	s, err := scale.New(ctx, r, 1, scale.Anchor{FAR: 1e-3, At: 0.5}, scale.Anchor{FAR: 1e-4, At: 0.6})
//	for _, m := range templates { … s.Found(*answer.Face, m) … }
package scale

import (
	"context"
	"errors"
	"math"
	"sort"

	"faceid/embed"
	"faceid/eval"
	"faceid/recognize"
)

// Anchor ties a figure of somebody's scale of similarity to a false accept rate: the figure stands for the threshold
// that has this rate.
type Anchor struct{ FAR, At float64 }

// Scale maps cosine similarities to a protocol's figures for similarity, so that the thresholds that its clients have
// by default mean something: a figure reaches an anchor if and only if the score reaches the threshold of the anchor's
// rate. Between anchors it is linear; the cosines 0 and 1 are 0 and the top.
type Scale struct {
	cos, at []float64 // ascending
	floor   float64   // what a face that is too poor to tell stays below
}

// New makes a scale of anchors, by falling rate and rising figure, all below top. Rates that no threshold is known
// for are left out; it returns a *recognize.UnreachedError if that is all of them.
func New(ctx context.Context, r *recognize.Recognizer, top float64, anchors ...Anchor) (*Scale, error) {
	p, err := r.Pipeline(ctx)
	if err != nil {
		return nil, err
	}
	s := &Scale{}
	var missing error
	for _, a := range anchors {
		at, err := r.PairPoint(ctx, p, recognize.Target{FAR: a.FAR})
		if unreached := (*recognize.UnreachedError)(nil); errors.As(err, &unreached) {
			missing = err
			continue
		}
		if err != nil {
			return nil, err
		}
		if n := len(s.cos); n > 0 && at.Threshold < s.cos[n-1] { // a looser rate cannot take a stricter threshold
			at.Threshold = s.cos[n-1]
		}
		s.cos, s.at = append(s.cos, at.Threshold), append(s.at, a.At)
	}
	if len(s.cos) == 0 {
		return nil, missing
	}
	s.floor = 0.999 * s.at[0] // below it after rounding, too
	low := 0.0
	if s.cos[0] <= 0 {
		low = math.Min(-1, s.cos[0]-1e-9)
	}
	high := math.Max(1, s.cos[len(s.cos)-1]+1e-9)
	s.cos, s.at = append(append([]float64{low}, s.cos...), high), append(append([]float64{0}, s.at...), top)
	return s, nil
}

// Of is the figure for a cosine similarity.
func (s *Scale) Of(cos float64) float64 {
	i := sort.Search(len(s.cos), func(i int) bool { return s.cos[i] > cos }) // the first above
	switch n := len(s.cos); i {
	case 0:
		return s.at[0]
	case n:
		return s.at[n-1]
	}
	x := (cos - s.cos[i-1]) / (s.cos[i] - s.cos[i-1])
	return s.at[i-1] + x*(s.at[i]-s.at[i-1])
}

// Found is the figure for a probe and a template, with the caution that Identify takes of poor ones. A face that is too
// poor to tell stays below the loosest anchor, since it looks like everybody whose photo is as poor; and so does
// whoever the face is not.
func (s *Scale) Found(probe embed.Face, m Template) float64 {
	at := s.Of(float64(m.Score) - m.Caution)
	if recognize.TooPoor(probe) != nil || m.Not {
		return math.Min(at, s.floor)
	}
	return at
}

// Pair is the figure for two faces that are compared, with the caution that Verify takes of poor ones.
func (s *Scale) Pair(a, b embed.Face, score float64) float64 {
	at := s.Of(score - float64(embed.Caution(a.Quality.Usable, b.Quality.Usable)))
	if recognize.TooPoor(a) != nil || recognize.TooPoor(b) != nil {
		return math.Min(at, s.floor)
	}
	return at
}

// Faces is the figure for two faces: Pair for the cosine of their embeddings.
func (s *Scale) Faces(a, b embed.Face) float64 {
	return s.Pair(a, b, eval.Cosine(a.Embedding, b.Embedding))
}
