package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"faceid/embed"
	"faceid/gallery"
	"faceid/recognize"
)

type identifyOptions struct {
	target  recognize.Target
	k       int
	mean    bool
	largest bool
	view    viewFlags
	head    string
	args    []string
}

// identifyLine is the answer for one face; of a photo without a face, Face is 0 and what belongs to a face is left out.
type identifyLine struct {
	Path      string          `json:"path"`
	Face      int             `json:"face"`          // from 1, the largest first
	Box       *[4]float32     `json:"box,omitempty"` // x0, y0, x1, y1 in pixels of the upright photo
	Turn      int             `json:"turn"`          // degrees clockwise by which the photo was turned to stand the face upright
	Person    *gallery.Match  `json:"person"`        // null: nobody reaches the threshold
	Nearest   []gallery.Match `json:"nearest"`
	Threshold float64         `json:"threshold"`
	FPIR      *float64        `json:"fpir,omitempty"` // share of strangers who would be taken for somebody
	pointFacts
	TooPoor string         `json:"too_poor"` // why there is no answer; "": there is one
	Quality *embed.Quality `json:"quality,omitempty"`
}

func newIdentify(a *app, run func(context.Context, *identifyOptions) error) *cobra.Command {
	var o identifyOptions
	cmd := &cobra.Command{
		Use:   "identify PHOTO...",
		Short: "Say who of the gallery is in photos",
		Long: `Finds every face of the photos and the enrolled person nearest to it. A face whose nearest person
stays below the threshold is unknown. Exit code 0: somebody was recognised; 1: nobody; 2: error.`,
		Example: `  faceid identify group.jpg
  faceid identify --far 1e-3 --top 5 camera/
  faceid identify --fpir 0.01 door.jpg   # one stranger in 100 may be taken for somebody
  find . -name '*.jpg' | faceid identify --json -`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.k < 1 {
				return errFlag("top", o.k, "at least 1")
			}
			if err := cmp.Or(checkTarget(o.target), o.view.check()); err != nil {
				return err
			}
			o.args = args
			return run(cmd.Context(), &o)
		},
	}
	f := cmd.Flags()
	addTarget(f, &o.target, recognize.DefaultIdentifyFAR)
	f.Float64Var(&o.target.FPIR, "fpir", 0,
		"the `SHARE` of strangers who may be taken for somebody, in place of --far; needs a calibrated gallery")
	cmd.MarkFlagsMutuallyExclusive("fpir", "far")
	cmd.MarkFlagsMutuallyExclusive("fpir", "threshold")
	f.IntVarP(&o.k, "top", "k", 1, "people to show per face, best first")
	f.BoolVar(&o.mean, "mean", false, "rank people by the mean of their templates' scores, not by the best")
	f.BoolVar(&o.largest, "largest", false, "only the largest face of each photo")
	f.StringVar(&o.head, "head", "", "rank by the trained head in `FILE` (head.safetensors) instead of the gallery")
	o.view.add(f)
	for _, other := range []string{"threshold", "far", "fpir", "mean"} { // a head has a threshold of its own, and no templates
		cmd.MarkFlagsMutuallyExclusive("head", other)
	}
	return cmd
}

func (a *app) identify(ctx context.Context, o *identifyOptions) error {
	paths, err := a.photoPaths(o.args)
	if err != nil {
		return err
	}
	if o.head != "" {
		return a.identifyByHead(ctx, o, paths)
	}
	r, err := a.withGallery(ctx, o.view)
	if err != nil {
		return err
	}
	search := &recognize.IdentifyOptions{Target: o.target, K: o.k, Largest: o.largest}
	if o.mean {
		search.Rank = gallery.RankMean
	}
	b := a.progress("identifying", int64(len(paths)))
	defer b.finish()
	recognised, failed := 0, 0
	var last recognize.Answer
	for answer, err := range r.IdentifyWith(ctx, embed.Files(paths...), search) {
		if a.badPhotoBeside(b, err) {
			failed++
			continue
		}
		if err != nil {
			return err
		}
		b.set(int64(answer.Photo.Index + 1))
		b.clear()
		if err := a.printAnswer(answer, o.k); err != nil {
			return err
		}
		if answer.Person != nil {
			recognised++
		}
		last = answer
	}
	b.finish()
	if err := a.remarkStrangers(ctx, r, last); err != nil {
		return err
	}
	return found(recognised, failed)
}

// remarkStrangers says what the answers of a run are worth.
func (a *app) remarkStrangers(ctx context.Context, r *recognize.Recognizer, last recognize.Answer) error {
	if last.Photo.Path == "" || math.IsNaN(last.FPIR) {
		return nil
	}
	share := last.FPIR
	_, people, err := r.Strangers(ctx, last.Point)
	if err != nil {
		return err
	}
	enrolled := plural(people, "person", "people")
	advice := ""
	if share > 0.05 {
		advice = "; --fpir, --far or --threshold make it stricter"
	}
	switch {
	case last.People > 0:
		a.remark("with %s enrolled, about %s of strangers like them would be taken for somebody at this threshold%s", enrolled, percent(share), advice)
	case people < recognize.MinCalibrated:
		a.remark("with %s enrolled, about %s of LFW's strangers would be taken for somebody at this threshold, of others perhaps ten times as "+
			"many; from %d people on it is set by those enrolled%s", enrolled, percent(share), recognize.MinCalibrated, advice)
	default:
		a.remark("with %s enrolled, about %s of LFW's strangers would be taken for somebody at this threshold, of others perhaps ten times as "+
			"many; faceid gallery calibrate sets it by those enrolled%s", enrolled, percent(share), advice)
	}
	return nil
}

// found is the end of a command that looks for something in photos.
func found(n, failed int) error {
	switch {
	case failed > 0:
		return errReported
	case n == 0:
		return errNoMatch
	}
	return nil
}

// badPhotoBeside reports the photo that err is about, if it is about one.
func (a *app) badPhotoBeside(b *bar, err error) bool {
	var photo *recognize.PhotoError
	if !errors.As(err, &photo) {
		return false
	}
	b.clear()
	a.problem(photo.Path, photo)
	return true
}

func (a *app) printAnswer(r recognize.Answer, k int) error {
	if a.json {
		line := identifyLine{Path: r.Photo.Path, Face: r.Number, Person: r.Person, Threshold: r.Threshold,
			Nearest: append([]gallery.Match{}, r.Nearest[:min(k, len(r.Nearest))]...)}
		if r.Face != nil {
			line.Box, line.Turn, line.Quality = boxOf(*r.Face), r.Face.Turn, &r.Face.Quality
			line.FPIR, line.pointFacts = known(r.FPIR), factsOf(r.Point)
		}
		if r.Poor != nil {
			line.TooPoor = r.Poor.Error()
		}
		return a.printJSON(line)
	}
	if r.Face == nil {
		a.printf("%s: no face\n", r.Photo.Path)
		return nil
	}
	where := r.Photo.Path
	if len(r.Photo.Faces) > 1 {
		where = fmt.Sprintf("%s face %d at (%.0f, %.0f)", r.Photo.Path, r.Number, r.Face.Box.X0, r.Face.Box.Y0)
	}
	switch {
	case r.Poor != nil && len(r.Nearest) > 0:
		a.printf("%s: %s  (nearest is %s with %.3f, which says nothing of such a face)\n", where, r.Poor, r.Nearest[0].Name, r.Score)
	case r.Person == nil && len(r.Nearest) > 0:
		a.printf("%s: unknown  (nearest is %s with %.3f, threshold %.3f)\n", where, r.Nearest[0].Name, r.Score, r.Threshold)
	case r.Person != nil && len(r.Nearest) > 1:
		next := r.Nearest[0] // nearer, by a template too poor to be named by
		if next.PersonID == r.Person.PersonID {
			next = r.Nearest[1]
		}
		a.printf("%s: %s  (score %.3f, threshold %.3f; next %s with %.3f)\n", where, r.Person.Name, r.Score, r.Threshold, next.Name, next.Score)
	case r.Person != nil:
		a.printf("%s: %s  (score %.3f, threshold %.3f)\n", where, r.Person.Name, r.Score, r.Threshold)
	}
	if k > 1 {
		for i, m := range r.Nearest[:min(k, len(r.Nearest))] {
			a.printf("  %d. %-30s %.3f\n", i+1, m.Name, m.Score)
		}
	}
	return nil
}

func boxOf(f embed.Face) *[4]float32 { return &[4]float32{f.Box.X0, f.Box.Y0, f.Box.X1, f.Box.Y1} }
