package command

import (
	"context"

	"github.com/spf13/cobra"

	"faceid/models"
)

type modelsAddOptions struct {
	file          string
	entry         models.Entry
	in            models.Input
	out           models.Output
	role, decoder string
	mean, std     []float32
}

func newModelsAdd(_ *app, run func(context.Context, *modelsAddOptions) error) *cobra.Command {
	var o modelsAddOptions
	cmd := &cobra.Command{
		Use:   "add FILE.onnx",
		Short: "Add your own ONNX model",
		Long: `Reads the graph of an ONNX file and asks for what it cannot tell; flags answer beforehand. A wrong channel order or
mean still gives plausible, worse scores: take them from the model's documentation.`,
		Example: "  faceid models add mine.onnx --role embedder --channels RGB --mean 127.5 --std 127.5 --license permissive",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.file = args[0]
			return run(cmd.Context(), &o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.entry.Name, "name", "", "its `NAME` (default: from the file's)")
	f.StringVar(&o.role, "role", "", "detector, landmarks or embedder")
	f.StringVar(&o.decoder, "decoder", "", "for a detector: yunet, scrfd or ultraface")
	f.StringVar(&o.in.Channels, "channels", "", "RGB, BGR or GRAY")
	f.Float32SliceVar(&o.mean, "mean", nil, "subtracted from the 8-bit samples: one value, or one per channel")
	f.Float32SliceVar(&o.std, "std", nil, "then divided by: one value, or one per channel")
	f.IntVar(&o.in.Width, "width", 0, "input width, where the graph leaves it open")
	f.IntVar(&o.in.Height, "height", 0, "input height, where the graph leaves it open")
	f.IntVar(&o.in.Stride, "stride", 0, "what width and height must be multiples of, where the graph leaves them open")
	f.StringVar(&o.in.Fit, "fit", "", "for a detector: letterbox or stretch")
	f.Float32Var(&o.out.Score, "score", 0, "for a detector: default threshold in (0, 1)")
	f.Float32Var(&o.out.NMS, "nms", 0, "for a detector: overlap above which the weaker box goes")
	f.IntVar(&o.out.Dim, "dim", 0, "for an embedder: length of the embedding, where the graph leaves it open")
	f.StringVar(&o.entry.License.Class, "license", "", "permissive, noncommercial or unknown")
	return cmd
}

func (a *app) modelsAdd(ctx context.Context, o *modelsAddOptions) error {
	s, err := a.models(false)
	if err != nil {
		return err
	}
	seen, err := models.Inspect(o.file)
	if err != nil {
		return err
	}
	e := o.entry
	if e.Name == "" {
		e.Name = seen.Name
	}
	if o.in.Channels == "" {
		o.in.Channels = seen.Input.Channels
	}
	e.Role, e.Decoder = models.Role(o.role), models.Decoder(o.decoder)
	if e.Role == models.RoleEmbedder {
		e.Decoder, o.in.Fit = models.DecoderEmbedding, "align112"
	}
	e.Input, e.Output = &o.in, &o.out
	o.in.Mean, o.in.Std = models.PerChannel(o.mean, o.in.Channels), models.PerChannel(o.std, o.in.Channels)
	if a.inTTY && a.errTTY {
		if err := a.askEntry(&e, seen); err != nil {
			return err
		}
	}
	done, err := s.Add(ctx, o.file, e)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(done)
	}
	a.printf("%s added: %s, sha256 %s\n", done.Name, done.Role, done.SHA256)
	if done.Role == models.RoleEmbedder && len(done.Thresholds) == 0 {
		a.remark("no threshold is known for it: measure with faceid eval pairs FILE --model %s, then use --threshold", done.Name)
	}
	return nil
}
