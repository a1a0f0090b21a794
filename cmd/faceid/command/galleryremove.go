package command

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"faceid/gallery"
	"faceid/internal/plain"
	"faceid/recognize"
	"faceid/recognize/lines"
)

type galleryRemoveOptions struct {
	people []string
	yes    bool
}

func newGalleryRemove(_ *app, run func(context.Context, *galleryRemoveOptions) error) *cobra.Command {
	var o galleryRemoveOptions
	cmd := &cobra.Command{
		Use:     "remove PERSON...",
		Aliases: []string{"rm", "delete", "forget"},
		Short:   "Delete people with every trace of them: templates, trunk features, index, metadata",
		Args:    cobra.MinimumNArgs(1),
		RunE:    parsed(&o, run, all(&o.people)),
	}
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	return cmd
}

func (a *app) galleryRemove(ctx context.Context, o *galleryRemoveOptions) error {
	r, err := a.withGallery(ctx, viewFlags{})
	if err != nil {
		return err
	}
	e, err := r.Gallery(ctx)
	if err != nil {
		return err
	}
	people, err := recognize.Persons(ctx, e, o.people...)
	if err != nil {
		return err
	}
	if err := a.sure(o.yes, people); err != nil {
		return err
	}
	err = r.Remove(ctx, people...)
	if errors.Is(err, gallery.ErrTraces) { // they are removed, and that is what is reported
		a.remark("%v", err)
		err = nil
	}
	if err != nil {
		return err
	}
	for _, p := range people {
		err = errors.Join(err, a.printJSON(lines.Removed{Person: p}))
		a.printf("removed #%d %s\n", p.ID, p.Name)
	}
	return err
}

// sure asks before people are deleted.
func (a *app) sure(yes bool, people []gallery.Person) error {
	if yes {
		return nil
	}
	if !a.inTTY || !a.errTTY {
		return withHint(errors.New("nothing was deleted: there is no terminal to ask on"),
			"--yes deletes without asking")
	}
	names := make([]string, len(people))
	for i, p := range people {
		names[i] = fmt.Sprintf("#%d %s", p.ID, p.Name)
	}
	plain.Fprintf(a.err, "Delete %s for good? [y/N] ", strings.Join(names, ", "))
	answer, _ := bufio.NewReader(a.in).ReadString('\n')
	if !strings.HasPrefix(strings.ToLower(strings.TrimSpace(answer)), "y") {
		return withHint(errors.New("nothing was deleted"), "answer y, or use --yes")
	}
	return nil
}
