package command

import (
	"context"

	"github.com/spf13/cobra"

	"faceid/server/host"
)

func newServeKeyList(_ *app, run func(context.Context) error) *cobra.Command {
	return bare("list", "List the keys, not what opens", run)
}

func (a *app) serveKeyList(context.Context) error {
	all, err := host.ReadKeys(a.keys)
	for _, k := range all {
		k.SHA256, k.Secret = "", ""
		a.printf("%s\t%s\t%s\t%s\n", k.Name, k.Scope, k.Collection, k.Created.Format("2006-01-02"))
		if err := a.printJSON(k); err != nil {
			return err
		}
	}
	return err
}
