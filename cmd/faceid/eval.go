package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"time"

	"github.com/spf13/cobra"

	"faceid/embed"
	"faceid/eval"
)

type evalOptions struct {
	roc, det, published string
	protocol            string
	require             float64
	view                viewOptions
}

// evalLine is the result of a verification benchmark; rates are in [0, 1].
type evalLine struct {
	Protocol string      `json:"protocol"`
	Genuine  int64       `json:"genuine"`
	Impostor int64       `json:"impostor"`
	Photos   int         `json:"photos"`
	NoFace   int         `json:"photos_without_face"`
	Unread   int         `json:"photos_unreadable"`
	Dropped  int         `json:"pairs_dropped"`      // of a photo that cannot be read
	Accuracy float64     `json:"accuracy,omitempty"` // 10-fold
	StdErr   float64     `json:"standard_error,omitempty"`
	EER      float64     `json:"eer"`
	AUC      float64     `json:"auc"`
	Points   []evalPoint `json:"points"`
	Model    string      `json:"model"`
	Detector string      `json:"detector"`
	Views    string      `json:"views"`
	Seconds  float64     `json:"seconds"`
}

// evalPoint is an operating point: FAR is the one asked for.
type evalPoint struct {
	FAR       float64 `json:"far"`
	TAR       float64 `json:"tar"`
	Threshold float64 `json:"threshold"`
}

func newEval(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "eval",
		Short: "Measure accuracy: on LFW, or on pairs of your own photos",
	}
	cmd.AddCommand(newEvalLFW(a), newEvalPairs(a))
	return group(cmd)
}

func (o *evalOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.roc, "roc", "", "draw the ROC to a .png or .svg `FILE`")
	f.StringVar(&o.det, "det", "", "draw the detection error tradeoff to a .png or .svg `FILE`")
	o.view.flags(f)
}

func newEvalLFW(a *app) *cobra.Command {
	var o evalOptions
	cmd := &cobra.Command{
		Use:   "lfw FOLDER",
		Short: "Labeled Faces in the Wild: 10-fold accuracy, TAR at FAR",
		Long: `Reads the protocol (pairs.txt) and the photos (FOLDER/images/NAME/NAME_0001.jpg or FOLDER/NAME/…) of Labeled Faces in
the Wild. View 2 is the figure everybody reports: the threshold is chosen on nine folds and applied to the
tenth, mean over folds with its standard error. Settle every setting on View 1 (dev-train, dev-test). The
protocol "all" compares all photos with each other: 88 million pairs, enough for FAR 1e-5.
The person meant is the one in the middle of the photo.`,
		Example: `  faceid eval lfw lfw/
  faceid eval lfw lfw/ --detector yunet --roc roc.png`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return evalLFWRun(cmd.Context(), a, o, args[0]) },
	}
	o.flags(cmd)
	cmd.Flags().StringVar(&o.protocol, "protocol", "view2", "view2, dev-train, dev-test or all")
	cmd.Flags().StringVar(&o.published, "published", "", "draw the published ROC points of the text files in this `FOLDER` beside ours (default: FOLDER/roc)")
	cmd.Flags().Float64Var(&o.require, "require-accuracy", 0, "fail if the accuracy is below, or a photo has no face")
	return cmd
}

func newEvalPairs(a *app) *cobra.Command {
	var o evalOptions
	cmd := &cobra.Command{
		Use:   "pairs FILE",
		Short: "Your own pairs: ROC, EER, TAR at FAR, thresholds",
		Long: `Reads pairs of photos, one a line: path, path, 1 for the same person or 0 for two, separated by commas, tabs or
spaces. Paths are relative to the file. The person meant is the largest face of a photo.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return evalPairsRun(cmd.Context(), a, o, args[0]) },
	}
	o.flags(cmd)
	return cmd
}

// embedded are the embeddings of the photos of a benchmark; nil where a photo has no face.
type embedded struct {
	line   evalLine
	vecs   map[string][]float32
	unread map[string]bool
}

// embedAll embeds one face of each path.
func (a *app) embedAll(ctx context.Context, o evalOptions, pick embed.Select, paths []string) (*embedded, error) {
	want := o.view.pipeline()
	want.pick = pick
	p, err := a.openPipeline(ctx, want)
	if err != nil {
		return nil, err
	}
	out := &embedded{vecs: make(map[string][]float32, len(paths)), unread: map[string]bool{}}
	out.line.Photos, out.line.Model, out.line.Detector, out.line.Views = len(paths), p.Model().Name, p.pack.Detector, p.views
	start := time.Now()
	for bar, photo := range a.faces(ctx, p, "embedding", paths) {
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case photo.Err != nil:
			bar.clear()
			a.problem(photo.Path, photoError(photo.Err))
			out.line.Unread++
			out.unread[photo.Path] = true
		case len(photo.Faces) == 0:
			bar.clear()
			a.remark("%s: no face", photo.Path)
			out.line.NoFace++
		default:
			out.vecs[photo.Path] = photo.Faces[0].Embedding
		}
	}
	out.line.Seconds = time.Since(start).Seconds()
	return out, ctx.Err()
}

// score of a pair; a photo without a face matches nobody.
func (e *embedded) score(a, b string) float64 {
	x, y := e.vecs[a], e.vecs[b]
	if x == nil || y == nil {
		return -1
	}
	return cosine(x, y)
}

func evalLFWRun(ctx context.Context, a *app, o evalOptions, dir string) error {
	file, ok := map[string]string{"view2": "pairs.txt", "dev-train": "pairsDevTrain.txt", "dev-test": "pairsDevTest.txt", "all": ""}[o.protocol]
	if !ok {
		return errFlag("protocol", o.protocol, "view2, dev-train, dev-test or all")
	}
	if err := o.checkPlots(nil); err != nil {
		return err
	}
	if !(o.require >= 0 && o.require <= 1) {
		return errFlag("require-accuracy", o.require, "in [0, 1]")
	}
	images, err := lfwImages(dir)
	if err != nil {
		return err
	}
	if o.published == "" {
		if d := filepath.Join(dir, "roc"); isDir(d) {
			o.published = d
		}
	}
	if file == "" {
		return a.evalAll(ctx, o, images)
	}
	f, err := os.Open(filepath.Join(dir, file))
	if err != nil {
		return withHint(err, "the protocol's files come with the data set")
	}
	defer f.Close()
	pairs, err := eval.ReadLFWPairs(f)
	if err != nil {
		return fmt.Errorf("%s: %w", f.Name(), err)
	}
	path := func(p eval.LFWPhoto) string { return filepath.Join(images, filepath.FromSlash(p.Path())) }
	set := map[string]bool{}
	for _, p := range pairs.Pairs {
		set[path(p.A)], set[path(p.B)] = true, true
	}
	e, err := a.embedAll(ctx, o, embed.SelectCentral, sortedKeys(set))
	if err != nil {
		return err
	}
	scores := make([]float64, len(pairs.Pairs))
	for i, p := range pairs.Pairs {
		scores[i] = e.score(path(p.A), path(p.B))
	}
	folds, err := pairs.Scores(scores)
	if err != nil {
		return err
	}
	e.line.Protocol = "LFW " + o.protocol
	if len(folds) > 1 {
		k, err := eval.KFold(folds)
		if err != nil {
			return err
		}
		e.line.Accuracy, e.line.StdErr = k.Accuracy, k.StdErr
	}
	genuine, impostor := eval.All(folds)
	c, err := eval.ROC(genuine, impostor)
	if err != nil {
		return err
	}
	if err := a.report(o, e.line, c, int64(len(genuine)), int64(len(impostor)), 1e-2, 1e-3); err != nil {
		return err
	}
	if o.require > 0 && (e.line.Accuracy < o.require || e.line.NoFace+e.line.Unread > 0) {
		return fmt.Errorf("accuracy %.4f, %d photos without a face, %d unreadable; required are %.4f and none", e.line.Accuracy, e.line.NoFace, e.line.Unread, o.require)
	}
	return nil // copies of LFW lack a photo here and there: the answer says how many, and --require-accuracy wants none
}

// reported is errReported if photos could not be read: the figures are not those of the whole set.
func (e *embedded) reported() error {
	if e.line.Unread > 0 {
		return errReported
	}
	return nil
}

// lfwImages finds the folder of the people's folders.
func lfwImages(dir string) (string, error) {
	for _, d := range []string{"images", "lfw", "."} {
		if isDir(filepath.Join(dir, d, "Aaron_Peirsol")) {
			return filepath.Join(dir, d), nil
		}
	}
	return "", withHint(fmt.Errorf("%s: %w: no folder Aaron_Peirsol here, nor in images/ or lfw/", dir, fs.ErrNotExist), "give the folder of Labeled Faces in the Wild; it is the public data set of UMass Amherst")
}

func evalPairsRun(ctx context.Context, a *app, o evalOptions, file string) error {
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

// report prints line with the curve's figures, and draws.
func (a *app) report(o evalOptions, line evalLine, c eval.Curve, genuine, impostor int64, fars ...float64) error {
	line.Genuine, line.Impostor, line.Points = genuine, impostor, []evalPoint{}
	line.EER, _ = c.EER()
	line.AUC = c.AUC()
	for _, far := range fars {
		if float64(impostor)*far < 1 {
			a.remark("FAR %g needs at least %.0f impostor pairs: not shown", far, 1/far)
			continue
		}
		tar, t := c.TARAtFAR(far)
		line.Points = append(line.Points, evalPoint{FAR: far, TAR: tar, Threshold: t})
	}
	if err := a.plots(o, c, line); err != nil {
		return err
	}
	if a.json {
		return a.printJSON(line)
	}
	a.printf("%s: %s, %s views, detector %s\n", line.Protocol, line.Model, line.Views, line.Detector)
	a.printf("  %s genuine and %s impostor pairs of %s photos; %d without a face, %d unreadable; %.1f photos a second\n",
		thousands(genuine), thousands(impostor), thousands(int64(line.Photos)), line.NoFace, line.Unread, float64(line.Photos)/line.Seconds)
	if line.Dropped > 0 {
		a.printf("  %s left out, of photos that cannot be read\n", plural(line.Dropped, "pair", "pairs"))
	}
	if line.Accuracy > 0 {
		a.printf("  accuracy        %.2f %% ± %.2f (standard error over the folds)\n", 100*line.Accuracy, 100*line.StdErr)
	}
	for _, p := range line.Points {
		a.printf("  TAR@FAR=%-7.0e %.2f %%  at threshold %.4f\n", p.FAR, 100*p.TAR, p.Threshold)
	}
	a.printf("  EER             %.2f %%\n  AUC             %.5f\n", 100*line.EER, line.AUC)
	return nil
}

func sortedKeys(set map[string]bool) []string {
	keys := make([]string, 0, len(set))
	for k := range set {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
