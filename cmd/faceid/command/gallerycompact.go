package command

import (
	"context"

	"github.com/spf13/cobra"

	"faceid/internal/words"
)

func newGalleryCompact(_ *app, run func(context.Context) error) *cobra.Command {
	return bare("compact", "Give back the space of what was deleted", run)
}

func (a *app) galleryCompact(ctx context.Context) error {
	r, err := a.withGallery(ctx, viewFlags{})
	if err != nil {
		return err
	}
	s, err := r.Store(ctx, "be compacted")
	if err != nil {
		return err
	}
	before, err := s.Stats(ctx)
	if err != nil {
		return err
	}
	if err := s.Compact(ctx); err != nil {
		return err
	}
	after, err := s.Stats(ctx)
	if err != nil {
		return err
	}
	// Without the index, which is derived and may just have been made.
	a.printf("%s, was %s\n", words.Size(after.Bytes), words.Size(before.Bytes+before.WALBytes))
	return a.printJSON(after)
}
