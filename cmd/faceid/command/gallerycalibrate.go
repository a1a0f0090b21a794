package command

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"faceid/embed"
	"faceid/gallery"
	"faceid/recognize"
	"faceid/recognize/measure"
	"faceid/recognize/normalise"
)

type galleryCalibrateOptions struct {
	strangers []string // photos or folders
	cohort    []string // the same
	noCohort  bool
	show      bool
}

func newGalleryCalibrate(_ *app, run func(context.Context, *galleryCalibrateOptions) error) *cobra.Command {
	var o galleryCalibrateOptions
	cmd := &cobra.Command{
		Use:   "calibrate",
		Short: "Set thresholds by the people enrolled",
		Long: `Compares the enrolled people with each other and finds the thresholds that give a wanted rate of false
accepts among people like them, with 95 % intervals; identify and verify go by them from then on.
It runs by itself after an enrolment, an import or a removal. At least ten people are needed,
20 are good, 100 better. People who look enrolled twice are left out and listed.

With --strangers, photos of people who are certainly not enrolled (one each), the share of strangers
who are taken for somebody is counted on them, which is better than taking enrolled people out in turn.
Photos among them that look like somebody enrolled are left out and listed; copies, and photos that
hardly differ, count once. Photos that cannot be read are reported, and the exit code is 2.
That count is of the gallery as it is: give the photos again after people came or went.

With --cohort, photos of any strangers of many origins and ages, at least 300 people, scores are
normalised by them: faces that many strangers look like score less, so that one threshold fits groups
better. Where groups kept out do not show that it helps, nothing changes. It stays until --no-cohort.`,
		Example: `  faceid gallery calibrate
  faceid gallery calibrate --strangers visitors/
  faceid gallery calibrate --cohort crowd/`,
		Args: cobra.NoArgs,
		RunE: parsed(&o, run, func([]string) error { return nil }),
	}
	cmd.Flags().StringArrayVar(&o.strangers, "strangers", nil,
		"photos of people who are not enrolled: a `FOLDER` or photo; may be given again")
	cmd.Flags().StringArrayVar(&o.cohort, "cohort", nil,
		"normalise scores by photos of many strangers: a `FOLDER` or photo; may be given again")
	cmd.Flags().BoolVar(&o.noCohort, "no-cohort", false, "go by cosines again, without the cohort that is there")
	cmd.Flags().BoolVar(&o.show, "show", false, "show the calibration that is there, and change nothing")
	cmd.MarkFlagsMutuallyExclusive("strangers", "show")
	cmd.MarkFlagsMutuallyExclusive("cohort", "no-cohort", "show")
	return cmd
}

func (a *app) galleryCalibrate(ctx context.Context, o *galleryCalibrateOptions) error {
	r, err := a.withGallery(ctx, viewFlags{})
	if err != nil {
		return err
	}
	c, err := a.calibration(ctx, r, o)
	if err != nil {
		return err
	}
	if n := len(c.FPIR); n > 0 && c.Strangers && float64(c.Searches)*c.FPIR[n-1].Rate < 30 {
		a.remark("rates at which fewer than 30 strangers passed are rough; 3,000 strangers settle 1 %%")
	}
	return a.print(c.Shown(), func(w io.Writer) error { return measure.WriteCalibration(ctx, r, w, c) })
}

// calibration is the one that is there, or a new one.
func (a *app) calibration(ctx context.Context, r *recognize.Recognizer,
	o *galleryCalibrateOptions) (*gallery.Calibration, error) {
	if o.show {
		c, err := r.Calibration(ctx)
		if err == nil && c == nil {
			what := a.galleryName() + " is not calibrated"
			err = withHint(errors.New(what), a.paste("faceid gallery calibrate"))
			if _, info, ierr := r.There(ctx); ierr == nil && info.People < recognize.MinCalibrated {
				err = &recognize.TooFewError{What: what, Have: info.People, Need: recognize.MinCalibrated}
			}
		}
		return c, err
	}
	c := recognize.CalibrateOptions{NoCohort: o.noCohort}
	if len(o.strangers) > 0 {
		paths, err := a.photoPaths(o.strangers)
		if err != nil {
			return nil, err
		}
		c.Strangers = embed.Files(paths...)
	}
	var left measure.StrangersLeft
	c.Left = func(p *recognize.PhotoError) {
		if !left.Add(p) {
			a.problem(p.Path, p)
			a.badArgs++
		}
	}
	defer func() {
		if s := left.String(); s != "" {
			a.remark("strangers' photos left out: %s", s)
		}
	}()
	if len(o.cohort) == 0 {
		done, err := r.Calibrate(ctx, &c)
		few := (*recognize.TooFewError)(nil)
		if errors.As(err, &few) && few.Strangers && few.Have == 0 && a.badArgs > 0 && left.String() == "" {
			err = errReported // no photo could be read, and each was said why
		}
		return done, err
	}
	paths, err := a.photoPaths(o.cohort)
	if err != nil {
		return nil, err
	}
	return normalise.Calibrate(ctx, r, embed.Files(paths...), c)
}
