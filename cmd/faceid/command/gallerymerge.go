package command

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"faceid/gallery"
	"faceid/internal/plain"
	"faceid/recognize/curate"
)

type galleryMergeOptions struct {
	into string
	from []string
}

func newGalleryMerge(_ *app, run func(context.Context, *galleryMergeOptions) error) *cobra.Command {
	var o galleryMergeOptions
	return &cobra.Command{
		Use:   "merge PERSON PERSON...",
		Short: "Make one person of several who are one",
		Long: `The first keeps the name and the number, and gets the templates of the others, and what metadata
they have beyond the first's. The others are gone; the line printed gives their templates back to somebody
new of that name.`,
		Example: "  faceid gallery merge Kofi '#12'",
		Args:    cobra.MinimumNArgs(2),
		RunE: parsed(&o, run, func(args []string) error {
			o.into, o.from = args[0], args[1:]
			return nil
		}),
	}
}

func (a *app) galleryMerge(ctx context.Context, o *galleryMergeOptions) error {
	r, err := a.withGallery(ctx, viewFlags{})
	if err != nil {
		return err
	}
	m, err := curate.Merge(ctx, r, o.into, o.from...)
	if err = a.traces(err); err != nil {
		return err
	}
	for _, h := range m.From {
		a.printf("#%d %s is #%d %s\n", h.Person.ID, h.Person.Name, m.Person.ID, m.Person.Name)
	}
	return a.printMoved(m, func(h curate.Holding) string {
		name := h.Person.Name
		if name == m.Person.Name { // whom a new one of that name could not be told from
			name += " (2)"
		}
		return fmt.Sprintf("%s --new %s", spaced(h.Templates), plain.Shell(name))
	})
}

// namesAlike remarks names that may be taken for each other; ten say what is wrong.
func (a *app) namesAlike(pairs []gallery.NamePair) {
	for _, p := range pairs[:min(len(pairs), 10)] {
		a.remark("%v: one person? faceid gallery merge; faceid gallery check lists all", p)
	}
}
