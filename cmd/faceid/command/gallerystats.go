package command

import (
	"context"
	"faceid/recognize/curate"
	"io"

	"github.com/spf13/cobra"
)

func newGalleryStats(_ *app, run func(context.Context) error) *cobra.Command {
	return bare("stats", "Show model, counts and sizes", run)
}

func (a *app) galleryStats(ctx context.Context) error {
	e, err := a.engine(ctx)
	if err != nil {
		return err
	}
	st, err := curate.StatsOf(ctx, e)
	if err != nil {
		return err
	}
	if st.Created.IsZero() { // no file
		return a.print(st.Info, func(w io.Writer) error { return st.WriteText(w, a.galleryName()) })
	}
	return a.print(st, func(w io.Writer) error { return st.WriteText(w, a.galleryName()) })
}
