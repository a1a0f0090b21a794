package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"faceid/embed"
	"faceid/internal/plain"
)

type galleryRejectOptions struct {
	photo, who string // who "": nobody is to be named
	everybody  bool
}

func newGalleryReject(_ *app, run func(context.Context, *galleryRejectOptions) error) *cobra.Command {
	var o galleryRejectOptions
	cmd := &cobra.Command{
		Use:   "reject PHOTO [PERSON]",
		Short: "Keep a photo as an example of whom a person is not, or of whom to ignore",
		Long: `After a wrong name: a face that is nearer to the example than to the person's own photos does not
get that name any more. With --everybody the face is a stranger's who keeps coming up, and is not named
at all.`,
		Example: `  faceid gallery reject door.jpg Ada
  faceid gallery reject postman.jpg --everybody`,
		Args: cobra.RangeArgs(1, 2),
		RunE: parsed(&o, run, func(args []string) error {
			if o.photo = args[0]; len(args) > 1 {
				o.who = args[1]
			}
			if o.everybody == (o.who != "") {
				return withHint(errors.New("who is it not?"), "give the PERSON whose name was wrong, or --everybody")
			}
			return nil
		}),
	}
	cmd.Flags().BoolVar(&o.everybody, "everybody", false, "give the face no name at all")
	return cmd
}

func (a *app) galleryReject(ctx context.Context, o *galleryRejectOptions) error {
	file := func(path string) bool { return exists(path) && !isDir(path) }
	if file(o.who) && !file(o.photo) {
		return withHint(fmt.Errorf("%s is a file: the photo comes first", plain.Quoted(o.who)),
			a.paste("faceid gallery reject "+plain.Shell(o.who)+" "+plain.Shell(o.photo)))
	}
	r, err := a.withGallery(ctx, viewFlags{})
	if err != nil {
		return err
	}
	x, err := r.Reject(ctx, embed.Input{Path: o.photo}, o.who)
	if err != nil {
		return err
	}
	whom := x.Not
	if whom == "" {
		whom = "anybody"
	}
	a.printf("kept as #%d: not %s, the face at (%.0f, %.0f); %s '#%d' takes it back\n", x.Entry, whom, x.Face.Box.X0,
		x.Face.Box.Y0, a.paste("faceid gallery remove"), x.Entry)
	return a.printJSON(x)
}
