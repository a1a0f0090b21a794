package command

import (
	"context"
	"fmt"
	"slices"
	"strings"

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
	s, err := a.models(false)
	if err != nil {
		return err
	}
	e, err := s.Entry(o.name)
	if err != nil {
		return err
	}
	own := slices.ContainsFunc(e.Sources, func(s string) bool { return strings.HasPrefix(s, "file:") })
	if own && !o.force { // Forget itself refuses the others
		if err := a.galleryNeeds(ctx, s, e); err != nil {
			return err
		}
	}
	if err := s.Forget(ctx, e.Name); err != nil {
		return err
	}
	if a.json {
		return a.printJSON(struct {
			Forgotten models.Entry `json:"forgotten"`
		}{e})
	}
	a.printf("forgot %s\n", e.Name)
	return nil
}

// galleryNeeds refuses to take away the model without which the gallery in use cannot be searched.
func (a *app) galleryNeeds(ctx context.Context, s *models.Store, e models.Entry) error {
	m, err := a.galleryModel(ctx)
	if err != nil {
		a.remark("whether %s needs it is not known: %v", a.galleryName(), err)
		return nil
	}
	same := func(o models.Entry) bool { return o.SHA256 == e.SHA256 && o.Name != e.Name }
	if m == nil || m.SHA256 != e.SHA256 || slices.ContainsFunc(s.Entries(), same) {
		return nil
	}
	return withHint(fmt.Errorf("%s was enrolled with %s, and cannot be used without it", a.galleryName(), e.Name),
		"--force takes it off the list all the same")
}
