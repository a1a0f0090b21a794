package recognize

import (
	"context"

	"faceid/gallery"
	"faceid/recognize/census"
)

// scored is the point for people scored in this way, by the gallery's cohort where it has one: that speaks of no other
// scores than gallery.ScoreTogether, and a threshold freely given is one of cosines.
func (r *Recognizer) scored(ctx context.Context, e gallery.Engine, i gallery.Info, p *Pipeline, t Target,
	s gallery.Scoring) (Point, error) {
	at, err := r.point(ctx, e, i, p.Entry, t)
	if err != nil || at.People == 0 || at.Given || s != gallery.ScoreTogether {
		return at, err
	}
	c, err := calibrationOf(ctx, e, i)
	if err != nil || c == nil || c.Cohort == nil {
		return at, err
	}
	n, err := census.Norm(c)
	if err != nil {
		return at, err
	}
	at, err = CalibratedPoint(c.Normalised(), i.People, t)
	at.norm = n
	return at, err
}

// search finds the nearest people, by the score that the point is for.
func (p Point) search(ctx context.Context, e gallery.Engine, probes [][]float32, k int, s gallery.Scoring,
	weight func(gallery.Template) float32) ([][]gallery.Match, error) {
	if p.norm != nil {
		return p.norm.Search(ctx, e, probes, k, weight)
	}
	return s.Search(ctx, e, probes, k, weight)
}
