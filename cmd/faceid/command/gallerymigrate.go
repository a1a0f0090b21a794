package command

import (
	"context"

	"github.com/spf13/cobra"
)

type galleryMigrateOptions struct{ model string }

func newGalleryMigrate(_ *app, run func(context.Context, *galleryMigrateOptions) error) *cobra.Command {
	var o galleryMigrateOptions
	cmd := &cobra.Command{
		Use:   "migrate --model NAME",
		Short: "Recompute all templates for a fine-tuned model, without the photos",
		Long: `A fine-tuned model differs in its final layer only, so all templates are recomputed from the stored trunk features in
one transaction. Killed half-way, the gallery is the old one or the new one, whole.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), &o) },
	}
	cmd.Flags().StringVar(&o.model, "model", "", "the fine-tuned embedder's `NAME`")
	if err := cmd.MarkFlagRequired("model"); err != nil {
		panic(err)
	}
	return cmd
}

func (a *app) galleryMigrate(ctx context.Context, o *galleryMigrateOptions) error {
	r, err := a.withGallery(ctx, viewFlags{})
	if err != nil {
		return err
	}
	b := a.progress("migrating", -1)
	m, err := r.Migrate(ctx, o.model, func(done, total int) {
		b.total = int64(total)
		b.set(int64(done))
	})
	b.finish()
	switch {
	case err != nil:
		return err
	case a.json:
		return a.printJSON(m)
	case m.Templates == 0:
		a.printf("the gallery is one of %s already\n", m.To)
	default:
		a.printf("%s migrated from %s to %s\n", plural(m.Templates, "template", "templates"), m.From, m.To)
	}
	return nil
}
