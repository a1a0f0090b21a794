package census

import (
	"context"
	"errors"
	"fmt"

	"faceid/gallery"
	"faceid/gallery/snorm"
)

// Norm reads the cohort of a calibration that has one. It returns gallery.ErrDamaged.
func Norm(c *gallery.Calibration) (*snorm.Norm, error) {
	n, err := snorm.Parse(c.Cohort.Moments)
	if err == nil && n.Dim() != c.Model.Dim {
		err = snorm.ErrCohort
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w; faceid gallery calibrate --no-cohort takes it away", gallery.ErrDamaged, err)
	}
	return n, nil
}

// Kept is the cohort that a gallery has, of its model, and why it is used; nil where there is none.
func Kept(ctx context.Context, e gallery.Engine, keep gallery.Calibrator) (n *snorm.Norm, v gallery.Verdict,
	err error) {
	info, err := e.Info(ctx)
	if err != nil {
		return nil, v, err
	}
	c, err := keep.Calibration(ctx)
	if errors.Is(err, gallery.ErrDamaged) { // a new one takes its place
		return nil, v, nil
	}
	if err != nil || c == nil || c.Cohort == nil || !c.Model.Same(info.Model) {
		return nil, v, err
	}
	n, err = Norm(c)
	return n, c.Cohort.Verdict, err
}

// ScoreOf is what a threshold is for: the normalised score where there is one.
func ScoreOf(m gallery.Match) float64 {
	if m.Normalised != nil {
		return float64(*m.Normalised)
	}
	return float64(m.Score)
}
