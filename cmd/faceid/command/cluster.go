package command

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"faceid/embed"
	"faceid/recognize"
	"faceid/recognize/curate"
)

type clusterOptions struct {
	photos []string // or folders
	out    string   // folder
	copy   bool
	view   viewFlags
}

func newCluster(_ *app, run func(context.Context, *clusterOptions) error) *cobra.Command {
	var o clusterOptions
	cmd := &cobra.Command{
		Use:   "cluster FOLDER...",
		Short: "Sort photos without names into people",
		Long: `Finds the faces of all photos and sorts them into people, without knowing who or how many they are.
What is uncertain is set apart. How alike two photos must be is said by the people of the gallery, where
there are ten, else by what was measured for the model: see faceid gallery calibrate.
With --out, a new folder gets a folder per person with links to the photos, or copies.`,
		Example: `  faceid cluster holidays/
  faceid cluster holidays/ --out sorted/   # then rename the folders, and: faceid enroll sorted/`,
		Args: cobra.MinimumNArgs(1),
		RunE: parsed(&o, run, func(args []string) error {
			o.photos = args
			if o.copy && o.out == "" {
				return errors.New("--copy: --out says into which folder")
			}
			return o.view.check()
		}),
	}
	o.view.add(cmd.Flags())
	cmd.Flags().StringVar(&o.out, "out", "", "make this new `FOLDER` with a folder per person")
	cmd.Flags().BoolVar(&o.copy, "copy", false, "with --out: copies instead of links")
	return cmd
}

func (a *app) cluster(ctx context.Context, o *clusterOptions) error {
	if o.out != "" {
		if err := curate.Vacant(o.out); err != nil {
			return err
		}
	}
	paths, err := a.photoPaths(o.photos)
	if err != nil {
		return err
	}
	paths = slices.Compact(slices.Sorted(slices.Values(paths))) // a photo named twice is one
	r, err := a.recognizer(ctx, o.view, recognize.Options{Calibration: a.galleryName()})
	if err != nil {
		return err
	}
	b := a.progress("finding faces", len(paths))
	s, err := curate.Sort(ctx, r, embed.Files(paths...), func(p embed.Photo) { b.set(int64(p.Index + 1)) })
	b.finish()
	if err != nil {
		return err
	}
	for _, u := range s.Unread {
		a.badPhoto(u.Path, u.Err)
	}
	if len(s.Unread) == s.Photos { // there is nothing to count
		return ended(0, s.Photos)
	}
	how := curate.Link
	if o.copy {
		how = curate.Copy
	}
	if o.out != "" {
		if err := s.Place(o.out, how); err != nil {
			return err
		}
	}
	if err := a.print(s, s.WriteText); err != nil {
		return err
	}
	return ended(s.Faces, len(s.Unread))
}
