package recognize

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"time"

	"faceid/embed"
	"faceid/gallery"
	"faceid/models"
	"faceid/recognize/calibrate"
)

const (
	// MinCalibrated is the least number of people from whom a threshold is set: with fewer, the shipped one says more.
	MinCalibrated = 10

	calibratedPeople = 2000 // compared at most: two million pairs
	calibratedPhotos = 8    // of each
	calibratedOut    = 1000 // people taken out in turn at most
	alwaysAnew       = 500  // people up to whom every change calibrates anew, which takes less than the change
)

// CalibrationMethod is the name of what Calibrate does, kept with its figures.
const CalibrationMethod = "scores between enrolled people: moments with a prior, and counts"

// TooFewError is the refusal to say a figure that takes more people.
type TooFewError struct {
	What       string // the figure
	Have, Need int    // people, or strangers
}

func (e *TooFewError) Error() string {
	return fmt.Sprintf("%s: %d people, %d are needed", e.What, e.Have, e.Need)
}

// CalibrateOptions tune Calibrate; nil means the zero value.
type CalibrateOptions struct {
	// Strangers are photos of people who are certainly not enrolled, one each; the largest face counts. Searched, they
	// say the FPIR better than enrolled people taken out. Photos without a face are passed over.
	Strangers iter.Seq[embed.Input]
}

// Calibrate finds thresholds from the scores between the people enrolled, and keeps them with the gallery; Identify and
// Verify go by them from then on. A gallery's people say what no model's maker can know: how alike they and their
// photos are. It returns a *TooFewError for fewer than MinCalibrated people, whose calibration, if there was one, is
// removed.
func (r *Recognizer) Calibrate(ctx context.Context, o *CalibrateOptions) (*gallery.Calibration, error) {
	if o == nil {
		o = &CalibrateOptions{}
	}
	e, err := r.Gallery(ctx)
	if err != nil {
		return nil, err
	}
	keep, ok := e.(gallery.Calibrator)
	if !ok {
		return nil, fmt.Errorf("%s: a cluster cannot keep a calibration; that is for a gallery file", r.o.Gallery)
	}
	var strangers []float64
	if o.Strangers != nil {
		if strangers, err = r.searchStrangers(ctx, e, o.Strangers); err != nil {
			return nil, err
		}
	}
	c, err := r.calibrated(ctx, e, strangers)
	if err != nil {
		if few := (*TooFewError)(nil); errors.As(err, &few) {
			if stale, _ := keep.Calibration(ctx); stale != nil {
				err = errors.Join(err, keep.SetCalibration(ctx, nil))
			}
		}
		return nil, err
	}
	return c, keep.SetCalibration(ctx, c)
}

// Calibration returns what Calibrate found and kept; nil if it was never called.
func (r *Recognizer) Calibration(ctx context.Context) (*gallery.Calibration, error) {
	e, err := r.Gallery(ctx)
	if err != nil {
		return nil, err
	}
	keep, ok := e.(gallery.Calibrator)
	if !ok {
		return nil, fmt.Errorf("%s: a cluster keeps no calibration", r.o.Gallery)
	}
	return keep.Calibration(ctx)
}

// Recalibrate calibrates anew after people came or went, where that may change something; callers that change the
// gallery by other means than a Recognizer's call it. It never fails for too few people or an engine that keeps no
// calibration.
func (r *Recognizer) Recalibrate(ctx context.Context) error {
	e, err := r.Gallery(ctx)
	if err != nil {
		return err
	}
	keep, ok := e.(gallery.Calibrator)
	if !ok {
		return nil
	}
	info, err := e.Info(ctx)
	if err != nil {
		return err
	}
	c, err := keep.Calibration(ctx)
	if err == nil && (info.People < MinCalibrated && c == nil || c != nil && !outdated(c, info)) {
		return nil
	}
	_, err = r.Calibrate(ctx, nil)
	if few := (*TooFewError)(nil); errors.As(err, &few) {
		return nil
	}
	return err
}

// outdated says whether the gallery changed so much since c that it is worth the time to calibrate anew.
func outdated(c *gallery.Calibration, i gallery.Info) bool {
	if !c.Model.Same(i.Model) {
		return true
	}
	people, templates := abs(c.Enrolled-i.People), abs(c.Templates-i.Templates)
	if i.People <= alwaysAnew {
		return people > 0 || templates > 0
	}
	return 20*people > i.People || 5*templates > i.Templates
}

func abs(n int) int { return max(n, -n) }

// rates are those whose thresholds are kept: 0.5, 0.2, 0.1, … down to least. What is asked for between them is
// interpolated.
func rates(least float64) []float64 {
	var r []float64
	for p := 1.0; ; p /= 10 {
		for _, m := range []float64{0.5, 0.2, 0.1} {
			if p*m < least*(1-1e-9) {
				return r
			}
			r = append(r, math.Round(p*m*1e9)/1e9)
		}
	}
}

// calibrated does the work of Calibrate.
func (r *Recognizer) calibrated(ctx context.Context, e gallery.Engine, strangers []float64) (*gallery.Calibration, error) {
	g, err := readRoster(ctx, e)
	if err != nil {
		return nil, err
	}
	if g.enrolled < MinCalibrated {
		return nil, &TooFewError{"calibration", g.enrolled, MinCalibrated}
	}
	sample, who, err := calibrate.Pairs(g.photos, nil)
	if err != nil {
		return nil, err
	}
	sample.LeaveOut()
	fit, err := calibrate.New(r.reference(g.info.Model), sample)
	if err != nil {
		return nil, err
	}
	c := &gallery.Calibration{Made: time.Now().UTC().Truncate(time.Second), Model: g.info.Model, Method: CalibrationMethod,
		Enrolled: g.enrolled, Templates: g.templates, People: sample.People, Pairs: len(sample.Pairs)}
	alone := make([]bool, len(g.ids)) // not enrolled twice, as far as one can see
	for i := range alone {
		alone[i] = true
	}
	for _, t := range sample.Twice {
		a, b := who[t.A], who[t.B]
		c.Twice = append(c.Twice, gallery.LookTwice{A: g.ids[a], B: g.ids[b], Score: float64(t.Score)})
		alone[a], alone[b] = false, false
	}
	for _, far := range rates(1e-6) {
		t := fit.Threshold(far)
		rate, low, high := fit.FAR(t)
		addRate(&c.FAR, gallery.CalibratedRate{Rate: rate, Low: low, High: high, Threshold: t})
	}
	return c, openSet(ctx, e, g, fit, alone, strangers, c)
}

// addRate keeps rates falling: one that does not, since scores have steps, adds nothing.
func addRate(list *[]gallery.CalibratedRate, r gallery.CalibratedRate) {
	if n := len(*list); n > 0 && (r.Rate >= (*list)[n-1].Rate || r.Threshold < (*list)[n-1].Threshold) {
		return
	}
	*list = append(*list, r)
}

// reference is what is known of the model's scores; nothing of a model that is not among the models here.
func (r *Recognizer) reference(m gallery.Model) calibrate.Reference {
	e, err := r.modelOf(m.SHA256)
	if err != nil {
		return calibrate.Reference{}
	}
	return referenceOf(e)
}

func referenceOf(e models.Entry) calibrate.Reference {
	var p []calibrate.Point
	for _, t := range e.Thresholds {
		p = append(p, calibrate.Point{FAR: t.FAR, Score: t.Score})
	}
	ref, err := calibrate.NewReference(p)
	if err != nil { // a manifest of somebody's own; then the people speak for themselves
		return calibrate.Reference{}
	}
	return ref
}
