package command

import (
	"cmp"
	"context"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"faceid/embed"
	"faceid/internal/pathlist"
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
			return cmp.Or(checkSheet(o.sheet), o.take(args))
		}),
	}
	o.add(cmd)
	cmd.Flags().StringVar(&o.groups, "groups", "", "rates within groups of people: a CSV `FILE` of name,group")
	addSheet(cmd, &o.sheet)
	return cmd
}

func (a *app) evalFolder(ctx context.Context, o *evalFolderOptions) error {
	groups, err := measure.ReadGroups(o.groups)
	if err != nil {
		return err
	}
	in, err := a.people(o.arg, "eval folder")
	if err != nil {
		return err
	}
	if err := a.notInput([]string{o.roc, o.det, o.sheet}, append(pathlist.Paths(in), o.groups)...); err != nil {
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

// addSheet adds the flag of a contact sheet.
func addSheet(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVarP(file, "sheet", "o", "", "draw the worst pairs to a .png `FILE`: photos that are still there")
}

func checkSheet(file string) error {
	if file != "" && !strings.EqualFold(filepath.Ext(file), ".png") {
		return errFlag("sheet", file, "end the name in .png")
	}
	return nil
}
