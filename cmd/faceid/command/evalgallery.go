package command

import (
	"context"

	"github.com/spf13/cobra"

	"faceid/recognize/measure"
)

type evalGalleryOptions struct {
	groups string // CSV
	sheet  string // PNG
}

func newEvalGallery(_ *app, run func(context.Context, *evalGalleryOptions) error) *cobra.Command {
	var o evalGalleryOptions
	cmd := &cobra.Command{
		Use:   "gallery",
		Short: "The people enrolled: every template with every other, at the thresholds in use",
		Long: `Compares all templates of the gallery with each other, as eval folder does the photos of a folder. A
calibrated gallery is measured on the people that it is calibrated on: photos of others are the better test.`,
		Example: `  faceid eval gallery
  faceid eval gallery -o worst.png --groups groups.csv   # name,group per line`,
		Args: cobra.NoArgs,
		RunE: parsed(&o, run, func([]string) error { return checkSheet(o.sheet) }),
	}
	cmd.Flags().StringVar(&o.groups, "groups", "", "rates within groups of people: a CSV `FILE` of name,group")
	addSheet(cmd, &o.sheet)
	return cmd
}

func (a *app) evalGallery(ctx context.Context, o *evalGalleryOptions) error {
	groups, err := measure.ReadGroups(o.groups)
	if err != nil {
		return err
	}
	if err := a.notInput([]string{o.sheet}, o.groups); err != nil {
		return err
	}
	r, err := a.withGallery(ctx, viewFlags{})
	if err != nil {
		return err
	}
	p, err := measure.Enrolled(ctx, r, groups)
	if err != nil {
		return err
	}
	if o.sheet != "" {
		if err := p.DrawSheet(o.sheet); err != nil {
			return err
		}
	}
	return a.report(&evalOptions{}, p.Figures, p)
}
