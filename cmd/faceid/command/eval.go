package command

import (
	"github.com/spf13/cobra"

	"faceid/embed"
	"faceid/recognize/measure"
)

type evalOptions struct {
	roc, det, published string
	protocol            string
	require             float64
	view                viewFlags
	arg                 string // folder or file
}

func newEval(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "eval",
		Short: "Measure accuracy: on LFW, on your own people, or on pairs of your own photos",
	}
	cmd.AddCommand(newEvalLFW(a, a.evalLFW), newEvalPairs(a, a.evalPairs), newEvalFolder(a, a.evalFolder))
	return group(cmd)
}

func (o *evalOptions) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.roc, "roc", "", "draw the ROC to a .png or .svg `FILE`")
	f.StringVar(&o.det, "det", "", "draw the detection error tradeoff to a .png or .svg `FILE`")
	o.view.add(f)
}

// embedding shows how far the photos of a benchmark are, and what is wrong with them; the bar is to be finished.
func (a *app) embedding() (*bar, func(embed.Photo, int)) {
	b := a.progress("embedding", -1)
	return b, func(p embed.Photo, of int) {
		b.total = int64(of)
		b.set(int64(p.Index + 1))
		switch {
		case p.Err != nil:
			b.clear()
			a.badPhoto(p.Path, p.Err)
		case len(p.Faces) == 0:
			b.clear()
			a.remark("%s: no face", p.Path)
		}
	}
}

// report prints the figures, and draws. It returns errReported if photos could not be read: the figures are not those of the whole set.
func (a *app) report(o *evalOptions, f *measure.Figures) error {
	for _, far := range f.Unseen {
		a.remark("FAR %g needs at least %.0f impostor pairs: not shown", far, 1/far)
	}
	if err := a.plots(o, f); err != nil {
		return err
	}
	if a.json {
		if err := a.printJSON(f); err != nil {
			return err
		}
	}
	a.printf("%s: %s, %s views, detector %s\n", f.Protocol, f.Model, f.Views, f.Detector)
	a.printf("  %s genuine and %s impostor pairs of %s photos; %d without a face, %d unreadable; %.1f photos a second\n",
		thousands(f.Genuine), thousands(f.Impostor), thousands(int64(f.Photos)), f.NoFace, f.Unread, float64(f.Photos)/f.Seconds)
	if f.Dropped > 0 {
		a.printf("  %s left out, of photos that cannot be read\n", plural(f.Dropped, "pair", "pairs"))
	}
	if f.Accuracy > 0 {
		a.printf("  accuracy        %.2f %% ± %.2f (standard error over the folds)\n", 100*f.Accuracy, 100*f.StdErr)
	}
	for _, p := range f.Points {
		a.printf("  TAR@FAR=%-7.0e %.2f %%  at threshold %.4f\n", p.FAR, 100*p.TAR, p.Threshold)
	}
	a.printf("  EER             %.2f %%\n  AUC             %.5f\n", 100*f.EER, f.AUC)
	if f.Unread > 0 {
		return errReported
	}
	return nil
}
