package command

import (
	"cmp"
	"context"

	"github.com/spf13/cobra"

	"faceid/models"
)

type modelsAddOptions struct {
	file  string
	entry models.Entry
}

func newModelsAdd(_ *app, run func(context.Context, *modelsAddOptions) error) *cobra.Command {
	var o modelsAddOptions
	e, in, out := &o.entry, &models.Input{}, &models.Output{}
	e.Input, e.Output = in, out
	cmd := &cobra.Command{
		Use:   "add FILE.onnx",
		Short: "Add your own ONNX model",
		Long: `Reads the graph of an ONNX file and asks for what it cannot tell; flags answer beforehand. A wrong
channel order or mean still gives plausible, worse scores: take them from the model's documentation.`,
		Example: "  faceid models add mine.onnx --role embedder --channels RGB --mean 127.5 --std 127.5 --license " +
			"permissive",
		Args: cobra.ExactArgs(1),
		RunE: parsed(&o, run, one(&o.file)),
	}
	f := cmd.Flags()
	f.StringVar(&e.Name, "name", "", "its `NAME` (default: from the file's)")
	f.StringVar((*string)(&e.Role), "role", "", "detector, landmarks or embedder")
	f.StringVar((*string)(&e.Decoder), "decoder", "", "for a detector: yunet, scrfd or ultraface")
	f.StringVar(&in.Channels, "channels", "", "RGB, BGR or GRAY")
	f.Float32SliceVar(&in.Mean, "mean", nil, "subtracted from the 8-bit samples: one value, or one per channel")
	f.Float32SliceVar(&in.Std, "std", nil, "then divided by: one value, or one per channel")
	f.IntVar(&in.Width, "width", 0, "input width, where the graph leaves it open")
	f.IntVar(&in.Height, "height", 0, "input height, where the graph leaves it open")
	f.IntVar(&in.Stride, "stride", 0, "what width and height must be multiples of, where the graph leaves them open")
	f.StringVar(&in.Fit, "fit", "", "for a detector: letterbox or stretch")
	f.Float32Var(&out.Score, "score", 0, "for a detector: default threshold in (0, 1)")
	f.Float32Var(&out.NMS, "nms", 0, "for a detector: overlap above which the weaker box goes")
	f.IntVar(&out.Dim, "dim", 0, "for an embedder: length of the embedding, where the graph leaves it open")
	f.StringVar(&e.License.Class, "license", "", "permissive, noncommercial or unknown")
	return cmd
}

func (a *app) modelsAdd(ctx context.Context, o *modelsAddOptions) error {
	s, err := a.models(false)
	if err != nil {
		return err
	}
	graph, err := models.Inspect(o.file)
	if err != nil {
		return err
	}
	e := o.entry
	if a.inTTY && a.errTTY {
		if err := a.askEntry(&e, graph); err != nil {
			return err
		}
	}
	channels := cmp.Or(e.Input.Channels, graph.Input.Channels)
	e.Input.Mean, e.Input.Std = models.PerChannel(e.Input.Mean, channels), models.PerChannel(e.Input.Std, channels)
	done, err := s.Add(ctx, o.file, e)
	if err != nil {
		return err
	}
	a.printf("%s added: %s, sha256 %s\n", done.Name, done.Role, done.SHA256)
	if done.Role == models.RoleEmbedder && len(done.Thresholds) == 0 && !a.json {
		a.remark("no threshold is known for it: measure with faceid eval pairs FILE --model %s, then use --threshold",
			done.Name)
	}
	return a.printJSON(done)
}
