package command

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"faceid/gallery"
	"faceid/recognize"
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
		RunE: func(cmd *cobra.Command, args []string) error {
			o.people = args
			return run(cmd.Context(), &o)
		},
	}
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	return cmd
}

func (a *app) galleryRemove(ctx context.Context, o *galleryRemoveOptions) error {
	e, err := a.engine(ctx)
	if err != nil {
		return err
	}
	var people []gallery.Person
	var ids []int64
	for _, who := range o.people {
		p, err := recognize.Person(ctx, e, who)
		if err != nil {
			return err
		}
		if !slices.Contains(ids, p.ID) { // one may be named twice, by name and by #id
			people = append(people, p)
			ids = append(ids, p.ID)
		}
	}
	if err := a.sure(o.yes, people); err != nil {
		return err
	}
	if err := e.Remove(ctx, ids...); err != nil {
		return err
	}
	for _, p := range people {
		if a.json {
			if err := a.printJSON(struct {
				Removed gallery.Person `json:"removed"`
			}{p}); err != nil {
				return err
			}
		}
		a.printf("removed #%d %s\n", p.ID, p.Name)
	}
	return nil
}

// sure asks before people are deleted.
func (a *app) sure(yes bool, people []gallery.Person) error {
	if yes {
		return nil
	}
	if !a.inTTY || !a.errTTY {
		return withHint(errors.New("nothing was deleted: there is no terminal to ask on"), "--yes deletes without asking")
	}
	names := make([]string, len(people))
	for i, p := range people {
		names[i] = fmt.Sprintf("#%d %s", p.ID, p.Name)
	}
	fmt.Fprintf(a.err, "Delete %s for good? [y/N] ", strings.Join(names, ", "))
	answer, _ := bufio.NewReader(a.in).ReadString('\n')
	if !strings.HasPrefix(strings.ToLower(strings.TrimSpace(answer)), "y") {
		return withHint(errors.New("nothing was deleted"), "answer y, or use --yes")
	}
	return nil
}
