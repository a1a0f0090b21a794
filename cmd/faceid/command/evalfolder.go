package command

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"faceid/embed"
	"faceid/recognize"
	"faceid/recognize/measure"
)

type evalFolderOptions struct {
	evalOptions
	groups string // CSV
	sheet  string // PNG
}

func newEvalFolder(_ *app, run func(context.Context, *evalFolderOptions) error) *cobra.Command {
	var o evalFolderOptions
	cmd := &cobra.Command{
		Use:   "folder PEOPLE",
		Short: "Your own people: every photo with every other, at the thresholds in use",
		Long: `Compares all photos of a folder that has one folder per person: false and true accept rates at the
thresholds in use, with 95 % intervals (people resampled, an exact bound where no error was seen), the
thresholds that give a wanted rate here, EER, photos without a face, and the worst pairs to look at.
The person meant is the largest face of a photo.`,
		Example: `  faceid eval folder people/
  faceid eval folder people/ --sheet worst.png --groups groups.csv   # name,group per line`,
		Args: cobra.ExactArgs(1),
		RunE: parsed(&o, run, func(args []string) error {
			if o.sheet != "" && !strings.EqualFold(filepath.Ext(o.sheet), ".png") {
				return errFlag("sheet", o.sheet, "end the name in .png")
			}
			return o.take(args)
		}),
	}
	o.add(cmd)
	cmd.Flags().StringVar(&o.groups, "groups", "", "rates within groups of people: a CSV `FILE` of name,group")
	cmd.Flags().StringVar(&o.sheet, "sheet", "", "draw the worst pairs to a .png `FILE`")
	return cmd
}

func (a *app) evalFolder(ctx context.Context, o *evalFolderOptions) error {
	groups, err := measure.ReadGroups(o.groups)
	if err != nil {
		return err
	}
	in, err := a.people(o.arg)
	if err != nil {
		return err
	}
	if err := a.notInput([]string{o.roc, o.det, o.sheet}, append(pathsOf(in), o.groups)...); err != nil {
		return err
	}
	r, err := a.recognizer(ctx, o.view, recognize.Options{Select: embed.SelectLargest, Calibration: a.galleryName()})
	if err != nil {
		return err
	}
	b, each := a.embedding()
	f, err := measure.Folder(ctx, r, o.arg, in, groups, each)
	b.finish()
	if err != nil {
		return err
	}
	if o.sheet != "" {
		if err := f.DrawSheet(o.sheet); err != nil {
			return err
		}
	}
	return a.report(&o.evalOptions, f.Figures, f)
}
