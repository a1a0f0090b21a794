package command

import (
	"context"
	"sort"
	"time"

	"github.com/spf13/cobra"

	"faceid/embed"
	"faceid/eval"
	"faceid/recognize"
)

type evalOptions struct {
	roc, det, published string
	protocol            string
	require             float64
	view                viewFlags
	arg                 string // folder or file
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
	cmd.AddCommand(newEvalLFW(a, a.evalLFW), newEvalPairs(a, a.evalPairs))
	return group(cmd)
}

func (o *evalOptions) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.roc, "roc", "", "draw the ROC to a .png or .svg `FILE`")
	f.StringVar(&o.det, "det", "", "draw the detection error tradeoff to a .png or .svg `FILE`")
	o.view.add(f)
}

// embedded are the embeddings of the photos of a benchmark; nil where a photo has no face.
type embedded struct {
	line   evalLine
	vecs   map[string][]float32
	unread map[string]bool
}

// embedAll embeds one face of each path.
func (a *app) embedAll(ctx context.Context, o *evalOptions, pick embed.Select, paths []string) (*embedded, error) {
	r, err := a.recognizer(ctx, o.view, recognize.Options{Select: pick})
	if err != nil {
		return nil, err
	}
	p, err := r.Pipeline(ctx)
	if err != nil {
		return nil, err
	}
	out := &embedded{vecs: make(map[string][]float32, len(paths)), unread: map[string]bool{}}
	out.line.Photos, out.line.Model, out.line.Detector, out.line.Views = len(paths), p.Entry.Name, p.Pack.Detector, p.Model().Views
	start := time.Now()
	for bar, photo := range a.faces(ctx, p, "embedding", paths) {
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case photo.Err != nil:
			bar.clear()
			a.badPhoto(photo.Path, photo.Err)
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
	return eval.Cosine(x, y)
}

// reported is errReported if photos could not be read: the figures are not those of the whole set.
func (e *embedded) reported() error {
	if e.line.Unread > 0 {
		return errReported
	}
	return nil
}

// report prints line with the curve's figures, and draws.
func (a *app) report(o *evalOptions, line evalLine, c eval.Curve, genuine, impostor int64, fars ...float64) error {
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
