package command

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"faceid/internal/atomicfile"
	"faceid/internal/words"
	"faceid/recognize"
)

type galleryExportOptions struct {
	out              string
	numbers, noTrunk bool
	force            bool
}

func newGalleryExport(_ *app, run func(context.Context, *galleryExportOptions) error) *cobra.Command {
	var o galleryExportOptions
	cmd := &cobra.Command{
		Use:   "export FILE",
		Short: "Write the gallery to .jsonl or .npz",
		Long: `Writes all people and templates, as JSON Lines (one person per line) or as a NumPy archive. The file is
biometric data, readable by its owner alone: keep it so.`,
		Example: "  faceid gallery export backup.jsonl\n  faceid gallery export faces.npz     # " +
			"numpy.load(\"faces.npz\")[\"embeddings\"]",
		Args: cobra.ExactArgs(1),
		RunE: parsed(&o, run, func(args []string) error {
			o.out = args[0]
			_, err := recognize.FormatOf(o.out)
			return err
		}),
	}
	cmd.Flags().BoolVar(&o.numbers, "numbers", false, "in .jsonl, vectors as numbers instead of base64: twice the size")
	cmd.Flags().BoolVar(&o.force, "force", false, "replace FILE where it is there")
	cmd.Flags().BoolVar(&o.noTrunk, "no-trunk", false, "leave the trunk features out")
	return cmd
}

func (a *app) galleryExport(ctx context.Context, o *galleryExportOptions) error {
	format, err := recognize.FormatOf(o.out)
	if err != nil {
		return err
	}
	err = a.notInput([]string{o.out})
	if err == nil && !o.force {
		err = atomicfile.Vacant(o.out)
	}
	if err != nil {
		return err
	}
	e, err := a.engine(ctx)
	if err != nil {
		return err
	}
	t, b := a.transfer("exporting")
	defer b.finish()
	t.Numbers, t.NoTrunk = o.numbers, o.noTrunk
	err = atomicfile.Write(o.out, 0o600, func(w io.Writer) error { return format.Write(ctx, e, w, t) })
	if err != nil {
		return err
	}
	info, err := e.Info(ctx)
	a.remark("%s, %s: %s", words.Plural(info.People, "person", "people"), words.Plural(info.Templates, "template",
		"templates"), o.out)
	return err
}
