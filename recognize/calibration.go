package recognize

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"

	"faceid/embed"
	"faceid/gallery"
	"faceid/gallery/snorm"
	"faceid/internal/words"
	"faceid/models"
	"faceid/recognize/calibrate"
	"faceid/recognize/census"
	"faceid/recognize/rejection"
	"faceid/recognize/tidy"
)

// MinCalibrated is the least number of people from whom a threshold is set: with fewer, the shipped one says more.
const MinCalibrated = 10

// TooFewError is the refusal to say a figure that takes more people or strangers.
type TooFewError struct {
	What       string // the figure
	Have, Need int
	Strangers  bool    // it takes strangers searched for, see CalibrateOptions; else people enrolled
	Least      float64 // share that there are enough for; 0: none
}

func (e *TooFewError) Error() string {
	have := words.Plural(e.Have, "person", "people")
	if e.Strangers {
		have = words.Plural(e.Have, "stranger was", "strangers were") + " searched for"
	}
	return fmt.Sprintf("%s: %s, %d are needed", e.What, have, e.Need)
}

// CalibrateOptions tune Calibrate; nil means the zero value.
type CalibrateOptions struct {
	// Strangers are photos of people who are certainly not enrolled, one each; the largest face counts. Searched, they
	// say the FPIR better than enrolled people taken out. Those that look like somebody enrolled are left out and
	// listed in the calibration.
	Strangers iter.Seq[embed.Input]
	// Left, if any, is told of the strangers' photos that say nothing, and why: what is wrong with the file, ErrNoFace,
	// a *PoorError, or census.ErrMet where the same photo, or one hardly different, was counted before.
	Left func(*PhotoError)
	// Cohort normalises scores from now on, in place of the one that is kept; see package normalise, which judges it.
	// The verdict is kept with it, of this moment unless it says another. NoCohort takes away the one that is kept.
	Cohort   *snorm.Norm
	Verdict  gallery.Verdict
	NoCohort bool
}

// Calibrate finds thresholds from the scores between the people enrolled, and keeps them with the gallery; Identify and
// Verify go by them from then on. A gallery's people say what no model's maker can know: how alike they and their
// photos are. It returns a *TooFewError for fewer than MinCalibrated people, whose calibration, if there was one, is
// removed, and for too few strangers, which changes nothing.
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
	n, verdict := o.Cohort, o.Verdict
	if n == nil && !o.NoCohort {
		if n, verdict, err = census.Kept(ctx, e, keep); err != nil {
			return nil, err
		}
	}
	var strangers []census.Stranger
	if o.Strangers != nil {
		if strangers, err = r.searchStrangers(ctx, e, o.Strangers, o.Left, n); err != nil {
			return nil, err
		}
	}
	c, err := r.calibrated(ctx, e, strangers, n)
	if c != nil && c.Cohort != nil {
		if o.Cohort != nil && verdict.Judged.IsZero() {
			verdict.Judged, verdict.JudgedOn = c.Made, c.Enrolled
		}
		c.Cohort.Verdict = verdict
	}
	if err != nil {
		if few := (*TooFewError)(nil); errors.As(err, &few) && !few.Strangers {
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
	info, err := rejection.Info(ctx, e)
	if err != nil {
		return err
	}
	c, err := keep.Calibration(ctx)
	if err == nil && (info.People < MinCalibrated && c == nil || c != nil && !census.Outdated(c, info)) {
		return nil
	}
	_, err = r.Calibrate(ctx, nil)
	if few := (*TooFewError)(nil); errors.As(err, &few) {
		return nil
	}
	return err
}

// calibrated does the work of Calibrate.
func (r *Recognizer) calibrated(ctx context.Context, e gallery.Engine, strangers []census.Stranger,
	n *snorm.Norm) (*gallery.Calibration, error) {

	g, err := TakeCensus(ctx, e)
	if err != nil {
		return nil, err
	}
	if g.Enrolled < MinCalibrated {
		return nil, &TooFewError{What: "calibration", Have: g.Enrolled, Need: MinCalibrated}
	}
	c, err := g.Calibration(ctx, e, r.reference(g.Info.Model), strangers, n)
	if err != nil || !c.Strangers || c.Searches >= fewestStrangers {
		return c, err
	}
	return nil, &TooFewError{"FPIR by strangers" + census.LeftOut(c), c.Searches, fewestStrangers, true, 0}
}

// TakeCensus reads the people of a gallery, without the examples of whom they are not.
func TakeCensus(ctx context.Context, e gallery.Engine) (*census.Census, error) {
	aside, err := rejection.Aside(ctx, e)
	if err != nil {
		return nil, err
	}
	return census.Take(ctx, e, aside)
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

// Curve says which scores are usual between different people: those of a gallery, e, or of the model where e is nil or
// has too few. It returns a *TooFewError where nothing is known of the model either.
func (r *Recognizer) Curve(ctx context.Context, e gallery.Engine, m gallery.Model) (tidy.Curve, error) {
	ref, n := r.reference(m), 0
	if e != nil {
		g, err := TakeCensus(ctx, e)
		if err != nil {
			return nil, err
		}
		n = g.Enrolled
		fit, _, _, err := g.Fit(ref)
		if !errors.Is(err, calibrate.ErrFew) {
			return fit, err
		}
	}
	if ref == (calibrate.Reference{}) {
		return nil, &TooFewError{"which scores are usual between people, by this model", n, calibrate.MinPeople,
			false, 0}
	}
	return ref, nil
}

// fewestStrangers can say something of one rate: one in two.
var fewestStrangers = calibrate.MinStrangers(0.5)

// searchStrangers returns what each stranger's search found first; left, if any, is told of photos that say nothing.
func (r *Recognizer) searchStrangers(ctx context.Context, e gallery.Engine, in iter.Seq[embed.Input],
	left func(*PhotoError), n *snorm.Norm) ([]census.Stranger, error) {
	_, _, p, err := r.enrolled(ctx)
	if err != nil {
		return nil, err
	}
	best, met, nearest := []census.Stranger{}, census.Faces{}, int64(0)
	for photo := range p.Run(ctx, in) {
		if ctx.Err() != nil {
			break
		}
		face, err := OneFace(photo, SeveralLargest)
		if err == nil {
			err = poor(face) // never gets a name
		}
		if err == nil {
			err = met.Meet(face.Embedding)
		}
		if err != nil {
			if left != nil {
				left(&PhotoError{photo.Path, err})
			}
			continue
		}
		probe := [][]float32{face.Embedding}
		found, err := gallery.ScoreTogether.Search(ctx, e, probe, besides, p.weight)
		if err == nil && n != nil && len(found[0]) > 0 {
			var by [][]gallery.Match
			if by, err = n.Search(ctx, e, probe, besides, p.weight); err == nil && len(by[0]) > 0 {
				found[0][0].Normalised, nearest = by[0][0].Normalised, by[0][0].PersonID
			}
		}
		if err != nil {
			return nil, err
		}
		if len(found[0]) > 0 {
			m := found[0][0]
			s := census.Stranger{Photo: photo.Path, PersonID: m.PersonID, Score: math.Min(1, float64(m.Score))}
			if m.Normalised != nil {
				s.NormalisedID, s.Normalised = nearest, math.Min(1, float64(*m.Normalised))
			}
			best = append(best, s)
		}
	}
	return best, ctx.Err()
}
