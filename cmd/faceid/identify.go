package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"faceid/embed"
	"faceid/gallery"
)

type identifyOptions struct {
	decision decision
	k        int
	mean     bool
	largest  bool
	view     viewOptions
	head     string
}

// identifyLine is the answer for one face.
type identifyLine struct {
	Path      string          `json:"path"`
	Face      int             `json:"face"`   // from 1, the largest first
	Box       [4]float32      `json:"box"`    // x0, y0, x1, y1 in pixels of the upright photo
	Person    *gallery.Match  `json:"person"` // null: nobody reaches the threshold
	Nearest   []gallery.Match `json:"nearest"`
	Threshold float64         `json:"threshold"`
	Quality   embed.Quality   `json:"quality"`
}

func newIdentify(a *app) *cobra.Command {
	var o identifyOptions
	cmd := &cobra.Command{
		Use:   "identify PHOTO...",
		Short: "Say who of the gallery is in photos",
		Long: `Finds every face of the photos and the enrolled person nearest to it. A face whose nearest person
stays below the threshold is unknown. Exit code 0: somebody was recognised; 1: nobody; 2: error.`,
		Example: `  faceid identify group.jpg
  faceid identify --far 1e-3 --top 5 camera/
  find . -name '*.jpg' | faceid identify --json -`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return identifyRun(cmd.Context(), a, o, args) },
	}
	f := cmd.Flags()
	o.decision.flags(f, defaultIdentifyFAR)
	f.IntVarP(&o.k, "top", "k", 1, "people to show a face, best first")
	f.BoolVar(&o.mean, "mean", false, "rank people by the mean of their templates' scores, not by the best")
	f.BoolVar(&o.largest, "largest", false, "only the largest face of each photo")
	f.StringVar(&o.head, "head", "", "rank by the trained head in `FILE` (head.safetensors) instead of the gallery")
	o.view.flags(f)
	for _, other := range []string{"threshold", "far", "mean"} { // a head has a threshold of its own, and no templates
		cmd.MarkFlagsMutuallyExclusive("head", other)
	}
	return cmd
}

func identifyRun(ctx context.Context, a *app, o identifyOptions, args []string) error {
	if o.k < 1 {
		return errFlag("top", o.k, "at least 1")
	}
	paths, err := a.photoPaths(args)
	if err != nil {
		return err
	}
	if o.head != "" {
		return identifyByHead(ctx, a, o, paths)
	}
	e, err := a.openGallery(ctx, nil)
	if errors.Is(err, fs.ErrNotExist) {
		return withHint(fmt.Errorf("%s: no gallery yet", a.galleryName()), "faceid enroll NAME PHOTO...")
	}
	if err != nil {
		return err
	}
	info, err := e.Info(ctx)
	if err != nil {
		return err
	}
	if info.Templates == 0 {
		return withHint(fmt.Errorf("%s: nobody is enrolled", a.galleryName()), "faceid enroll NAME PHOTO...")
	}
	p, err := a.openPipeline(ctx, o.view.forGallery())
	if err != nil {
		return err
	}
	if err := a.sameModel(info.Model, p.contract()); err != nil {
		return err
	}
	at, err := o.decision.resolve(p.Model())
	if err != nil {
		return err
	}
	search := gallery.SearchOptions{K: max(o.k, 2)}
	if o.mean {
		search.Rank = gallery.RankMean
	}
	known, failed := 0, 0
	for bar, photo := range a.faces(ctx, p, "identifying", paths) {
		if photo.Err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			bar.clear()
			a.problem(photo.Path, photoError(photo.Err))
			failed++
			continue
		}
		faces := photo.Faces
		if o.largest && len(faces) > 1 {
			faces = faces[:1]
		}
		probes := make([][]float32, len(faces))
		for i, f := range faces {
			probes[i] = f.Embedding
		}
		found, err := e.Search(ctx, probes, &search)
		if err != nil {
			return err
		}
		bar.clear()
		if len(faces) == 0 {
			if err := a.printNoFace(photo.Path, at); err != nil {
				return err
			}
		}
		for i, f := range faces {
			n, err := a.printIdentified(photo, i, f, found[i], o.k, at)
			if err != nil {
				return err
			}
			known += n
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if fp := falsePositive(at.FAR, info.People); fp > 0.05 && len(paths) > 0 {
		a.remark("with %s enrolled, about %.0f %% of strangers would be taken for somebody at this threshold; --far or --threshold make it stricter", plural(info.People, "person", "people"), 100*fp)
	}
	switch {
	case failed > 0:
		return errReported
	case known == 0:
		return errNoMatch
	}
	return nil
}

// noFaceLine is what identify prints of a photo without a face: an identifyLine without what belongs to a face.
type noFaceLine struct {
	Path      string          `json:"path"`
	Face      int             `json:"face"` // 0
	Person    *gallery.Match  `json:"person"`
	Nearest   []gallery.Match `json:"nearest"`
	Threshold float64         `json:"threshold"`
}

func (a *app) printNoFace(path string, at point) error {
	if a.json {
		return a.printJSON(noFaceLine{Path: path, Nearest: []gallery.Match{}, Threshold: at.Threshold})
	}
	a.printf("%s: no face\n", path)
	return nil
}

// printIdentified prints the answer for face i and returns 1 if it is somebody known.
func (a *app) printIdentified(photo embed.Photo, i int, f embed.Face, found []gallery.Match, k int, at point) (int, error) {
	line := identifyLine{
		Path: photo.Path, Face: i + 1, Box: [4]float32{f.Box.X0, f.Box.Y0, f.Box.X1, f.Box.Y1},
		Nearest: found[:min(k, len(found))], Threshold: at.Threshold, Quality: f.Quality,
	}
	known := 0
	if len(found) > 0 && float64(found[0].Score) >= at.Threshold {
		line.Person = &found[0]
		known = 1
	}
	if a.json {
		return known, a.printJSON(line)
	}
	where := photo.Path
	if len(photo.Faces) > 1 {
		where = fmt.Sprintf("%s face %d at (%.0f, %.0f)", photo.Path, i+1, f.Box.X0, f.Box.Y0)
	}
	switch {
	case known == 0 && len(found) > 0:
		a.printf("%s: unknown  (nearest is %s with %.3f, threshold %.3f)\n", where, found[0].Name, found[0].Score, at.Threshold)
	case known == 1 && len(found) > 1:
		a.printf("%s: %s  (score %.3f, threshold %.3f; next %s with %.3f)\n", where, found[0].Name, found[0].Score, at.Threshold, found[1].Name, found[1].Score)
	case known == 1:
		a.printf("%s: %s  (score %.3f, threshold %.3f)\n", where, found[0].Name, found[0].Score, at.Threshold)
	}
	if k > 1 {
		for r, m := range line.Nearest {
			a.printf("  %d. %-30s %.3f\n", r+1, m.Name, m.Score)
		}
	}
	return known, nil
}
