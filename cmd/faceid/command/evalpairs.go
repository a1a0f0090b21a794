package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"faceid/embed"
	"faceid/eval"
)

func newEvalPairs(_ *app, run func(context.Context, *evalOptions) error) *cobra.Command {
	var o evalOptions
	cmd := &cobra.Command{
		Use:   "pairs FILE",
		Short: "Your own pairs: ROC, EER, TAR at FAR, thresholds",
		Long: `Reads pairs of photos, one per line: path, path, 1 for the same person or 0 for two, separated by commas, tabs or
spaces. Paths are relative to the file. The person meant is the largest face of a photo.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.arg = args[0]
			return run(cmd.Context(), &o)
		},
	}
	o.add(cmd)
	return cmd
}

func (a *app) evalPairs(ctx context.Context, o *evalOptions) error {
	file := o.arg
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	pairs, err := eval.ReadPairs(f)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	path := func(p string) string {
		if filepath.IsAbs(p) {
			return p
		}
		return filepath.Join(filepath.Dir(file), p)
	}
	set := map[string]bool{}
	for _, p := range pairs {
		set[path(p.A)], set[path(p.B)] = true, true
	}
	if err := o.checkPlots(append(sortedKeys(set), file)); err != nil {
		return err
	}
	e, err := a.embedAll(ctx, o, embed.SelectLargest, sortedKeys(set))
	if err != nil {
		return err
	}
	var genuine, impostor []float64
	for _, p := range pairs {
		if e.unread[path(p.A)] || e.unread[path(p.B)] {
			e.line.Dropped++ // a score of −1 would make it an impostor pair well told apart
			continue
		}
		s := e.score(path(p.A), path(p.B))
		if p.Same {
			genuine = append(genuine, s)
		} else {
			impostor = append(impostor, s)
		}
	}
	c, err := eval.ROC(genuine, impostor)
	if errors.Is(err, eval.ErrEmpty) {
		if e.line.Dropped > 0 {
			return withHint(fmt.Errorf("%w: %s of photos that cannot be read", err, plural(e.line.Dropped, "pair is", "pairs are")), "paths are relative to "+file)
		}
		return withHint(err, "a ROC needs pairs of both kinds: lines that end in 1 and lines that end in 0")
	}
	if err != nil {
		return err
	}
	e.line.Protocol = file
	if err := a.report(o, e.line, c, int64(len(genuine)), int64(len(impostor)), 1e-1, 1e-2, 1e-3); err != nil {
		return err
	}
	return e.reported()
}
