package command

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"faceid/internal/plain"
	"faceid/internal/words"
	"faceid/recognize"
	"faceid/recognize/curate"
	"faceid/recognize/lines"
)

type galleryRemoveOptions struct {
	people    []string
	templates []int64 // instead of people
	yes       bool
}

func newGalleryRemove(_ *app, run func(context.Context, *galleryRemoveOptions) error) *cobra.Command {
	var o galleryRemoveOptions
	var templates bool
	cmd := &cobra.Command{
		Use:     "remove PERSON... | remove --template NUMBER...",
		Aliases: []string{"rm", "delete", "forget"},
		Short:   "Delete people, or single templates, with every trace of them",
		Example: `  faceid gallery remove Ada "#3"
  faceid gallery remove --template 7 9   # faceid gallery show has the numbers`,
		Args: cobra.MinimumNArgs(1),
		RunE: parsed(&o, run, func(args []string) (err error) {
			if templates {
				o.templates, err = templateNumbers(args)
			} else {
				o.people = args
			}
			return err
		}),
	}
	cmd.Flags().BoolVar(&templates, "template", false, "delete the templates of these numbers, not people")
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	return cmd
}

func (a *app) galleryRemove(ctx context.Context, o *galleryRemoveOptions) error {
	r, err := a.withGallery(ctx, viewFlags{})
	if err != nil {
		return err
	}
	if len(o.templates) > 0 {
		return a.removeTemplates(ctx, r, o)
	}
	e, err := r.Gallery(ctx)
	if err != nil {
		return err
	}
	people, err := recognize.Persons(ctx, e, o.people...)
	if err != nil {
		return err
	}
	names := make([]string, len(people))
	for i, p := range people {
		names[i] = fmt.Sprintf("#%d %s", p.ID, p.Name)
	}
	if err := a.sure(o.yes, names); err != nil {
		return err
	}
	if err := a.traces(r.Remove(ctx, people...)); err != nil {
		return err
	}
	for i, p := range people {
		a.printf("removed %s\n", names[i])
		if err := a.printJSON(lines.Removed{Person: &p}); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) removeTemplates(ctx context.Context, r *recognize.Recognizer, o *galleryRemoveOptions) error {
	held, err := curate.Holders(ctx, r, o.templates...)
	if err != nil {
		return err
	}
	names := make([]string, len(held))
	for i, h := range held {
		names[i] = fmt.Sprintf("%s %s of #%d %s", words.Choose(len(h.Templates), "template", "templates"),
			spaced(h.Templates), h.Person.ID, h.Person.Name)
	}
	if err := a.sure(o.yes, names); err != nil {
		return err
	}
	if err := a.traces(curate.RemoveTemplates(ctx, r, o.templates...)); err != nil {
		return err
	}
	for i, h := range held {
		a.printf("removed %s\n", names[i])
		a.lastGone(h)
		if err := a.printJSON(lines.Removed{Templates: h.Templates, Of: &h.Person}); err != nil {
			return err
		}
	}
	return nil
}

// sure asks before what is named is deleted.
func (a *app) sure(yes bool, what []string) error {
	if yes {
		return nil
	}
	if !a.inTTY || !a.errTTY {
		return withHint(errors.New("nothing was deleted: there is no terminal to ask on"),
			"--yes deletes without asking")
	}
	plain.Fprintf(a.err, "Delete %s for good? [y/N] ", strings.Join(what, ", "))
	answer, _ := bufio.NewReader(a.in).ReadString('\n')
	if !strings.HasPrefix(strings.ToLower(strings.TrimSpace(answer)), "y") {
		return withHint(errors.New("nothing was deleted"), "answer y, or use --yes")
	}
	return nil
}
