package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"faceid/finetune"
	"faceid/finetune/report"
	"faceid/models"
)

type finetuneOptions struct {
	loss         string
	margin       float64
	scale        float64
	centerLambda float64
	epochs       int
	lr           float64
	augment      []string
	valPeople    float64
	seed         uint64
	out          string
	name         string
	resume       bool
	force        bool
	central      bool
	view         viewOptions
}

func newFinetune(a *app) *cobra.Command {
	var o finetuneOptions
	d := finetune.Defaults(finetune.ArcFace)
	cmd := &cobra.Command{
		Use:   "finetune [PEOPLE/]",
		Short: "Fit the model's final layer to your people and cameras",
		Long: `Trains the final layer of the embedder on a folder with one folder a person (without one: on what is enrolled),
measures it before and after on people it was not trained on, and writes the tuned model only if it is better:
tuned.onnx (same inputs and outputs), head.safetensors for identify --head, report.html and report.json.
Interrupted, it goes on with --resume. The tuned model is added to the list of models; then
faceid gallery migrate --model NAME recomputes the gallery, without the photos.`,
		Example: `  faceid finetune people/
  faceid finetune people/ --augment lowres --out poor-camera
  faceid finetune --gallery work.db           # from what is enrolled`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := o.config(cmd)
			if err != nil {
				return err
			}
			return finetuneRun(cmd.Context(), a, o, cfg, args)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.loss, "loss", string(finetune.ArcFace), "arcface, cosface, softmax or focal")
	f.Float64Var(&o.margin, "margin", d.Margin, "margin: radians for arcface and focal, cosine for cosface (0.35)")
	f.Float64Var(&o.scale, "scale", d.Scale, "scale s of the logits")
	f.Float64Var(&o.centerLambda, "center-lambda", d.CenterLambda, "weight λ of the Center Loss")
	f.IntVar(&o.epochs, "epochs", d.Epochs, "passes over the photos")
	f.Float64Var(&o.lr, "lr", d.LR, "learning rate of the layer")
	f.StringSliceVar(&o.augment, "augment", nil, "train on spoilt views too, and judge by them: "+augmentNames())
	f.Float64Var(&o.valPeople, "val-people", d.ValPeople, "share of the people kept out of training, to choose and to judge")
	f.Uint64Var(&o.seed, "seed", d.Seed, "the same seed gives the same result")
	f.StringVar(&o.out, "out", "finetuned", "`FOLDER` for the results")
	f.StringVar(&o.name, "name", "", "`NAME` of the tuned model in the list of models (default: the folder's)")
	f.BoolVar(&o.resume, "resume", false, "go on where an interrupted run with the same settings stopped")
	f.BoolVar(&o.force, "force", false, "write the tuned model even if it is not better")
	f.BoolVar(&o.central, "central", false, "take the face in the middle of each photo, not the largest")
	o.view.flags(f)
	return cmd
}

// config is the loss's defaults with what the user gave.
func (o finetuneOptions) config(cmd *cobra.Command) (*finetune.Config, error) {
	c := finetune.Defaults(finetune.Loss(o.loss))
	given := cmd.Flags().Changed
	if given("margin") {
		c.Margin = o.margin
	}
	if given("scale") {
		c.Scale = o.scale
	}
	if given("center-lambda") {
		c.CenterLambda = o.centerLambda
	}
	if given("epochs") {
		c.Epochs = o.epochs
	}
	if given("lr") {
		c.LR = o.lr
	}
	if given("val-people") {
		c.ValPeople = o.valPeople
	}
	c.Seed, c.Resume, c.Mirrored = o.seed, o.resume, !o.view.plain
	return c, c.Check()
}

func finetuneRun(ctx context.Context, a *app, o finetuneOptions, cfg *finetune.Config, args []string) error {
	if o.name == "" {
		abs, err := filepath.Abs(o.out)
		if err != nil {
			return err
		}
		o.name = filepath.Base(abs)
	}
	if err := models.CheckName(o.name); err != nil { // now, not when everything is trained
		return withHint(err, "--name gives the tuned model another name than the folder's")
	}
	if err := os.MkdirAll(o.out, 0o700); err != nil {
		return err
	}
	var data *finetune.Dataset
	var entry models.Entry
	var err error
	var notes []string
	if len(args) == 1 {
		var p *pipeline
		var left int
		if data, left, p, err = a.trainingSet(ctx, o, args[0], filepath.Join(o.out, "features.safetensors")); err != nil {
			return err
		}
		entry = p.Model()
		notes = append(notes, fmt.Sprintf("faces found by %s; spoilt views: %s", p.pack.Detector, orNone(o.augment)))
		if left > 0 {
			notes = append(notes, fmt.Sprintf("%s left out: no face, or not readable", plural(left, "photo", "photos")))
		}
	} else {
		if len(o.augment) > 0 {
			return withHint(fmt.Errorf("--augment needs the photos, and the gallery has none"), "faceid finetune PEOPLE/ --augment "+strings.Join(o.augment, ","))
		}
		if data, entry, err = a.enrolledData(ctx); err != nil {
			return err
		}
		cfg.Mirrored = false // what is stored is the mean of both views already
		notes = append(notes, "trained from the trunk features of the gallery")
	}
	s, err := a.openModels()
	if err != nil {
		return err
	}
	_, onnx, err := s.Load(ctx, entry.Name)
	if err != nil {
		return err
	}
	a.remark("%s of %s, %s", plural(len(data.Photos), "photo", "photos"), plural(len(data.People), "person", "people"), plural(data.Len(), "view", "views"))
	var b *bar
	cfg.Progress = func(p finetune.Progress) {
		if b == nil {
			b = a.progress("training", int64(p.Steps))
		}
		if p.Val != nil {
			b.describe(fmt.Sprintf("training: epoch %d of %d, loss %.3f, validation %.4f", p.Epoch, p.Epochs, p.Loss, *p.Val))
		}
		b.set(int64(p.Step))
	}
	r, err := finetune.Run(ctx, data, onnx, cfg, &finetune.RunOptions{Out: o.out, Model: entry.Name, Force: o.force, Notes: notes, Page: report.Write})
	if b != nil {
		b.finish()
	}
	if errors.Is(err, context.Canceled) {
		return withHint(fmt.Errorf("interrupted; what was learnt is in %s", o.out), "the same command with --resume goes on")
	}
	if err != nil {
		return err
	}
	return a.finishFinetune(ctx, s, entry, o, r)
}

// tunedThreshold is a threshold of the base model for the tuned one. Its TAR is not known.
func tunedThreshold(t models.Threshold, base string, g *finetune.Gate) models.Threshold {
	if g != nil {
		if score, ok := g.Threshold(t.Score); ok {
			t.On = fmt.Sprintf("%s's %.4f, moved as the mean and standard deviation of %d impostor scores of %d people kept out; measured for %s on: %s",
				base, t.Score, g.Domains[0].Impostor, g.People, base, t.On)
			t.Score, t.TAR = math.Ceil(score*1e4)/1e4, 0
			return t
		}
	}
	t.On = "not measured for the tuned model, taken from " + base + ": " + t.On
	return t
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}

// enrolledData is the gallery's training set, and the model it was enrolled with.
func (a *app) enrolledData(ctx context.Context) (*finetune.Dataset, models.Entry, error) {
	e, err := a.openGallery(ctx, nil)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, models.Entry{}, withHint(fmt.Errorf("%s: no gallery yet", a.galleryName()), "faceid finetune PEOPLE/ trains from a folder with one folder a person")
	}
	if err != nil {
		return nil, models.Entry{}, err
	}
	info, err := e.Info(ctx)
	if err != nil {
		return nil, models.Entry{}, err
	}
	s, err := a.openModels()
	if err != nil {
		return nil, models.Entry{}, err
	}
	entry, err := s.Entry(info.Model.Name)
	if err == nil && entry.SHA256 != info.Model.SHA256 {
		err = fmt.Errorf("the gallery was enrolled with another %s (%.12s…)", entry.Name, info.Model.SHA256)
	}
	if err != nil {
		return nil, models.Entry{}, err
	}
	data, err := enrolledSet(ctx, e)
	return data, entry, err
}

// finishFinetune puts a model that was written on the list, and says what became of it all.
func (a *app) finishFinetune(ctx context.Context, s *models.Store, base models.Entry, o finetuneOptions, r *finetune.Report) error {
	if r.Written && r.TunedSHA256 != base.SHA256 {
		e := base
		e.Name, e.File, e.Aliases, e.Sources, e.SHA256, e.Size, e.SelfTest = o.name, "", nil, nil, "", 0, nil
		e.Thresholds = nil
		for _, t := range base.Thresholds {
			e.Thresholds = append(e.Thresholds, tunedThreshold(t, base.Name, r.Gate))
		}
		// The model is written and its checkpoint gone: Ctrl-C must not keep it from the list now.
		if _, err := s.Add(context.WithoutCancel(ctx), filepath.Join(o.out, "tuned.onnx"), e); err != nil {
			return fmt.Errorf("the tuned model is written, but not on the list of models: %w", err)
		}
	}
	if a.json {
		if err := a.printJSON(r); err != nil {
			return err
		}
	} else {
		verdict := "not better: the tuned model was not written"
		switch {
		case r.Better:
			verdict = "better on people it has not seen"
		case r.Forced:
			verdict = "not better, written because of --force"
		}
		a.printf("%s\n", verdict)
		for _, why := range r.Reasons {
			a.printf("  %s\n", why)
		}
		if r.Gate != nil {
			for _, d := range r.Gate.Domains {
				a.printf("  %-8s TAR@FAR=1e-2 %.2f %% -> %.2f %%   TAR@FAR=1e-3 %.2f %% -> %.2f %%   EER %.2f %% -> %.2f %%\n", d.Kind,
					100*d.TAR1e2.Before.Value, 100*d.TAR1e2.After.Value, 100*d.TAR1e3.Before.Value, 100*d.TAR1e3.After.Value, 100*d.EER.Before.Value, 100*d.EER.After.Value)
			}
		}
		for _, w := range r.Warnings {
			a.remark("note: %s", w)
		}
		a.printf("report: %s\n", filepath.Join(o.out, "report.html"))
		switch {
		case r.Written && r.TunedSHA256 == base.SHA256:
			a.printf("model:  %s is %s itself: no epoch did better\n", filepath.Join(o.out, "tuned.onnx"), base.Name)
		case r.Written:
			a.printf("model:  %s (use it with --model %s; faceid gallery migrate --model %s recomputes a gallery)\n", filepath.Join(o.out, "tuned.onnx"), o.name, o.name)
		}
	}
	if !r.Written {
		return errNoMatch
	}
	return nil
}
