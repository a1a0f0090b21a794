package command

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"faceid/embed"
	"faceid/internal/atomicfile"
	"faceid/recognize"
)

type detectOptions struct {
	draw string
	view viewFlags
	args []string
}

type detectLine struct {
	Path   string       `json:"path"`
	Width  int          `json:"width"`
	Height int          `json:"height"`
	Faces  []detectFace `json:"faces"` // largest first
}

type detectFace struct {
	Box     [4]float32    `json:"box"`    // x0, y0, x1, y1 in pixels of the upright photo
	Points  [5][2]float32 `json:"points"` // image-left eye, image-right eye, nose, image-left and -right mouth corner
	Turn    int           `json:"turn"`   // degrees clockwise by which the photo was turned to stand the face upright
	Quality embed.Quality `json:"quality"`
}

func newDetect(a *app, run func(context.Context, *detectOptions) error) *cobra.Command {
	var o detectOptions
	cmd := &cobra.Command{
		Use:   "detect PHOTO...",
		Short: "Find the faces of photos: boxes, points, quality",
		Long:  "Finds the faces of photos. Exit code 0: there is a face; 1: there is none; 2: error.",
		Example: `  faceid detect group.jpg --draw out.png
  faceid detect --json photos/`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.args = args
			if err := o.view.check(); err != nil {
				return err
			}
			return run(cmd.Context(), &o)
		},
	}
	cmd.Flags().StringVar(&o.draw, "draw", "", "write the photo with boxes and points to a PNG `FILE` (of several photos, or where it is a folder: into it)")
	o.view.addDetector(cmd.Flags())
	return cmd
}

func (a *app) detect(ctx context.Context, o *detectOptions) error {
	paths, err := a.photoPaths(o.args)
	if err != nil {
		return err
	}
	outs, err := o.drawPaths(paths)
	if err != nil {
		return err
	}
	if err := a.notInput(outs, paths...); err != nil {
		return err
	}
	r, err := a.recognizer(ctx, o.view, recognize.Options{DetectOnly: true})
	if err != nil {
		return err
	}
	p, err := r.Pipeline(ctx)
	if err != nil {
		return err
	}
	seen, failed := 0, 0
	for bar, photo := range a.faces(ctx, p, "detecting", paths) {
		bar.clear()
		if photo.Err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			a.badPhoto(photo.Path, photo.Err)
			failed++
			continue
		}
		seen += len(photo.Faces)
		if err := a.printDetected(photo); err != nil {
			return err
		}
		if o.draw == "" {
			continue
		}
		labels := make([]string, len(photo.Faces))
		for i, f := range photo.Faces {
			labels[i] = fmt.Sprintf("%d: %.2f", i+1, f.Quality.Score)
		}
		if err := drawTo(outs[photo.Index], photo, labels); err != nil {
			return err
		}
		a.remark("drawn to %s", outs[photo.Index])
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return found(seen, failed)
}

// drawPaths says where the picture of each photo goes.
func (o *detectOptions) drawPaths(paths []string) ([]string, error) {
	if o.draw == "" {
		return nil, nil
	}
	outs := []string{o.draw}
	switch {
	case isDir(o.draw) || len(paths) > 1 && !exists(o.draw):
		outs = make([]string, len(paths))
		for i, path := range paths {
			outs[i] = filepath.Join(o.draw, fmt.Sprintf("%04d-%s.png", i, filepath.Base(path)))
		}
	case len(paths) > 1:
		return nil, errFlag("draw", o.draw, "is a file, and several photos need a folder")
	}
	return outs, nil
}

func (a *app) printDetected(photo embed.Photo) error {
	line := detectLine{Path: photo.Path, Width: photo.Width, Height: photo.Height, Faces: []detectFace{}}
	for _, f := range photo.Faces {
		d := detectFace{Box: [4]float32{f.Box.X0, f.Box.Y0, f.Box.X1, f.Box.Y1}, Turn: f.Turn, Quality: f.Quality}
		for i, q := range f.Points {
			d.Points[i] = [2]float32{q.X, q.Y}
		}
		line.Faces = append(line.Faces, d)
	}
	if a.json {
		return a.printJSON(line)
	}
	a.printf("%s: %s  (%d × %d pixels)\n", photo.Path, plural(len(photo.Faces), "face", "faces"), photo.Width, photo.Height)
	for i, f := range photo.Faces {
		turned := ""
		if f.Turn != 0 {
			turned = fmt.Sprintf("  turned by %d°", f.Turn)
		}
		a.printf("  %d. %.0f × %.0f at (%.0f, %.0f)  score %.2f  sharpness %.2f  frontal %.2f  usable %.2f%s\n", i+1, f.Box.X1-f.Box.X0,
			f.Box.Y1-f.Box.Y0, f.Box.X0, f.Box.Y0, f.Quality.Score, f.Quality.Sharpness, f.Quality.Frontal, f.Quality.Usable, turned)
	}
	return nil
}

// drawTo writes the photo with its faces marked. The picture shows faces: it is the owner's alone (0600).
func drawTo(out string, photo embed.Photo, labels []string) error {
	f, err := os.Open(photo.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	m, err := embed.Decode(f, nil)
	if err != nil {
		return err
	}
	return atomicfile.Write(out, 0o600, func(w io.Writer) error {
		return png.Encode(w, image.Image(embed.Draw(m, photo.Faces, labels)))
	})
}
