package command

import (
	"context"

	"github.com/spf13/cobra"

	"faceid/recognize"
	"faceid/recognize/lines"
)

type galleryShowOptions struct{ people []string }

func newGalleryShow(_ *app, run func(context.Context, *galleryShowOptions) error) *cobra.Command {
	var o galleryShowOptions
	return &cobra.Command{
		Use:   "show PERSON...",
		Short: "Show people by name or #id, with their templates",
		Args:  cobra.MinimumNArgs(1),
		RunE:  parsed(&o, run, all(&o.people)),
	}
}

func (a *app) galleryShow(ctx context.Context, o *galleryShowOptions) error {
	e, err := a.engine(ctx)
	if err != nil {
		return err
	}
	for _, who := range o.people {
		p, err := recognize.Person(ctx, e, who)
		if err != nil {
			return err
		}
		line := lines.Person{Person: p}
		for t, err := range e.Templates(ctx, p.ID) {
			if err != nil {
				return err
			}
			line.Templates = append(line.Templates, lines.TemplateOf(t))
		}
		if err := a.print(line, line.WriteText); err != nil {
			return err
		}
	}
	return nil
}
