package command

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"faceid/gallery"
	"faceid/recognize/curate"
	"faceid/recognize/lines"
)

type galleryMoveOptions struct {
	templates []int64
	person    string
	create    bool
}

func newGalleryMove(_ *app, run func(context.Context, *galleryMoveOptions) error) *cobra.Command {
	var o galleryMoveOptions
	cmd := &cobra.Command{
		Use:   "move TEMPLATE... PERSON",
		Short: "Give templates to the person whom they show; faceid gallery show has their numbers",
		Example: `  faceid gallery move 7 9 Kofi
  faceid gallery move 7 --new "Kofi Annan"   # somebody who is not enrolled yet`,
		Args: cobra.MinimumNArgs(2),
		RunE: parsed(&o, run, func(args []string) (err error) {
			last := len(args) - 1
			o.person = args[last]
			o.templates, err = templateNumbers(args[:last])
			return err
		}),
	}
	cmd.Flags().BoolVar(&o.create, "new", false, "PERSON is the name of somebody new")
	return cmd
}

// templateNumbers are those that arguments name.
func templateNumbers(args []string) ([]int64, error) {
	ids := make([]int64, len(args))
	for i, arg := range args {
		id, err := strconv.ParseInt(arg, 10, 64)
		if err != nil || id < 1 {
			return nil, withHint(fmt.Errorf("%q is not the number of a template", arg), "faceid gallery show has them")
		}
		ids[i] = id
	}
	return ids, nil
}

func (a *app) galleryMove(ctx context.Context, o *galleryMoveOptions) error {
	r, err := a.withGallery(ctx, viewFlags{})
	if err != nil {
		return err
	}
	m, err := curate.Move(ctx, r, o.person, o.create, o.templates...)
	if err = a.traces(err); err != nil {
		return err
	}
	back := func(h curate.Holding) string { return fmt.Sprintf("%s '#%d'", spaced(h.Templates), h.Person.ID) }
	err = a.printMoved(m, back)
	for _, h := range m.From {
		a.lastGone(h)
	}
	return err
}

// traces reports traces that a change may have left; the change was made, and that is what is reported.
func (a *app) traces(err error) error {
	if errors.Is(err, gallery.ErrTraces) {
		a.remark("%v", err)
		return nil
	}
	return err
}

// printMoved says what became of templates, and how to give them back to those who had them.
func (a *app) printMoved(m curate.Moved, back func(curate.Holding) string) error {
	line := lines.Moved{Moved: m, Undo: []string{}}
	a.printf("#%d %s has %d more, %d there before\n", m.Person.ID, m.Person.Name, m.Templates, m.Duplicates)
	for _, h := range m.From {
		if len(h.Templates) > 0 && m.Duplicates == 0 {
			line.Undo = append(line.Undo, a.paste("faceid gallery move "+back(h)))
			a.printf("  undo: %s\n", line.Undo[len(line.Undo)-1])
		}
	}
	return a.printJSON(line)
}

// lastGone remarks a person who has no template left.
func (a *app) lastGone(h curate.Holding) {
	if h.Others == 0 && len(h.Templates) > 0 {
		a.remark("#%d %s has no photo left and is not recognised any more; %s '#%[1]d' takes the name out", h.Person.ID,
			h.Person.Name, a.paste("faceid gallery remove"))
	}
}

func spaced(ids []int64) string { return strings.Trim(fmt.Sprint(ids), "[]") }
