package command

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"faceid/recognize"
)

type galleryImportOptions struct {
	in    string
	model string
	plain bool
}

func newGalleryImport(_ *app, run func(context.Context, *galleryImportOptions) error) *cobra.Command {
	var o galleryImportOptions
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Add the people of a .jsonl or .npz file",
		Long: "Adds people and templates that an export wrote. What is there already is recognised, so an " +
			"interrupted import goes on by the same command.",
		Args: cobra.ExactArgs(1),
		RunE: parsed(&o, run, func(args []string) error {
			o.in = args[0]
			if o.plain && o.model == "" {
				return errFlag("plain", o.plain,
					"goes with --model; without it the file says how its vectors were made")
			}
			_, err := recognize.FormatOf(o.in)
			return err
		}),
	}
	cmd.Flags().StringVar(&o.model, "model", "",
		"the embedder `NAME` that made the vectors, where the file does not say")
	cmd.Flags().BoolVar(&o.plain, "plain", false, "with --model: the vectors were made without the mirrored view")
	return cmd
}

func (a *app) galleryImport(ctx context.Context, o *galleryImportOptions) error {
	f, err := os.Open(o.in)
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := a.withGallery(ctx, viewFlags{})
	if err != nil {
		return err
	}
	t, b := a.transfer("importing")
	defer b.finish()
	done, err := r.Import(ctx, f, &recognize.ImportOptions{Model: o.model, Plain: o.plain, Transfer: t})
	if err != nil {
		return err
	}
	return a.printTransferred(done, done)
}
