package command

import (
	"context"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"faceid/internal/plain"
	"faceid/internal/words"
	"faceid/models"
)

func newModelsList(_ *app, run func(context.Context) error) *cobra.Command {
	cmd := bare("list", "List models, their licences and whether they are here", run)
	cmd.Aliases = []string{"ls"}
	return cmd
}

func (a *app) modelsList(context.Context) error {
	s, err := a.models(false)
	if err != nil {
		return err
	}
	return a.printStatus(s.List())
}

func (a *app) printStatus(list []models.Status) error {
	w := tabwriter.NewWriter(a.out, 0, 8, 2, ' ', 0)
	for _, st := range list {
		if err := a.printJSON(st); err != nil {
			return err
		}
		if !a.json {
			plain.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", st.Entry.Name, st.Entry.Role, words.Size(st.Entry.Size), st.State,
				st.Entry.License.Words())
		}
	}
	return w.Flush()
}
