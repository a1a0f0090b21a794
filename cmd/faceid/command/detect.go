package command

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"faceid/embed"
	"faceid/recognize"
	"faceid/recognize/folder"
	"faceid/recognize/lines"
	"faceid/recognize/measure"
)

type detectOptions struct {
	draw string
	view viewFlags
	args []string
}

func newDetect(a *app, run func(context.Context, *detectOptions) error) *cobra.Command {
	var o detectOptions
	cmd := &cobra.Command{
		Use:   "detect PHOTO...",
		Short: "Find the faces of photos: boxes, points, quality",
		Long: "Finds the faces of photos; - is standard input, a photo or a list of paths. Exit code 0: there is a " +
			"face; 1: there is none; 2: error.",
		Example: `  faceid detect group.jpg --draw out.png
  faceid detect --json photos/`,
		Args: cobra.MinimumNArgs(1),
		RunE: parsed(&o, run, func(args []string) error {
			o.args = args
			return o.view.check()
		}),
	}
	cmd.Flags().StringVar(&o.draw, "draw", "",
		"write the photo with boxes and points to a PNG `FILE` (of several photos, or where it is a folder: into it)")
	o.view.addDetector(cmd.Flags())
	return cmd
}

func (a *app) detect(ctx context.Context, o *detectOptions) error {
	paths, err := a.photosOrStdin(ctx, o.args)
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
	if folder.IsPhoto(o.draw) && filepath.Ext(o.draw) != ".png" {
		return errFlag("draw", o.draw, "a PNG is written: end the name in .png")
	}
	r, err := a.recognizer(ctx, o.view, recognize.Options{})
	if err != nil {
		return err
	}
	return a.eachPhoto(ctx, r, "detecting", paths, func(photo embed.Photo) (faces int, err error) {
		err = a.print(lines.DetectedOf(photo), func(w io.Writer) error { return lines.WriteDetected(w, photo) })
		if err != nil || o.draw == "" {
			return len(photo.Faces), err
		}
		out := outs[photo.Index]
		err = measure.DrawFaces(out, a.photo, photo,
			func(i int, f embed.Face) string { return fmt.Sprintf("%d: %.2f", i+1, f.Quality.Score) })
		if err == nil {
			a.remark("drawn to %s", out)
		}
		return len(photo.Faces), err
	})
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
