package command

import (
	"context"

	"github.com/spf13/cobra"

	"faceid/embed"
	"faceid/recognize"
	"faceid/recognize/measure"
)

func newEvalPairs(_ *app, run func(context.Context, *evalOptions) error) *cobra.Command {
	var o evalOptions
	cmd := &cobra.Command{
		Use:   "pairs FILE",
		Short: "Your own pairs: errors at the thresholds in use, ROC, EER, TAR at FAR",
		Long: `Reads pairs of photos, one per line: path, path, 1 for the same person or 0 for two, separated by commas,
tabs or spaces. Paths are relative to the file. The person meant is the largest face of a photo.`,
		Args: cobra.ExactArgs(1),
		RunE: parsed(&o, run, o.take),
	}
	o.add(cmd)
	return cmd
}

func (a *app) evalPairs(ctx context.Context, o *evalOptions) error {
	list, err := measure.ReadPairs(o.arg)
	if err != nil {
		return err
	}
	if err := a.notInput([]string{o.roc, o.det}, append(list.Photos(), o.arg)...); err != nil {
		return err
	}
	r, err := a.recognizer(ctx, o.view, recognize.Options{Select: embed.SelectLargest, Calibration: a.galleryName()})
	if err != nil {
		return err
	}
	b, each := a.embedding()
	f, err := list.Measure(ctx, r, each)
	b.finish()
	if err != nil {
		return err
	}
	return a.report(o, f.Figures, f)
}
