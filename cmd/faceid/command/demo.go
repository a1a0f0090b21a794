package command

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"faceid/embed"
	"faceid/recognize/measure"
	"faceid/recognize/places"
)

type demoOptions struct {
	out  string
	view viewFlags
}

func newDemo(_ *app, run func(context.Context, *demoOptions) error) *cobra.Command {
	var o demoOptions
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Try everything once on six group photos",
		Long: `Enrols every face of six group photos (fetched once, by name and checksum) into a gallery of its own,
then identifies and verifies them in changed renditions, and writes an annotated picture. Your own gallery is not
touched.`,
		Args: cobra.NoArgs,
		RunE: parsed(&o, run, func([]string) error { return o.view.check() }),
	}
	cmd.Flags().StringVar(&o.out, "out", "out", "`FOLDER` for the gallery, the renditions and the picture")
	o.view.add(cmd.Flags())
	return cmd
}

func (a *app) demo(ctx context.Context, o *demoOptions) error {
	if err := os.MkdirAll(o.out, 0o700); err != nil {
		return err
	}
	own, picture := filepath.Join(o.out, "demo.db"), filepath.Join(o.out, "annotated.png")
	in := a.galleryName()
	a.galleryPath = own
	r, err := a.withGallery(ctx, o.view)
	if err != nil {
		return err
	}
	samples, err := r.Models().Samples(ctx)
	if err != nil {
		return err
	}
	if err := places.Check(in, append(places.GalleryFiles(own), picture), samples...); err != nil {
		return err
	}
	for _, file := range places.GalleryFiles(own) {
		os.Remove(file)
	}
	d, err := measure.NewDemo(ctx, r, samples, func(p embed.Photo) {
		a.printf("enrolled %2d faces of %s\n", len(p.Faces), filepath.Base(p.Path))
	})
	if err != nil {
		return err
	}
	fullest := slices.MaxFunc(d.Photos, func(a, b embed.Photo) int { return len(a.Faces) - len(b.Faces) })
	if err := measure.DrawFaces(picture, nil, fullest,
		func(i int, _ embed.Face) string { return fmt.Sprintf("face %d", i+1) }); err != nil {
		return err
	}
	rows, err := d.Renditions(ctx, filepath.Join(o.out, "renditions"))
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := a.printJSON(r); err != nil {
			return err
		}
	}
	if a.json {
		return nil
	}
	err = d.WriteText(a.out, rows)
	a.printf("\nannotated picture: %s\n", picture)
	return err
}
