package command

import (
	"context"

	"github.com/spf13/cobra"

	"faceid/internal/words"
)

type galleryMigrateOptions struct{ model string }

func newGalleryMigrate(_ *app, run func(context.Context, *galleryMigrateOptions) error) *cobra.Command {
	var o galleryMigrateOptions
	cmd := &cobra.Command{
		Use:   "migrate --model NAME",
		Short: "Recompute all templates for a fine-tuned model, without the photos",
		Long: `A fine-tuned model differs in its final layer only, so all templates are recomputed from the stored trunk
features in one transaction. Killed half-way, the gallery is the old one or the new one, whole.`,
		Args: cobra.NoArgs,
		RunE: parsed(&o, run, func([]string) error { return nil }),
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
	defer b.finish()
	m, err := r.Migrate(ctx, o.model, b.show)
	if err != nil {
		return err
	}
	if m.Templates == 0 {
		a.printf("the gallery is one of %s already\n", m.To)
	} else {
		a.printf("%s migrated from %s to %s\n", words.Plural(m.Templates, "template", "templates"), m.From, m.To)
	}
	if m.Cohort > 0 {
		a.remark("%s normalised the scores of %s, and cannot those of %s; give their photos again: %s",
			words.Plural(m.Cohort, "stranger", "strangers"), m.From, m.To,
			a.paste("faceid gallery calibrate --cohort FOLDER"))
	}
	return a.printJSON(m)
}
