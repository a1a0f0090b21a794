package command

import (
	"context"

	"github.com/spf13/cobra"

	"faceid/recognize/lines"
)

type modelsForgetOptions struct {
	name  string
	force bool
}

func newModelsForget(_ *app, run func(context.Context, *modelsForgetOptions) error) *cobra.Command {
	var o modelsForgetOptions
	cmd := &cobra.Command{
		Use:     "forget NAME",
		Aliases: []string{"remove", "rm", "delete"},
		Short:   "Take a model of your own off the list",
		Args:    cobra.ExactArgs(1),
		RunE:    parsed(&o, run, one(&o.name)),
	}
	cmd.Flags().BoolVar(&o.force, "force", false, "even if the gallery in use was made with it")
	return cmd
}

func (a *app) modelsForget(ctx context.Context, o *modelsForgetOptions) error {
	r, err := a.withGallery(ctx, viewFlags{})
	if err != nil {
		return err
	}
	e, unsure, err := r.Forget(ctx, o.name, o.force)
	if unsure != nil {
		a.remark("whether %s needs it is not known: %v", a.galleryName(), unsure)
	}
	if err != nil {
		return err
	}
	a.printf("forgot %s\n", e.Name)
	return a.printJSON(lines.Forgotten{Model: e})
}
