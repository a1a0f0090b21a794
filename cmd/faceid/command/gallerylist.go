package command

import (
	"context"
	"text/tabwriter"

	"faceid/internal/plain"

	"github.com/spf13/cobra"
)

func newGalleryList(_ *app, run func(context.Context) error) *cobra.Command {
	cmd := bare("list", "List the people enrolled", run)
	cmd.Aliases = []string{"ls"}
	return cmd
}

func (a *app) galleryList(ctx context.Context) error {
	e, err := a.engine(ctx)
	if err != nil {
		return err
	}
	out, rows := tabwriter.NewWriter(a.out, 0, 8, 2, ' ', 0), 0
	for p, err := range e.People(ctx) {
		if err == nil {
			err = a.printJSON(p)
		}
		if err != nil {
			return err
		}
		if !a.json {
			plain.Fprintf(out, "#%d\t%s\t%s\t%s\n", p.ID, p.Name, p.Created.Local().Format("2006-01-02 15:04"),
				p.Metadata)
		}
		if rows++; rows%1000 == 0 { // a million people are not kept till the last has come
			if err := out.Flush(); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}
