package main

import (
	"bufio"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"faceid/models"
)

func newModels(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "models", Short: "List, fetch, verify and add models"}
	cmd.AddCommand(newModelsList(a), newModelsPull(a), newModelsPath(a), newModelsVerify(a), newModelsAdd(a), newModelsForget(a))
	return group(cmd)
}

func newModelsList(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List models, their licences and whether they are here",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.openModels()
			if err != nil {
				return err
			}
			return a.printStatus(s.List())
		},
	}
}

func (a *app) printStatus(list []models.Status) error {
	w := tabwriter.NewWriter(a.out, 0, 8, 2, ' ', 0)
	for _, st := range list {
		if a.json {
			if err := a.printJSON(st); err != nil {
				return err
			}
			continue
		}
		licence := st.Entry.License.ID
		if st.Entry.License.Class != models.Permissive {
			licence += " (" + st.Entry.License.Class + ")"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", st.Entry.Name, st.Entry.Role, size(st.Entry.Size), st.State, licence)
	}
	return w.Flush()
}

func newModelsPull(a *app) *cobra.Command {
	var accept bool
	cmd := &cobra.Command{
		Use:     "pull [NAME...]",
		Short:   "Fetch models or packs, verified by SHA-256 (default: the default pack and ONNX Runtime)",
		Example: "  faceid models pull\n  faceid models pull yunet runtime samples\n  faceid models pull buffalo_l --accept-license",
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.openModelsWith(accept)
			if err != nil {
				return err
			}
			if err := s.Pull(cmd.Context(), args...); err != nil {
				return err
			}
			a.remark("models are in %s", s.Dir())
			return nil
		},
	}
	cmd.Flags().BoolVar(&accept, "accept-license", false, "accept the licence of non-commercial models, once and for all")
	return cmd
}

func newModelsPath(a *app) *cobra.Command {
	var accept bool
	cmd := &cobra.Command{
		Use:   "path NAME",
		Short: "Print where a model's file is, fetching it if need be",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.openModelsWith(accept)
			if err != nil {
				return err
			}
			path, err := s.Path(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(map[string]string{"name": args[0], "path": path})
			}
			a.printf("%s\n", path)
			return nil
		},
	}
	cmd.Flags().BoolVar(&accept, "accept-license", false, "accept the licence of a non-commercial model, once and for all")
	return cmd
}

func newModelsVerify(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "verify [NAME...]",
		Short: "Hash the files that are here and compare with the catalogue",
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.openModels()
			if err != nil {
				return err
			}
			list, err := s.Verify(cmd.Context(), args...)
			if err != nil {
				return err
			}
			bad := 0
			list = slices.DeleteFunc(list, func(st models.Status) bool { return st.State == models.Missing && len(args) == 0 })
			for _, st := range list {
				if st.State == models.Corrupt || st.State == models.Missing {
					bad++
				}
			}
			if err := a.printStatus(list); err != nil {
				return err
			}
			if bad > 0 {
				return withHint(fmt.Errorf("%s not as the catalogue says", plural(bad, "file is", "files are")), "faceid models pull NAME fetches it again")
			}
			return nil
		},
	}
}

func newModelsForget(a *app) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:     "forget NAME",
		Aliases: []string{"remove", "rm", "delete"},
		Short:   "Take a model of your own off the list",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.openModels()
			if err != nil {
				return err
			}
			e, err := s.Entry(args[0])
			if err != nil {
				return err
			}
			own := slices.ContainsFunc(e.Sources, func(s string) bool { return strings.HasPrefix(s, "file:") })
			if own && !force { // Forget itself refuses the others
				if err := a.galleryNeeds(cmd.Context(), s, e); err != nil {
					return err
				}
			}
			if err := s.Forget(cmd.Context(), e.Name); err != nil {
				return err
			}
			if a.json {
				return a.printJSON(struct {
					Forgotten models.Entry `json:"forgotten"`
				}{e})
			}
			a.printf("forgot %s\n", e.Name)
			return nil
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "even if the gallery in use was made with it")
	return cmd
}

// galleryNeeds refuses to take away the model without which the gallery in use cannot be searched.
func (a *app) galleryNeeds(ctx context.Context, s *models.Store, e models.Entry) error {
	m, err := a.galleryModel(ctx)
	if err != nil {
		a.remark("whether %s needs it is not known: %v", a.galleryName(), err)
		return nil
	}
	same := func(o models.Entry) bool { return o.SHA256 == e.SHA256 && o.Name != e.Name }
	if m == nil || m.SHA256 != e.SHA256 || slices.ContainsFunc(s.Entries(), same) {
		return nil
	}
	return withHint(fmt.Errorf("%s was enrolled with %s, and cannot be used without it", a.galleryName(), e.Name), "--force takes it off the list all the same")
}

func newModelsAdd(a *app) *cobra.Command {
	var e models.Entry
	var in models.Input
	var out models.Output
	var role, decoder string
	var mean, std []float32
	cmd := &cobra.Command{
		Use:   "add FILE.onnx",
		Short: "Add your own ONNX model",
		Long: `Reads the graph of an ONNX file and asks for what it cannot tell; flags answer beforehand. A wrong channel order or
mean still gives plausible, worse scores: take them from the model's documentation.`,
		Example: "  faceid models add mine.onnx --role embedder --channels RGB --mean 127.5 --std 127.5 --license permissive",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.openModels()
			if err != nil {
				return err
			}
			seen, err := models.Inspect(args[0])
			if err != nil {
				return err
			}
			if e.Name == "" {
				e.Name = seen.Name
			}
			if in.Channels == "" {
				in.Channels = seen.Input.Channels
			}
			e.Role, e.Decoder = models.Role(role), models.Decoder(decoder)
			if e.Role == models.RoleEmbedder {
				e.Decoder, in.Fit = models.DecoderEmbedding, "align112"
			}
			e.Input, e.Output = &in, &out
			in.Mean, in.Std = perChannel(mean, in.Channels), perChannel(std, in.Channels)
			if a.inTTY && a.errTTY {
				if err := a.askEntry(&e, seen); err != nil {
					return err
				}
			}
			done, err := s.Add(cmd.Context(), args[0], e)
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
		},
	}
	f := cmd.Flags()
	f.StringVar(&e.Name, "name", "", "its `NAME` (default: from the file's)")
	f.StringVar(&role, "role", "", "detector, landmarks or embedder")
	f.StringVar(&decoder, "decoder", "", "for a detector: yunet, scrfd or ultraface")
	f.StringVar(&in.Channels, "channels", "", "RGB, BGR or GRAY")
	f.Float32SliceVar(&mean, "mean", nil, "subtracted from the 8-bit samples: one value, or one a channel")
	f.Float32SliceVar(&std, "std", nil, "then divided by: one value, or one a channel")
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

// perChannel repeats a single value for each channel.
func perChannel(v []float32, channels string) []float32 {
	if len(v) == 1 && channels != "GRAY" {
		return []float32{v[0], v[0], v[0]}
	}
	return v
}

// askEntry asks on the terminal for what is still unknown.
func (a *app) askEntry(e *models.Entry, seen models.Entry) error {
	known := *e
	if known.Input.Width == 0 {
		known.Input.Width, known.Input.Height = seen.Input.Width, seen.Input.Height
	}
	if known.Output.Dim == 0 {
		known.Output.Dim = seen.Output.Dim
	}
	r := bufio.NewReader(a.in)
	for tries := 0; tries < 40; tries++ {
		u := known.Unknown()
		if len(u) == 0 {
			break
		}
		fmt.Fprintf(a.err, "%s: ", question[u[0]])
		line, err := r.ReadString('\n')
		if err != nil {
			return fmt.Errorf("%s: %w", u[0], err)
		}
		if err := setField(&known, u[0], strings.TrimSpace(line)); err != nil {
			fmt.Fprintln(a.err, err)
		}
	}
	*e = known
	return nil
}

var question = map[string]string{
	"name": "Name", "role": "Role (detector, landmarks, embedder)", "decoder": "Decoder (yunet, scrfd, ultraface)",
	"width": "Input width in pixels", "height": "Input height in pixels", "stride": "Width and height must be multiples of",
	"channels": "Channel order (RGB, BGR, GRAY)", "mean": "Mean subtracted from the 8-bit samples", "std": "Then divided by",
	"fit": "How a photo is fitted (letterbox, stretch)", "score": "Default score threshold", "nms": "NMS overlap", "dim": "Length of the embedding",
	"license": "Licence class (permissive, noncommercial, unknown)",
}

func setField(e *models.Entry, field, text string) error {
	switch field {
	case "name":
		e.Name = text
	case "role":
		e.Role = models.Role(text)
		if e.Role == models.RoleEmbedder {
			e.Decoder, e.Input.Fit = models.DecoderEmbedding, "align112"
		}
	case "decoder":
		e.Decoder = models.Decoder(text)
	case "channels":
		e.Input.Channels = strings.ToUpper(text)
	case "fit":
		e.Input.Fit = text
	case "license":
		e.License.Class = text
	default:
		v, err := strconv.ParseFloat(text, 32)
		if err != nil {
			return fmt.Errorf("%q is no number", text)
		}
		switch field {
		case "width":
			e.Input.Width = int(v)
		case "height":
			e.Input.Height = int(v)
		case "stride":
			e.Input.Stride = int(v)
		case "dim":
			e.Output.Dim = int(v)
		case "score":
			e.Output.Score = float32(v)
		case "nms":
			e.Output.NMS = float32(v)
		case "mean":
			e.Input.Mean = perChannel([]float32{float32(v)}, e.Input.Channels)
		case "std":
			e.Input.Std = perChannel([]float32{float32(v)}, e.Input.Channels)
		default:
			return fmt.Errorf("%s: give it as a flag", field)
		}
	}
	return nil
}
