package main

import (
	"context"
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"faceid/embed"
)

type verifyOptions struct {
	decision decision
	largest  bool
	view     viewOptions
}

type verifyLine struct {
	A         string   `json:"a"`
	B         string   `json:"b"`
	Same      bool     `json:"same"`
	Score     float64  `json:"score"`
	Threshold float64  `json:"threshold"`
	FAR       *float64 `json:"far"` // null: not measured for this threshold
}

func newVerify(a *app) *cobra.Command {
	var o verifyOptions
	cmd := &cobra.Command{
		Use:   "verify A B",
		Short: "Say whether two photos show the same person",
		Long: `Compares the face of photo A with the face of photo B: their cosine similarity, the threshold,
and the share of pairs of different people that reach that threshold. The score is no probability.
Exit code 0: same person; 1: different; 2: error.`,
		Example: `  faceid verify passport.jpg selfie.jpg
  faceid verify --far 1e-4 --json a.jpg b.jpg`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error { return verifyRun(cmd.Context(), a, o, args) },
	}
	o.decision.flags(cmd.Flags(), defaultVerifyFAR)
	cmd.Flags().BoolVar(&o.largest, "largest", false, "where a photo has several faces, take the largest")
	o.view.flags(cmd.Flags())
	return cmd
}

func verifyRun(ctx context.Context, a *app, o verifyOptions, args []string) error {
	p, err := a.openPipeline(ctx, o.view.pipeline())
	if err != nil {
		return err
	}
	at, err := o.decision.resolve(p.Model())
	if err != nil {
		return err
	}
	var faces []embed.Face
	failed := false
	for photo := range p.Run(ctx, embed.Files(args...)) {
		f, err := oneFace(photo, o.largest)
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			a.problem(photo.Path, err)
			failed = true
			continue
		}
		faces = append(faces, f)
	}
	if failed {
		return errReported
	}
	if len(faces) != 2 {
		return ctx.Err()
	}
	score := cosine(faces[0].Embedding, faces[1].Embedding)
	line := verifyLine{A: args[0], B: args[1], Same: score >= at.Threshold, Score: score, Threshold: at.Threshold}
	if !math.IsNaN(at.FAR) {
		line.FAR = &at.FAR
	}
	verdict := "different people"
	if line.Same {
		verdict = "same person"
	}
	if a.json {
		if err := a.printJSON(line); err != nil {
			return err
		}
	}
	a.printf("%s  (score %.3f, threshold %.3f: %s)\n", verdict, score, at.Threshold, at.words())
	if !line.Same {
		return errNoMatch
	}
	return nil
}

// cosine of two unit vectors; summed in float64, so that equal photos give exactly what a gallery search gives to six places.
func cosine(a, b []float32) float64 {
	s := 0.0
	for i := range a {
		s += float64(a[i]) * float64(b[i])
	}
	return math.Max(-1, math.Min(1, s))
}

// errFlag is a wrong value of a flag.
func errFlag(name string, value any, want string) error {
	return fmt.Errorf("--%s %v: %s", name, value, want)
}
