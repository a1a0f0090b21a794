package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"faceid/gallery"
	"faceid/recognize"
)

type galleryCopyOptions struct{ from, to string }

func newGalleryCopy(_ *app, run func(context.Context, *galleryCopyOptions) error) *cobra.Command {
	return &cobra.Command{
		Use:     "copy FROM TO",
		Short:   "Copy a gallery: to another file, to a cluster, or back",
		Long:    "Adds everybody of one gallery to another, which is created if there is none. An interrupted copy goes on by the same command.",
		Example: "  faceid gallery copy gallery.db 'weaviate://10.0.0.1:8080,10.0.0.2:8080/Faces?replicas=3'",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return run(cmd.Context(), &galleryCopyOptions{args[0], args[1]})
		},
	}
}

func (a *app) galleryCopy(ctx context.Context, o *galleryCopyOptions) (err error) {
	if !recognize.IsAddress(o.from) && !recognize.IsAddress(o.to) && recognize.SamePlace(o.from, o.to) {
		return withHint(fmt.Errorf("%s and %s are the same gallery", o.from, o.to), "name another file for the copy")
	}
	r, err := a.recognizer(ctx, viewFlags{}, recognize.Options{})
	if err != nil {
		return err
	}
	from, err := r.OpenEngine(ctx, o.from, nil)
	if err != nil {
		return err
	}
	defer from.Close()
	info, err := from.Info(ctx)
	if err != nil {
		return err
	}
	to, err := r.OpenEngine(ctx, o.to, &info.Model)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	t, b := a.transfer("copying")
	done, err := gallery.Copy(ctx, from, to, t)
	b.finish()
	if err != nil {
		return err
	}
	return a.printTransferred(done)
}
