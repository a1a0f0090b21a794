package recognize

import (
	"context"
	"errors"
	"slices"

	"faceid/gallery"
	"faceid/recognize/census"
	"faceid/recognize/rejection"
	"faceid/recognize/tidy"
)

const (
	lookalikeTemplates = 1000 // looked at per enrolment; the gallery doctor looks at all
	lookalikeShare     = 0.01 // of strangers who are said to look like somebody
)

// lookalikes compares what was just stored with everybody else, at a threshold that so few strangers reach with
// anybody; with many people, the strictest that is known.
func (r *Recognizer) lookalikes(ctx context.Context, e gallery.Engine, p *Pipeline, stored []census.Fresh) (
	[]census.Lookalike, error) {

	info, err := rejection.Info(ctx, e)
	if err != nil {
		return nil, err
	}
	t := Target{FAR: min(DefaultIdentifyFAR, lookalikeShare/float64(max(info.People, 1)))}
	at, err := r.point(ctx, e, info, p.Entry, t)
	if u := (*UnreachedError)(nil); errors.As(err, &u) {
		if len(u.Known) == 0 { // of a model without thresholds nothing says who looks like whom, and people are stored
			return nil, nil
		}
		at, err = r.point(ctx, e, info, p.Entry, Target{FAR: slices.Min(u.Known)})
	}
	if err != nil {
		return nil, err
	}
	anybody := func(name string) bool { return !rejection.May(name) }
	return census.Lookalikes(ctx, e, stored, at.Threshold, tidy.SamePhoto, anybody)
}
