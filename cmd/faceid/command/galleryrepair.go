package command

import (
	"context"

	"github.com/spf13/cobra"

	"faceid/gallery"
)

func newGalleryRepair(_ *app, run func(context.Context) error) *cobra.Command {
	cmd := bare("repair", "On a cluster: find templates that searches miss, and write them again", run)
	cmd.Long = `Looks on every node of a cluster for every template by a search for itself, and writes those again that
are not found: nodes that were killed at once may list a template and have lost it from their search index. A move or a
merge that was killed is ended. All nodes must run; others may use the gallery meanwhile, and the command may be run
again. A gallery in a file needs none: its search index is made anew by itself.`
	return cmd
}

func (a *app) galleryRepair(ctx context.Context) error {
	e, err := a.engine(ctx)
	if err != nil {
		return err
	}
	g, ok := e.(gallery.Repairer)
	if !ok {
		a.printf("a gallery in a file needs no repair; faceid gallery check looks for damage\n")
		return nil
	}
	b := a.progress("looking for templates", -1)
	defer b.finish()
	r, err := g.Repair(ctx, func(templates int) { b.set(int64(templates)) })
	if err != nil {
		return err
	}
	b.finish()
	a.printf("%v\n", r)
	return nil
}
