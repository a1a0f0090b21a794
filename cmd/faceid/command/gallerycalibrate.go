package command

import (
	"context"
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"faceid/embed"
	"faceid/gallery"
	"faceid/recognize"
	"faceid/recognize/measure"
)

type galleryCalibrateOptions struct {
	strangers []string // photos or folders
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
That count is of the gallery as it is: give the photos again after people came or went.`,
		Example: `  faceid gallery calibrate
  faceid gallery calibrate --strangers visitors/`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), &o) },
	}
	cmd.Flags().StringArrayVar(&o.strangers, "strangers", nil, "photos of people who are not enrolled: a `FOLDER` or photo; may be given again")
	cmd.Flags().BoolVar(&o.show, "show", false, "show the calibration that is there, and change nothing")
	cmd.MarkFlagsMutuallyExclusive("strangers", "show")
	return cmd
}

func (a *app) galleryCalibrate(ctx context.Context, o *galleryCalibrateOptions) error {
	r, err := a.withGallery(ctx, viewFlags{})
	if err != nil {
		return err
	}
	if o.show {
		return a.showCalibration(ctx, r)
	}
	var c recognize.CalibrateOptions
	if len(o.strangers) > 0 {
		paths, err := a.photoPaths(o.strangers)
		if err != nil {
			return err
		}
		c.Strangers = embed.Files(paths...)
	}
	done, err := r.Calibrate(ctx, &c)
	if err != nil {
		return err
	}
	return a.printCalibration(ctx, r, done)
}

func (a *app) showCalibration(ctx context.Context, r *recognize.Recognizer) error {
	e, err := r.Gallery(ctx)
	if err != nil {
		return err
	}
	keep, ok := e.(gallery.Calibrator)
	if !ok {
		return fmt.Errorf("%s: a cluster keeps no calibration", a.galleryName())
	}
	c, err := keep.Calibration(ctx)
	if err != nil {
		return err
	}
	if c == nil {
		return withHint(fmt.Errorf("%s is not calibrated", a.galleryName()), "faceid gallery calibrate")
	}
	return a.printCalibration(ctx, r, c)
}

func (a *app) printCalibration(ctx context.Context, r *recognize.Recognizer, c *gallery.Calibration) error {
	if a.json {
		return a.printJSON(c)
	}
	a.printf("calibrated %s on %s, %s pairs, model %s\n", c.Made.Local().Format("2006-01-02 15:04"),
		plural(c.People, "person", "people"), thousands(int64(c.Pairs)), c.Model.Name)
	a.printf("\n%-44s threshold   95 %% interval of the rate\n", "pairs of different people like them that pass")
	for _, far := range []float64{1e-2, 1e-3, 1e-4, 1e-5} {
		p, err := recognize.CalibratedPoint(c, c.Enrolled, recognize.Target{FAR: far})
		if err == nil {
			a.printf("%-44s %9.3f   %s\n", oneIn(far), p.Threshold, interval(p.Low, p.High))
		}
	}
	if len(c.FPIR) > 0 {
		how := fmt.Sprintf("%d of them taken out in turn", c.Searches)
		if c.Strangers {
			how = fmt.Sprintf("%d strangers searched", c.Searches)
		}
		a.printf("\nstrangers taken for somebody among %s (%s)\n", plural(c.Enrolled, "person", "people"), how)
		for _, r := range c.FPIR {
			if r.Rate > 0.21 {
				continue
			}
			missed := ""
			if r.FNIR != nil {
				missed = fmt.Sprintf("; %s of %d searches for those enrolled miss", percent(*r.FNIR), c.Mated)
			}
			a.printf("%-44s %9.3f   %s%s\n", percent(r.Rate), r.Threshold, interval(r.Low, r.High), missed)
		}
		if c.Strangers && float64(c.Searches)*c.FPIR[len(c.FPIR)-1].Rate < 30 {
			a.remark("rates at which fewer than 30 strangers passed are rough; 3,000 strangers settle 1 %%")
		}
	}
	return a.printTwice(ctx, r, c)
}

// printTwice lists the people who look enrolled twice.
func (a *app) printTwice(ctx context.Context, r *recognize.Recognizer, c *gallery.Calibration) error {
	if len(c.Twice) == 0 {
		return nil
	}
	e, err := r.Gallery(ctx)
	if err != nil {
		return err
	}
	a.printf("\nleft out, since they look like one person enrolled twice:\n")
	for _, t := range c.Twice {
		var names [2]string
		for i, id := range []int64{t.A, t.B} {
			names[i] = fmt.Sprintf("#%d", id)
			if p, err := e.Person(ctx, id); err == nil {
				names[i] += " " + p.Name
			}
		}
		a.printf("  %s and %s, score %.3f\n", names[0], names[1], t.Score)
	}
	return nil
}

// interval is one of rates.
func interval(low, high float64) string {
	if low < 1e-9 {
		return "up to " + percent(high)
	}
	return percent(low) + " to " + percent(high)
}

// percent says a share with two digits that count.
func percent(share float64) string { return measure.Percent(share) }

// pointFacts are what a script learns of an operating point beside the rate.
type pointFacts struct {
	On     string   `json:"far_on,omitempty"`  // "people like those enrolled", or the photos that it was measured on
	Low    *float64 `json:"far_low,omitempty"` // 95 % interval, where it is of people like those enrolled
	High   *float64 `json:"far_high,omitempty"`
	People int      `json:"calibrated_on,omitempty"` // enrolled people
}

func factsOf(p recognize.Point) pointFacts {
	if p.People > 0 {
		return pointFacts{"people like those enrolled", &p.Low, &p.High, p.People}
	}
	return pointFacts{On: p.On}
}

// known is a figure for JSON, which has no NaN.
func known(v float64) *float64 {
	if math.IsNaN(v) {
		return nil
	}
	return &v
}
