package command

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"faceid/recognize/curate"
)

type galleryRenameOptions struct {
	who, name string
	metadata  string
	namesake  bool
}

func newGalleryRename(_ *app, run func(context.Context, *galleryRenameOptions) error) *cobra.Command {
	var o galleryRenameOptions
	cmd := &cobra.Command{
		Use:     "rename PERSON NEW-NAME",
		Short:   "Give a person another name, and metadata",
		Example: `  faceid gallery rename "#3" "Ada Lovelace" --metadata '{"badge": 17}'`,
		Args:    cobra.ExactArgs(2),
		RunE: parsed(&o, run, func(args []string) error {
			o.who, o.name = args[0], strings.TrimSpace(args[1])
			if o.name == "" {
				return withHint(errors.New("the new name is blank"), "is a shell variable unset?")
			}
			return nil
		}),
	}
	cmd.Flags().BoolVar(&o.namesake, "namesake", false, "somebody else has that name, too; numbers tell them apart")
	cmd.Flags().StringVar(&o.metadata, "metadata", "", "a JSON `OBJECT` that replaces the person's metadata")
	return cmd
}

func (a *app) galleryRename(ctx context.Context, o *galleryRenameOptions) error {
	r, err := a.withGallery(ctx, viewFlags{})
	if err != nil {
		return err
	}
	d, err := curate.Rename(ctx, r, o.who, o.name,
		&curate.RenameOptions{Metadata: []byte(o.metadata), Namesake: o.namesake})
	if err != nil {
		return err
	}
	a.printf("#%d %s is now %s\n", d.Is.ID, d.Was.Name, d.Is.Name)
	a.namesAlike(d.Alike)
	return a.printJSON(d.Is)
}
