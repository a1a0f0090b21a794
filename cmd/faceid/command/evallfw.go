package command

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"faceid/embed"
	"faceid/recognize"
	"faceid/recognize/measure"
)

func newEvalLFW(_ *app, run func(context.Context, *evalOptions) error) *cobra.Command {
	var o evalOptions
	cmd := &cobra.Command{
		Use:   "lfw FOLDER",
		Short: "Labeled Faces in the Wild: 10-fold accuracy, TAR at FAR",
		Long: `Reads the protocol (pairs.txt) and the photos (FOLDER/images/NAME/NAME_0001.jpg or FOLDER/NAME/…) of
Labeled Faces in the Wild. View 2 is the figure everybody reports: the threshold is chosen on nine folds and applied to
the tenth, mean over folds with its standard error. Settle every setting on View 1 (dev-train, dev-test). The protocol
"all" compares all photos with each other: 88 million pairs, enough for FAR 1e-5.
The person meant is the one in the middle of the photo.`,
		Example: `  faceid eval lfw lfw/
  faceid eval lfw lfw/ --detector yunet --roc roc.png`,
		Args: cobra.ExactArgs(1),
		RunE: parsed(&o, run, func(args []string) error {
			if _, ok := measure.Protocols[o.protocol]; !ok {
				return errFlag("protocol", o.protocol, "view2, dev-train, dev-test or all")
			}
			if !(o.require >= 0 && o.require <= 1) {
				return errFlag("require-accuracy", o.require, "in [0, 1]")
			}
			return o.take(args)
		}),
	}
	o.add(cmd)
	cmd.Flags().StringVar(&o.protocol, "protocol", "view2", "view2, dev-train, dev-test or all")
	cmd.Flags().StringVar(&o.published, "published", "",
		"draw the published ROC points of the text files in this `FOLDER` beside ours (default: FOLDER/roc)")
	cmd.Flags().Float64Var(&o.require, "require-accuracy", 0, "fail if the accuracy is below, or a photo has no face")
	return cmd
}

func (a *app) evalLFW(ctx context.Context, o *evalOptions) error {
	if d := filepath.Join(o.arg, "roc"); o.published == "" && isDir(d) {
		o.published = d
	}
	if o.roc != "" || o.det != "" {
		in, err := measure.LFWFiles(o.arg, o.published)
		if err == nil {
			err = a.notInput([]string{o.roc, o.det}, in...)
		}
		if err != nil {
			return err
		}
	}
	r, err := a.recognizer(ctx, o.view, recognize.Options{Select: embed.SelectCentral})
	if err != nil {
		return err
	}
	b, each := a.embedding()
	f, err := measure.LFW(ctx, r, o.arg, o.protocol, each)
	b.finish()
	if err != nil {
		return err
	}
	if err := a.report(o, f, f); err != nil && (err != errReported || o.protocol == "all") {
		return err
	}
	if o.require > 0 && (f.Accuracy < o.require || f.NoFace+f.Unread > 0) {
		return fmt.Errorf("accuracy %.4f, %d photos without a face, %d unreadable; required are %.4f and none",
			f.Accuracy, f.NoFace, f.Unread, o.require)
	}
	return nil // copies of LFW lack a photo here and there: the answer says how many, and --require-accuracy wants none
}
