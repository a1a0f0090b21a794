package command

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"faceid/models"
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
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name = args[0]
			return run(cmd.Context(), &o)
		},
	}
	cmd.Flags().BoolVar(&o.force, "force", false, "even if the gallery in use was made with it")
	return cmd
}

func (a *app) modelsForget(ctx context.Context, o *modelsForgetOptions) error {
	r, err := a.withGallery(ctx, viewFlags{})
	if err != nil {
		return err
	}
	e, err := r.Models().Entry(o.name)
	if err != nil {
		return err
	}
	if !o.force {
		needed, err := r.Needs(ctx, e)
		if err != nil {
			a.remark("whether %s needs it is not known: %v", a.galleryName(), err)
		}
		if needed {
			return withHint(fmt.Errorf("%s was enrolled with %s, and cannot be used without it", a.galleryName(), e.Name),
				"--force takes it off the list all the same")
		}
	}
	if err := r.Models().Forget(ctx, e.Name); err != nil {
		return err
	}
	if a.json {
		return a.printJSON(map[string]models.Entry{"forgotten": e})
	}
	a.printf("forgot %s\n", e.Name)
	return nil
}
