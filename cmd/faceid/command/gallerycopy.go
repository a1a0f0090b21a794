package command

import (
	"context"

	"github.com/spf13/cobra"

	"faceid/internal/words"
	"faceid/recognize"
	"faceid/recognize/advice"
)

type galleryCopyOptions struct{ from, to string }

func newGalleryCopy(_ *app, run func(context.Context, *galleryCopyOptions) error) *cobra.Command {
	var o galleryCopyOptions
	return &cobra.Command{
		Use:   "copy FROM TO",
		Short: "Copy a gallery: to another file, to a cluster, or back",
		Long: "Adds everybody of one gallery to another, which is created if there is none. An interrupted copy " +
			"goes on by the same command.",
		Example: "  faceid gallery copy gallery.db 'weaviate://10.0.0.1:8080,10.0.0.2:8080/Faces?replicas=3'",
		Args:    cobra.ExactArgs(2),
		RunE: parsed(&o, run, func(args []string) error {
			o.from, o.to = args[0], args[1]
			return nil
		}),
	}
}

func (a *app) galleryCopy(ctx context.Context, o *galleryCopyOptions) error {
	r, err := a.recognizer(ctx, viewFlags{}, recognize.Options{})
	if err != nil {
		return err
	}
	t, b := a.transfer("copying")
	defer b.finish()
	done, err := r.Copy(ctx, o.from, o.to, t)
	if err != nil {
		return err
	}
	if done.Cohort > 0 {
		a.remark("scores of the copy are normalised by the same %s", words.Plural(done.Cohort, "stranger", "strangers"))
	}
	if done.Left != "" {
		a.remark("not copied: %s", advice.Paste(done.Left, o.to))
	}
	return a.printTransferred(done.Transferred, done)
}
