package command

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"faceid/recognize"
)

type galleryRenameOptions struct {
	who, name string
	metadata  string
}

func newGalleryRename(_ *app, run func(context.Context, *galleryRenameOptions) error) *cobra.Command {
	var o galleryRenameOptions
	cmd := &cobra.Command{
		Use:     "rename PERSON NEW-NAME",
		Short:   "Give a person another name, and metadata",
		Example: `  faceid gallery rename "#3" "Ada Lovelace" --metadata '{"badge": 17}'`,
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.who, o.name = args[0], strings.TrimSpace(args[1])
			if o.name == "" {
				return withHint(errors.New("the new name is blank"), "is a shell variable unset?")
			}
			return run(cmd.Context(), &o)
		},
	}
	cmd.Flags().StringVar(&o.metadata, "metadata", "", "a JSON `OBJECT` that replaces the person's metadata")
	return cmd
}

func (a *app) galleryRename(ctx context.Context, o *galleryRenameOptions) error {
	e, err := a.engine(ctx)
	if err != nil {
		return err
	}
	p, err := recognize.Person(ctx, e, o.who)
	if err != nil {
		return err
	}
	old := p.Name
	p.Name = o.name
	if o.metadata != "" {
		p.Metadata = json.RawMessage(o.metadata)
	}
	if err := e.Update(ctx, p); err != nil {
		return err
	}
	if a.json {
		return a.printJSON(p)
	}
	a.printf("#%d %s is now %s\n", p.ID, old, p.Name)
	return nil
}
