package command

import (
	"cmp"
	"io"

	"github.com/spf13/cobra"

	"faceid/embed"
	"faceid/recognize/measure"
)

type evalOptions struct {
	roc, det, published, protocol string
	require                       float64
	view                          viewFlags
	arg                           string // folder or file
}

func newEval(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "eval",
		Short: "Measure accuracy: on LFW, on your own people, enrolled or not, or on pairs of photos",
	}
	cmd.AddCommand(newEvalLFW(a, a.evalLFW), newEvalPairs(a, a.evalPairs), newEvalFolder(a, a.evalFolder),
		newEvalGallery(a, a.evalGallery))
	return group(cmd)
}

func (o *evalOptions) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.roc, "roc", "", "draw the ROC to a .png or .svg `FILE`")
	f.StringVar(&o.det, "det", "", "draw the detection error tradeoff to a .png or .svg `FILE`")
	o.view.add(f)
}

// take refuses what could not be done before the hours of work, not after.
func (o *evalOptions) take(args []string) error {
	o.arg = args[0]
	return cmp.Or(checkPlot("roc", o.roc), checkPlot("det", o.det), o.view.check())
}

// embedding shows how far the photos of a benchmark are, and what is wrong with them; the bar is to be finished.
func (a *app) embedding() (*bar, func(embed.Photo, int)) {
	b := a.progress("embedding", -1)
	return b, func(p embed.Photo, of int) {
		b.show(p.Index+1, of)
		switch {
		case p.Err != nil:
			a.badPhoto(p.Path, p.Err)
		case len(p.Faces) == 0:
			a.remark("%s: no face", p.Path)
		}
	}
}

// report draws the figures, and prints the whole that they are of. It returns errReported if photos could not be read:
// the figures are not those of the whole set.
func (a *app) report(o *evalOptions, f *measure.Figures, whole interface{ WriteText(io.Writer) error }) error {
	for _, far := range f.Unseen {
		a.remark("FAR %g needs at least %.0f impostor pairs: not shown", far, 1/far)
	}
	if err := a.plots(o, f); err != nil {
		return err
	}
	if err := a.print(whole, whole.WriteText); err != nil {
		return err
	}
	if f.Unread > 0 {
		return errReported
	}
	return nil
}
