package command

import (
	"context"

	"github.com/spf13/cobra"
)

type modelsPullOptions struct {
	names  []string
	accept bool
}

func newModelsPull(_ *app, run func(context.Context, *modelsPullOptions) error) *cobra.Command {
	var o modelsPullOptions
	cmd := &cobra.Command{
		Use:   "pull [NAME...]",
		Short: "Fetch models or packs, verified by SHA-256 (default: the default pack and ONNX Runtime)",
		Example: "  faceid models pull\n  faceid models pull yunet runtime samples\n  faceid models pull buffalo_l " +
			"--accept-license",
		RunE: parsed(&o, run, all(&o.names)),
	}
	addAccept(cmd.Flags(), &o.accept)
	return cmd
}

func (a *app) modelsPull(ctx context.Context, o *modelsPullOptions) error {
	s, err := a.models(o.accept)
	if err != nil {
		return err
	}
	if err := s.Pull(ctx, o.names...); err != nil {
		return err
	}
	a.remark("models are in %s", s.Dir())
	return nil
}
