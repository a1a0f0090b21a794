package command

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"faceid/embed"
	"faceid/recognize"
	"faceid/recognize/measure"
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
then identifies and verifies them in changed renditions, and writes an annotated picture. Your own gallery is not touched.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.view.check(); err != nil {
				return err
			}
			return run(cmd.Context(), &o)
		},
	}
	cmd.Flags().StringVar(&o.out, "out", "out", "`FOLDER` for the gallery, the renditions and the picture")
	o.view.add(cmd.Flags())
	return cmd
}

func (a *app) demo(ctx context.Context, o *demoOptions) error {
	if err := os.MkdirAll(o.out, 0o700); err != nil {
		return err
	}
	own := filepath.Join(o.out, "demo.db")
	if err := a.notInput(append(recognize.GalleryFiles(own), filepath.Join(o.out, "annotated.png"))); err != nil {
		return err
	}
	a.galleryPath = own
	for _, file := range recognize.GalleryFiles(own) {
		os.Remove(file)
	}
	r, err := a.withGallery(ctx, o.view)
	if err != nil {
		return err
	}
	samples, err := r.Models().Samples(ctx)
	if err != nil {
		return err
	}
	d, err := measure.NewDemo(ctx, r, samples, func(p embed.Photo) {
		a.printf("enrolled %2d faces of %s\n", len(p.Faces), filepath.Base(p.Path))
	})
	if err != nil {
		return err
	}
	if err := a.demoDraw(o.out, d.Photos); err != nil {
		return err
	}
	rows, err := d.Renditions(ctx, filepath.Join(o.out, "renditions"))
	if err != nil {
		return err
	}
	return a.printDemo(rows, d, o.out)
}

// demoDraw draws the photo with the most faces.
func (a *app) demoDraw(dir string, photos []embed.Photo) error {
	best := photos[0]
	for _, photo := range photos {
		if len(photo.Faces) > len(best.Faces) {
			best = photo
		}
	}
	labels := make([]string, len(best.Faces))
	for i := range labels {
		labels[i] = fmt.Sprintf("face %d", i+1)
	}
	return drawTo(filepath.Join(dir, "annotated.png"), best, labels)
}

func (a *app) printDemo(rows []measure.Row, d *measure.Demo, dir string) error {
	if a.json {
		for _, r := range rows {
			if err := a.printJSON(r); err != nil {
				return err
			}
		}
		return nil
	}
	fmt.Fprintf(a.out, "\nidentify at %.3f (%s), verify at %.3f (%s)\n\n", d.IdentifyAt.Threshold, pointWords(d.IdentifyAt),
		d.VerifyAt.Threshold, pointWords(d.VerifyAt))
	w := tabwriter.NewWriter(a.out, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "rendition\tfaces\tfound again\trank-1\tidentified\twrong\tverified\tlowest genuine\tfalse matches\thighest impostor\t")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%.3f\t%d of %d\t%.3f\t\n", r.Rendition, r.Enrolled, r.Found, r.Rank1, r.Identified, r.Wrong, r.Verified, r.Lowest, r.FalseMatch, r.Impostors, r.Highest)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "\nannotated picture: %s\n", filepath.Join(dir, "annotated.png"))
	return nil
}
