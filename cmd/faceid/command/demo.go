package command

import (
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/disintegration/imaging"
	"github.com/spf13/cobra"

	"faceid/embed"
	"faceid/eval"
	"faceid/gallery"
	"faceid/internal/atomicfile"
	"faceid/recognize"
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
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), &o) },
	}
	cmd.Flags().StringVar(&o.out, "out", "out", "`FOLDER` for the gallery, the renditions and the picture")
	o.view.add(cmd.Flags())
	return cmd
}

// rendition is a change of a photo, and where a point of the photo is found in it.
type rendition struct {
	name    string
	quality int // of the JPEG
	change  func(image.Image) image.Image
	place   func(p embed.Point, width float32) embed.Point
}

var renditions = []rendition{
	{"mirrored", 95, func(m image.Image) image.Image { return imaging.FlipH(m) },
		func(p embed.Point, w float32) embed.Point { return embed.Point{X: w - 1 - p.X, Y: p.Y} }},
	{"half size", 95, func(m image.Image) image.Image {
		return imaging.Resize(m, m.Bounds().Dx()/2, m.Bounds().Dy()/2, imaging.Box)
	}, func(p embed.Point, _ float32) embed.Point { return embed.Point{X: p.X / 2, Y: p.Y / 2} }},
	{"darker", 95, func(m image.Image) image.Image { return imaging.AdjustBrightness(m, -30) }, unmoved},
	{"JPEG 60", 60, func(m image.Image) image.Image { return m }, unmoved},
}

func unmoved(p embed.Point, _ float32) embed.Point { return p }

// demoRow counts one rendition's outcomes.
type demoRow struct {
	Rendition  string  `json:"rendition"`
	Enrolled   int     `json:"enrolled"`   // faces that should be found again
	Found      int     `json:"found"`      // of these, faces the detector found again
	Rank1      int     `json:"rank1"`      // of these, identified as the right person
	Identified int     `json:"identified"` // right, and above the threshold
	Wrong      int     `json:"wrong"`      // somebody else above the threshold
	Verified   int     `json:"verified"`   // genuine pairs above verify's threshold
	Impostors  int     `json:"impostors"`  // pairs of different faces of one photo
	FalseMatch int     `json:"false_match"`
	Lowest     float64 `json:"lowest_genuine"`
	Highest    float64 `json:"highest_impostor"`
}

func (a *app) demo(ctx context.Context, o *demoOptions) error {
	if err := os.MkdirAll(o.out, 0o700); err != nil {
		return err
	}
	a.galleryPath = filepath.Join(o.out, "demo.db")
	for _, suffix := range []string{"", "-wal", "-shm", ".index"} {
		os.Remove(a.galleryPath + suffix)
	}
	r, err := a.withGallery(ctx, o.view)
	if err != nil {
		return err
	}
	photos, err := r.Models().Samples(ctx)
	if err != nil {
		return err
	}
	p, err := r.Pipeline(ctx)
	if err != nil {
		return err
	}
	e, err := r.GalleryFor(ctx, p.Model())
	if err != nil {
		return err
	}
	originals, owner, err := a.demoEnrol(ctx, p, e, photos)
	if err != nil {
		return err
	}
	if err := a.demoDraw(ctx, p, o.out, originals); err != nil {
		return err
	}
	identifyAt, err := recognize.PointOf(p.Entry, recognize.Target{FAR: recognize.DefaultIdentifyFAR})
	if err != nil {
		return err
	}
	verifyAt, err := recognize.PointOf(p.Entry, recognize.Target{FAR: recognize.DefaultVerifyFAR})
	if err != nil {
		return err
	}
	var rows []demoRow
	for _, r := range renditions {
		row, err := demoRendition(ctx, p, e, r, o.out, originals, owner, identifyAt.Threshold, verifyAt.Threshold)
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	return a.printDemo(rows, identifyAt, verifyAt, o.out)
}

// demoEnrol enrols every face of the photos and returns them with the person made of each.
func (a *app) demoEnrol(ctx context.Context, p *recognize.Pipeline, e gallery.Engine, paths []string) (photos []embed.Photo, owner map[[2]int]int64, err error) {
	owner = map[[2]int]int64{}
	for photo := range p.Run(ctx, embed.Files(paths...)) {
		if photo.Err != nil {
			return nil, nil, fmt.Errorf("%s: %w", photo.Path, photo.Err)
		}
		batch := make([]gallery.Enrolment, len(photo.Faces))
		for i, f := range photo.Faces {
			batch[i] = gallery.Enrolment{Name: fmt.Sprintf("%s face %d", filepath.Base(photo.Path), i+1), Templates: []gallery.Template{recognize.TemplateOf(photo, f)}}
		}
		done, err := e.Enrol(ctx, batch, nil)
		if err != nil {
			return nil, nil, err
		}
		for i, d := range done {
			owner[[2]int{len(photos), i}] = d.PersonID
		}
		photos = append(photos, photo)
		a.printf("enrolled %2d faces of %s\n", len(photo.Faces), filepath.Base(photo.Path))
	}
	return photos, owner, ctx.Err()
}

// demoRendition changes every photo as r says, looks at it again, and counts.
func demoRendition(ctx context.Context, p *recognize.Pipeline, e gallery.Engine, r rendition, dir string, originals []embed.Photo, owner map[[2]int]int64, identifyAt, verifyAt float64) (demoRow, error) {
	row := demoRow{Rendition: r.name, Lowest: 1, Highest: -1}
	var paths []string
	for i, photo := range originals {
		m, err := imaging.Open(photo.Path, imaging.AutoOrientation(true))
		if err != nil {
			return row, err
		}
		path := filepath.Join(dir, "renditions", fmt.Sprintf("%d-%s.jpg", i+1, strings.ReplaceAll(r.name, " ", "-")))
		err = atomicfile.Write(path, 0o600, func(w io.Writer) error {
			return jpeg.Encode(w, r.change(m), &jpeg.Options{Quality: r.quality})
		})
		if err != nil {
			return row, err
		}
		paths = append(paths, path)
	}
	for photo := range p.Run(ctx, embed.Files(paths...)) {
		if photo.Err != nil {
			return row, fmt.Errorf("%s: %w", photo.Path, photo.Err)
		}
		original := originals[photo.Index]
		row.Enrolled += len(original.Faces)
		probes := make([][]float32, len(photo.Faces))
		for j, f := range photo.Faces {
			probes[j] = f.Embedding
		}
		found, err := e.Search(ctx, probes, &gallery.SearchOptions{K: 1})
		if err != nil {
			return row, err
		}
		for i, was := range original.Faces {
			c := r.place(centre(was.Box), float32(original.Width))
			for j, is := range photo.Faces {
				score := eval.Cosine(was.Embedding, is.Embedding)
				if !inside(c, is.Box) {
					row.Impostors++
					row.Highest = max(row.Highest, score)
					if score >= verifyAt {
						row.FalseMatch++
					}
					continue
				}
				row.Found++
				row.Lowest = min(row.Lowest, score)
				if score >= verifyAt {
					row.Verified++
				}
				best, right := found[j][0], owner[[2]int{photo.Index, i}]
				switch {
				case best.PersonID == right && float64(best.Score) >= identifyAt:
					row.Rank1++
					row.Identified++
				case best.PersonID == right:
					row.Rank1++
				case float64(best.Score) >= identifyAt:
					row.Wrong++
				}
				break
			}
		}
	}
	return row, ctx.Err()
}

func centre(b embed.Box) embed.Point { return embed.Point{X: (b.X0 + b.X1) / 2, Y: (b.Y0 + b.Y1) / 2} }

// inside tells whether p is in the middle half of b, so that of two overlapping faces only the right one is meant.
func inside(p embed.Point, b embed.Box) bool {
	c, w, h := centre(b), b.X1-b.X0, b.Y1-b.Y0
	return p.X > c.X-w/4 && p.X < c.X+w/4 && p.Y > c.Y-h/4 && p.Y < c.Y+h/4
}

func (a *app) demoDraw(ctx context.Context, p *recognize.Pipeline, dir string, photos []embed.Photo) error {
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

func (a *app) printDemo(rows []demoRow, identifyAt, verifyAt recognize.Point, dir string) error {
	if a.json {
		for _, r := range rows {
			if err := a.printJSON(r); err != nil {
				return err
			}
		}
		return nil
	}
	fmt.Fprintf(a.out, "\nidentify at %.3f (%s), verify at %.3f (%s)\n\n", identifyAt.Threshold, pointWords(identifyAt), verifyAt.Threshold, pointWords(verifyAt))
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
