package command

import (
	"context"

	"github.com/spf13/cobra"

	"faceid/server/host"
)

type serveKeyAddOptions struct {
	name, scope, collection string
	signed                  bool
}

func newServeKeyAdd(_ *app, run func(context.Context, *serveKeyAddOptions) error) *cobra.Command {
	var o serveKeyAddOptions
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Make a key; it is shown once, the file has its hash",
		Args:  cobra.ExactArgs(1),
		RunE:  parsed(&o, run, one(&o.name)),
	}
	f := cmd.Flags()
	f.StringVar(&o.scope, "scope", string(host.Read), "what it may do: read, enrol (people), or admin (collections)")
	f.StringVar(&o.collection, "collection", "", "the only collection `NAME` that it opens (default: all)")
	f.BoolVar(&o.signed, "aws", false, "also for the AWS clients; the file then has their secret in the clear")
	return cmd
}

func (a *app) serveKeyAdd(_ context.Context, o *serveKeyAddOptions) error {
	made, err := host.AddKey(a.keys, o.name, host.Scope(o.scope), o.collection, o.signed)
	if err != nil {
		return err
	}
	a.printf("key: %s\n", made.Key)
	if o.signed {
		a.printf("export AWS_ACCESS_KEY_ID=%s AWS_SECRET_ACCESS_KEY=%s\n", made.AccessKey, made.Secret)
	}
	return a.printJSON(made)
}
