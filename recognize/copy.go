package recognize

import (
	"context"
	"errors"
	"fmt"

	"faceid/gallery"
	"faceid/internal/hint"
	"faceid/recognize/census"
	"faceid/recognize/places"
)

// Copied is what Copy did.
type Copied struct {
	gallery.Transferred
	Cohort int `json:"cohort,omitempty"` // strangers who normalise the copy's scores as they do the original's
	// what of the original's calibration the copy has not, and what to do about it; "": nothing
	Left string `json:"left,omitempty"`
}

// Copy adds everybody of one gallery to another, each a file or an engine's address; the other is created if there is
// none. An interrupted copy goes on by the same call. The copy is calibrated by its own people, whose numbers are
// others; a cohort that normalises the original's scores does the copy's, unless that was calibrated before.
func (r *Recognizer) Copy(ctx context.Context, from, to string,
	o *gallery.TransferOptions) (done Copied, err error) {
	if !IsAddress(from) && !IsAddress(to) && places.Same(from, to) {
		return done, hint.With(fmt.Errorf("%s and %s are the same gallery", from, to), "name another file for the copy")
	}
	src, err := r.OpenEngine(ctx, from, nil)
	if err != nil {
		return done, err
	}
	defer src.Close()
	info, err := src.Info(ctx)
	if err != nil {
		return done, err
	}
	dst, err := r.OpenEngine(ctx, to, &info.Model)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, dst.Close()) }()
	if done.Transferred, err = gallery.Copy(ctx, src, dst, o); err != nil {
		return done, err
	}
	err = r.carry(ctx, src, dst, to, &done)
	return done, err
}

const hintCohort = "faceid gallery calibrate --cohort FOLDER has photos of strangers normalise its scores"

// carry calibrates the copy, called to.
func (r *Recognizer) carry(ctx context.Context, src, dst gallery.Engine, to string, done *Copied) error {
	info, err := src.Info(ctx)
	if err != nil {
		return err
	}
	was, _ := calibrationOf(ctx, src, info) // a damaged one is the original's fault, and said there
	keep, ok := dst.(gallery.Calibrator)
	if !ok {
		if was != nil {
			done.Left = "the calibration; a cluster keeps none, and its answers go by the model's thresholds"
		}
		return nil
	}
	c := &Recognizer{o: r.o, store: r.store, gallery: dst}
	c.o.Gallery = to
	if was == nil || was.Cohort == nil {
		return c.Recalibrate(ctx)
	}
	own, _ := keep.Calibration(ctx) // a damaged one is as none: the new one takes its place
	if own != nil {
		if own.Cohort == nil {
			done.Left = "the cohort, since this gallery has a calibration of its own: " + hintCohort
		}
		return c.Recalibrate(ctx)
	}
	n, err := census.Norm(was)
	if err != nil {
		return err
	}
	_, err = c.Calibrate(ctx, &CalibrateOptions{Cohort: n, Verdict: was.Cohort.Verdict})
	if few := (*TooFewError)(nil); errors.As(err, &few) {
		done.Left = fmt.Sprintf("the cohort (%v): %s", err, hintCohort)
		return nil
	}
	if err == nil {
		done.Cohort = was.Cohort.People
	}
	return err
}
