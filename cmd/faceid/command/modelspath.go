package command

import (
	"context"

	"github.com/spf13/cobra"

	"faceid/recognize/lines"
)

type modelsPathOptions struct {
	name   string
	accept bool
}

func newModelsPath(_ *app, run func(context.Context, *modelsPathOptions) error) *cobra.Command {
	var o modelsPathOptions
	cmd := &cobra.Command{
		Use:   "path NAME",
		Short: "Print where a model's file is, fetching it if need be",
		Args:  cobra.ExactArgs(1),
		RunE:  parsed(&o, run, one(&o.name)),
	}
	addAccept(cmd.Flags(), &o.accept)
	return cmd
}

func (a *app) modelsPath(ctx context.Context, o *modelsPathOptions) error {
	s, err := a.models(o.accept)
	if err != nil {
		return err
	}
	path, err := s.Path(ctx, o.name)
	if err != nil {
		return err
	}
	a.printf("%s\n", path)
	return a.printJSON(lines.Path{Name: o.name, Path: path})
}
