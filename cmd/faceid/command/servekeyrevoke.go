package command

import (
	"context"

	"github.com/spf13/cobra"

	"faceid/server/host"
)

type serveKeyRevokeOptions struct{ name string }

func newServeKeyRevoke(_ *app, run func(context.Context, *serveKeyRevokeOptions) error) *cobra.Command {
	var o serveKeyRevokeOptions
	return &cobra.Command{
		Use:   "revoke NAME",
		Short: "Revoke a key; servers notice within seconds",
		Args:  cobra.ExactArgs(1),
		RunE:  parsed(&o, run, one(&o.name)),
	}
}

func (a *app) serveKeyRevoke(_ context.Context, o *serveKeyRevokeOptions) error {
	return host.RevokeKey(a.keys, o.name)
}
