package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strconv"

	"github.com/spf13/cobra"

	"faceid/gallery"
	"faceid/internal/pathlist"
	"faceid/internal/words"
	"faceid/recognize"
	"faceid/recognize/lines"
)

type identifyOptions struct {
	target  recognize.Target
	k       int
	score   gallery.Scoring
	largest bool
	view    viewFlags
	head    string
	args    []string
}

func newIdentify(a *app, run func(context.Context, *identifyOptions) error) *cobra.Command {
	var o identifyOptions
	cmd := &cobra.Command{
		Use:   "identify PHOTO...",
		Short: "Say who of the gallery is in photos",
		Long: `Finds every face of the photos and the enrolled person nearest to it. A face whose nearest person
stays below the threshold is unknown. - is standard input, a photo or a list of paths.
Exit code 0: somebody was recognised; 1: nobody; 2: error.`,
		Example: `  faceid identify group.jpg
  faceid identify --far 1e-3 --top 5 camera/
  faceid identify --fpir 0.01 door.jpg   # one stranger in 100 may be taken for somebody
  faceid identify --head tuned/head.safetensors --fpir 0.01 door.jpg
  find . -name '*.jpg' | faceid identify --json -`,
		Args: cobra.MinimumNArgs(1),
		RunE: parsed(&o, run, func(args []string) error {
			o.args = args
			if o.k < 1 {
				return errFlag("top", o.k, "at least 1")
			}
			return cmp.Or(checkTarget(o.target), o.view.check())
		}),
	}
	f := cmd.Flags()
	addTarget(f, &o.target, recognize.DefaultIdentifyFAR)
	f.Func("fpir", "the `SHARE` of strangers who may be taken for somebody, in place of --far; needs a head, or a "+
		"calibrated gallery", func(s string) (err error) {
		if o.target.FPIR, err = strconv.ParseFloat(s, 64); err != nil || !(o.target.FPIR > 0 && o.target.FPIR < 1) {
			err = errors.New("a share is in (0, 1)")
		}
		return err
	})
	cmd.MarkFlagsMutuallyExclusive("fpir", "far")
	cmd.MarkFlagsMutuallyExclusive("fpir", "threshold")
	f.IntVarP(&o.k, "top", "k", 1, "people to show per face, best first")
	f.TextVar(&o.score, "score", o.score,
		"score people by their templates `together`, by the nearest, or by the mean score")
	f.BoolVar(&o.largest, "largest", false, "only the largest face of each photo")
	f.StringVar(&o.head, "head", "", "rank by the trained head in `FILE` (head.safetensors) instead of the gallery")
	o.view.add(f)
	cmd.MarkFlagsMutuallyExclusive("fpir", "score")               // a calibration's are scores together
	for _, other := range []string{"threshold", "far", "score"} { // a head's threshold is a distance
		cmd.MarkFlagsMutuallyExclusive("head", other)
	}
	return cmd
}

func (a *app) identify(ctx context.Context, o *identifyOptions) error {
	paths, err := a.photosOrStdin(ctx, o.args)
	if err != nil {
		return err
	}
	if o.head != "" && a.galleryPath != "" {
		return withHint(errors.New("--gallery and --head do not go together"), "give one of them")
	}
	if o.head != "" {
		return a.identifyByHead(ctx, o, paths)
	}
	r, err := a.withGallery(ctx, o.view)
	if err != nil {
		return err
	}
	search := &recognize.IdentifyOptions{Target: o.target, K: o.k, Largest: o.largest, Score: o.score}
	var last recognize.Answer
	answers := r.IdentifyWith(ctx, pathlist.Inputs(a.photo, paths), search)
	end := eachAnswer(a, len(paths), answers, func(answer recognize.Answer) (at int, known bool, err error) {
		last = answer
		return answer.Photo.Index, answer.Person != nil || answer.Tied != nil, a.print(lines.IdentifiedOf(answer, o.k),
			func(w io.Writer) error { return lines.WriteIdentified(w, answer, o.k) })
	})
	if end == nil || isAnswer(end) {
		if err := a.remarkStrangers(ctx, r, last); err != nil {
			return err
		}
	}
	return end
}

// eachAnswer has every answer of a sequence printed, with a bar over the photos; photos that cannot be read are
// reported. print says which photo it was and whether somebody was recognised. It returns what the command ends with.
func eachAnswer[A any](a *app, photos int, answers iter.Seq2[A, error],
	print func(A) (at int, known bool, err error)) error {
	b := a.progress("identifying", photos)
	defer b.finish()
	recognised, failed := 0, 0
	for answer, err := range answers {
		if bad := (*recognize.PhotoError)(nil); errors.As(err, &bad) {
			a.problem(bad.Path, bad)
			failed++
			continue
		}
		if err != nil {
			return err
		}
		at, known, err := print(answer)
		if err != nil {
			return err
		}
		b.set(int64(at + 1))
		if known {
			recognised++
		}
	}
	return ended(recognised, failed)
}

// remarkStrangers says what the answers of a run are worth.
func (a *app) remarkStrangers(ctx context.Context, r *recognize.Recognizer, last recognize.Answer) error {
	if last.Photo.Path == "" || math.IsNaN(last.FPIR) {
		return nil
	}
	_, people, err := r.Strangers(ctx, last.Point)
	if err != nil {
		return err
	}
	like, others := "strangers like them", ""
	if last.People == 0 {
		like, others = "LFW's strangers",
			", of others perhaps ten times as many; faceid gallery calibrate sets it by those enrolled"
		switch {
		case recognize.IsAddress(a.galleryName()):
			others = ", of others perhaps ten times as many; a cluster keeps no calibration"
		case people < recognize.MinCalibrated:
			others = fmt.Sprintf(", of others perhaps ten times as many; from %d people on it is set by those enrolled",
				recognize.MinCalibrated)
		}
	}
	if last.FPIR > 0.05 {
		others += "; --fpir, --far or --threshold make it stricter"
	}
	a.remark("with %s enrolled, about %s of %s would be taken for somebody at this threshold%s",
		words.Plural(people, "person", "people"), words.Percent(last.FPIR), like, others)
	return nil
}
