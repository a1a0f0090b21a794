package command

import (
	"cmp"
	"context"
	"errors"

	"github.com/spf13/cobra"

	"faceid/internal/pathlist"
	"faceid/internal/plain"
	"faceid/recognize"
	"faceid/recognize/lines"
)

type verifyOptions struct {
	target  recognize.Target
	several severalFlags
	view    viewFlags
	a, b    string // paths
}

func newVerify(a *app, run func(context.Context, *verifyOptions) error) *cobra.Command {
	var o verifyOptions
	cmd := &cobra.Command{
		Use:   "verify A B",
		Short: "Say whether two photos show the same person",
		Long: `Compares the face of photo A with the face of photo B: their cosine similarity, the threshold,
and the share of pairs of different people that reach that threshold. The score is no probability.
Where the gallery is calibrated (faceid gallery calibrate), that share is of people like those enrolled,
else of LFW's photos, and on others it may be ten times as high. - is a photo on standard input.
Exit code 0: same person; 1: different, or a photo too poor to tell; 2: error.`,
		Example: `  faceid verify passport.jpg selfie.jpg
  faceid verify --far 1e-4 --json a.jpg b.jpg`,
		Args: cobra.ExactArgs(2),
		RunE: parsed(&o, run, func(args []string) error {
			if o.a, o.b = args[0], args[1]; o.a == "-" && o.b == "-" {
				return errors.New("standard input is one photo: give the other by its path")
			}
			return cmp.Or(checkTarget(o.target), o.view.check())
		}),
	}
	addTarget(cmd.Flags(), &o.target, recognize.DefaultVerifyFAR)
	o.several.add(cmd)
	o.view.add(cmd.Flags())
	return cmd
}

func (a *app) verify(ctx context.Context, o *verifyOptions) error {
	r, err := a.recognizer(ctx, o.view, recognize.Options{Calibration: a.galleryName()})
	if err != nil {
		return err
	}
	v, err := r.Verify(ctx, pathlist.Input(a.in, o.a), pathlist.Input(a.in, o.b),
		&recognize.VerifyOptions{Target: o.target, Several: o.several.several()})
	for _, p := range recognize.BadPhotos(err) {
		a.problem(p.Path, p)
		err = errReported
	}
	if err != nil {
		return err
	}
	verdict := "different people"
	switch {
	case v.Poor != nil:
		verdict = "too poor to tell"
		a.remark("%s", v.Poor)
	case v.Same:
		verdict = "same person"
	default:
		a.smallFace(o.a, v.A)
		a.smallFace(o.b, v.B)
	}
	for i, path := range []string{o.a, o.b} {
		a.mainOf(o.several, path, v.Of[i])
	}
	if recognize.IsAddress(a.galleryName()) && !v.Given {
		a.remark("%s is a cluster, which keeps no calibration: the threshold is the one measured for the model, not "+
			"for those enrolled", a.galleryName())
	}
	if err := a.printJSON(lines.VerifiedOf(o.a, o.b, v)); err != nil {
		return err
	}
	a.printf("%s  (%s, %s)\n", verdict, lines.ScoreOf(v), lines.AgainstOf(v))
	if !v.Same {
		return errNoMatch
	}
	return nil
}

// mainOf says that one face of several was taken.
func (a *app) mainOf(o severalFlags, path string, faces int) {
	if faces > 1 && !o.largest {
		a.remark("%s: %d faces; the main one is taken, --strict refuses such photos", plain.Quoted(path), faces)
	}
}
