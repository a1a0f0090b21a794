package measure

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"faceid/gallery"
	"faceid/internal/plain"
	"faceid/internal/words"
	"faceid/recognize"
)

// WriteCalibration writes the gallery's calibration for people: the thresholds, the rates that they stand for, and who
// looks enrolled twice.
func WriteCalibration(ctx context.Context, r *recognize.Recognizer, w io.Writer, c *gallery.Calibration) error {
	var b bytes.Buffer
	plain.Fprintf(&b, "calibrated %s on %s, %s pairs, model %s\n", c.Made.Local().Format("2006-01-02 15:04"),
		words.Plural(c.People, "person", "people"), words.Thousands(c.Pairs), c.Model.Name)
	plain.Fprintf(&b, "\n%-44s threshold   95 %% interval of the rate\n",
		"pairs of different people like them that pass")
	for _, far := range []float64{1e-2, 1e-3, 1e-4, 1e-5} {
		p, err := recognize.CalibratedPoint(c, c.Enrolled, recognize.Target{FAR: far})
		if err == nil {
			plain.Fprintf(&b, "%-44s %9.3f   %s\n", words.OneIn(far), p.Threshold, words.Interval(p.Low, p.High))
		}
	}
	if len(c.FPIR) > 0 {
		how := fmt.Sprintf("%d of them taken out in turn", c.Searches)
		if c.Strangers {
			how = fmt.Sprintf("%d strangers searched", c.Searches)
		}
		plain.Fprintf(&b, "\nstrangers taken for somebody among %s (%s)\n",
			words.Plural(c.Enrolled, "person", "people"), how)
	}
	for _, p := range c.FPIR {
		if p.Rate > 0.21 {
			continue
		}
		missed := ""
		if p.FNIR != nil {
			missed = fmt.Sprintf("; %s of %d searches for those enrolled miss", words.Percent(*p.FNIR), c.Mated)
		}
		plain.Fprintf(&b, "%-44s %9.3f   %s%s\n", words.Percent(p.Rate), p.Threshold,
			words.Interval(p.Low, p.High), missed)
	}
	if n := c.Cohort; n != nil {
		plain.Fprintf(&b, "\nscores are normalised by %s and %s enrolled (%s)\n", words.Plural(n.People, "stranger",
			"strangers"), words.Thousands(n.Own), n.Says)
		for _, far := range []float64{1e-2, 1e-3, 1e-4, 1e-5} {
			p, err := recognize.CalibratedPoint(c.Normalised(), c.Enrolled, recognize.Target{FAR: far})
			if err == nil {
				plain.Fprintf(&b, "%-44s %9.3f   %s\n", words.OneIn(far)+", normalised", p.Threshold,
					words.Interval(p.Low, p.High))
			}
		}
		switch {
		case n.Judged.IsZero():
			plain.Fprintf(&b, "whether it helps these people was not judged by this calibration; "+
				"faceid gallery calibrate --cohort FOLDER judges it\n")
		case !n.Judged.Equal(c.Made):
			plain.Fprintf(&b, "whether it helps was judged %s with %s enrolled, and not since; "+
				"faceid gallery calibrate --cohort FOLDER judges it again\n",
				n.Judged.Local().Format("2006-01-02 15:04"), words.Plural(n.JudgedOn, "person", "people"))
		}
		plain.Fprintf(&b, "it counts for verify and identify; the figures above and --score are of cosines; "+
			"of people who are like nobody enrolled and nobody of the strangers more may pass than it says\n")
	}
	if err := writeLeftOut(ctx, r, &b, c); err != nil {
		return err
	}
	_, err := b.WriteTo(w)
	return err
}

// writeLeftOut says who was left out and why.
func writeLeftOut(ctx context.Context, r *recognize.Recognizer, b *bytes.Buffer, c *gallery.Calibration) error {
	if len(c.Twice)+len(c.LookEnrolled) == 0 {
		return nil
	}
	e, err := r.Gallery(ctx)
	if err != nil {
		return err
	}
	who := func(id int64) string {
		p, err := e.Person(ctx, id)
		if err != nil { // removed since
			return fmt.Sprintf("#%d", id)
		}
		return fmt.Sprintf("#%d %s", id, p.Name)
	}
	if len(c.Twice) > 0 {
		plain.Fprintf(b, "\nleft out, since they look like one person enrolled twice:\n")
	}
	for _, t := range c.Twice {
		plain.Fprintf(b, "  %s and %s, score %.3f\n", who(t.A), who(t.B), t.Score)
	}
	if len(c.LookEnrolled) > 0 {
		plain.Fprintf(b, "\nstrangers left out, since they look like somebody who is enrolled:\n")
	}
	for _, l := range c.LookEnrolled {
		plain.Fprintf(b, "  %s: %s, score %.3f\n", l.Photo, who(l.PersonID), l.Score)
	}
	return nil
}
