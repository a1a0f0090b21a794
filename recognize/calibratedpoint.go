package recognize

import (
	"context"
	"fmt"

	"faceid/gallery"
	"faceid/models"
	"faceid/recognize/census"
)

// point picks the operating point for a gallery: by its calibration where it has one of its model, else by what was
// measured for the model. enrolled is the number of people that a probe is compared with.
func (r *Recognizer) point(ctx context.Context, e gallery.Engine, i gallery.Info, m models.Entry,
	t Target) (Point, error) {
	c, err := calibrationOf(ctx, e, i)
	switch {
	case err != nil:
		return Point{}, err
	case c != nil:
		return CalibratedPoint(c, i.People, t)
	case t.FPIR != 0 && t.Threshold == nil && i.People >= MinCalibrated:
		return Point{}, ErrUncalibrated
	case t.FPIR != 0 && t.Threshold == nil:
		return Point{}, &TooFewError{"an FPIR needs a calibrated gallery", i.People, MinCalibrated, false, 0}
	}
	return PointOf(m, t)
}

// calibrationOf returns the gallery's calibration, nil where there is none or it is of another model than the gallery
// now.
func calibrationOf(ctx context.Context, e gallery.Engine, i gallery.Info) (*gallery.Calibration, error) {
	keep, ok := e.(gallery.Calibrator)
	if !ok {
		return nil, nil
	}
	c, err := keep.Calibration(ctx)
	if err != nil || c == nil || !c.Model.Same(i.Model) {
		return nil, err
	}
	return c, nil
}

// CalibratedPoint picks the operating point by a calibration, for a gallery of so many people. It returns an
// *UnreachedError for a FAR stricter than any in it, and a *TooFewError for an FPIR.
func CalibratedPoint(c *gallery.Calibration, enrolled int, t Target) (Point, error) {
	p := Point{People: c.People}
	switch {
	case t.Threshold != nil:
		p.Threshold, p.Given = *t.Threshold, true
		if !(p.Threshold >= -1 && p.Threshold <= 1) {
			return p, fmt.Errorf("threshold %v: a cosine similarity is in [-1, 1]", p.Threshold)
		}
	case t.FPIR != 0:
		if !(t.FPIR > 0 && t.FPIR < 1) {
			return p, fmt.Errorf("FPIR %g: a rate is in (0, 1)", t.FPIR)
		}
		// Few strangers are found by more than one person, so the share grows as the gallery does.
		want := t.FPIR * float64(c.Enrolled) / float64(max(enrolled, 1))
		threshold, ok := census.AtRate(c.FPIR, want)
		if !ok {
			return p, &TooFewError{fmt.Sprintf("an FPIR of %g", t.FPIR), c.Searches,
				census.Needed(want, c.Strangers), c.Strangers, census.Least(c, enrolled)}
		}
		p.Threshold = threshold
	default:
		if !(t.FAR > 0 && t.FAR < 1) {
			return p, fmt.Errorf("false accept rate %g: a rate is in (0, 1)", t.FAR)
		}
		threshold, ok := census.AtRate(c.FAR, t.FAR)
		if !ok {
			u := &UnreachedError{Model: c.Model.Name, FAR: t.FAR}
			for _, r := range c.FAR {
				u.Known = append(u.Known, r.Rate)
			}
			return p, u
		}
		p.Threshold = threshold
	}
	p.FAR, p.Low, p.High = census.AtThreshold(c.FAR, p.Threshold)
	return p, nil
}
