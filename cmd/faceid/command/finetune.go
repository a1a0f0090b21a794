package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"faceid/embed"
	"faceid/finetune"
	"faceid/finetune/report"
	"faceid/models"
	"faceid/recognize"
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
	gamma        float64
	centerAlpha  float64
	centerRule   string
	alpha        string
	balance      float64
	sampleRate   float64
	shrink       float64
	folds        int
	dropSuspects bool
	file         string // of settings
	seed         uint64
	out          string
	name         string
	resume       bool
	force        bool
	central      bool
	view         viewFlags
	in           string // folder of people; "": what is enrolled
	config       *finetune.Config
}

// featuresFile keeps what was computed of the photos, in the folder of the results.
const featuresFile = "features.safetensors"

func newFinetune(_ *app, run func(context.Context, *finetuneOptions) error) *cobra.Command {
	var o finetuneOptions
	cmd := &cobra.Command{
		Use:   "finetune [PEOPLE/]",
		Short: "Fit the model's final layer to your people and cameras",
		Long: `Trains the final layer of the embedder on a folder with one folder per person (without one: on what is enrolled),
measures it before and after on people it was not trained on, and writes the tuned model only if it is better:
tuned.onnx (same inputs and outputs), head.safetensors for identify --head, report.html and report.json.
Every setting of the run goes to config.toml; --config takes it, changed by hand or not, and flags go before it.
Interrupted, it goes on with --resume. The tuned model is added to the list of models; then
faceid gallery migrate --model NAME recomputes the gallery, without the photos.`,
		Example: `  faceid finetune people/
  faceid finetune people/ --augment lowres --out poor-camera
  faceid finetune people/ --config poor-camera/config.toml   # the same again
  faceid finetune --gallery work.db           # from what is enrolled`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.in = args[0]
			}
			if err := cmp.Or(o.configure(cmd), o.checkAugment(), o.checkName(), o.view.check()); err != nil {
				return err
			}
			return run(cmd.Context(), &o)
		},
	}
	f := cmd.Flags()
	o.settings(f)
	f.StringSliceVar(&o.augment, "augment", nil, "train on spoilt views too, and judge by them: "+strings.Join(recognize.SpoiltKinds(), ", "))
	f.StringVar(&o.out, "out", "finetuned", "`FOLDER` for the results")
	f.StringVar(&o.name, "name", "", "`NAME` of the tuned model in the list of models (default: the folder's)")
	f.BoolVar(&o.resume, "resume", false, "go on where an interrupted run with the same settings stopped")
	f.BoolVar(&o.force, "force", false, "write the tuned model even if it is not better")
	f.BoolVar(&o.central, "central", false, "take the face in the middle of each photo, not the largest")
	o.view.add(f)
	return cmd
}

func (o *finetuneOptions) checkAugment() error {
	augment := strings.Join(o.augment, ",")
	if _, err := recognize.Views(o.augment...); err != nil {
		return errFlag("augment", augment, err.Error())
	}
	if o.in == "" && augment != "" {
		return withHint(errors.New("--augment needs the photos, and the gallery has none"), "faceid finetune PEOPLE/ --augment "+augment)
	}
	return nil
}

// checkName names the tuned model after the folder, and refuses what the list would refuse when everything is trained.
func (o *finetuneOptions) checkName() error {
	if o.name == "" {
		abs, err := filepath.Abs(o.out)
		if err != nil {
			return err
		}
		o.name = filepath.Base(abs)
	}
	return withHint(models.CheckName(o.name), "--name gives the tuned model another name than the folder's")
}

func (a *app) finetune(ctx context.Context, o *finetuneOptions) error {
	var outs []string
	for _, name := range []string{finetune.TunedFile, finetune.HeadFile, finetune.ReportFile, finetune.PageFile, finetune.ConfigFile, finetune.CheckpointFile, featuresFile} {
		outs = append(outs, filepath.Join(o.out, name))
	}
	if err := a.notInput(outs); err != nil {
		return err
	}
	r, set, notes, err := a.trainingSet(ctx, o)
	if err != nil {
		return err
	}
	_, onnx, err := r.Models().Load(ctx, set.Model.Name)
	if err != nil {
		return err
	}
	data := set.Data
	a.remark("%s of %s, %s", plural(len(data.Photos), "photo", "photos"), plural(len(data.People), "person", "people"), plural(data.Len(), "view", "views"))
	var b *bar
	o.config.Progress = func(p finetune.Progress) {
		if b == nil {
			b = a.progress("training", int64(p.Steps))
		}
		if p.Val != nil {
			what := fmt.Sprintf("training %d of %d: epoch %d of %d, L_s %.3f", max(p.Part, 1), max(p.Parts, 1), p.Epoch, p.Epochs, p.Softmax)
			if p.Center > 0 {
				what += fmt.Sprintf(", L_c %.3f", p.Center)
			}
			b.describe(what)
		}
		b.set(int64(p.Step))
	}
	done, err := finetune.Run(ctx, data, onnx, o.config, &finetune.RunOptions{
		Out: o.out, Model: set.Model.Name, Force: o.force, Notes: notes, Page: report.Write,
	})
	if b != nil {
		b.finish()
	}
	if errors.Is(err, context.Canceled) {
		return withHint(fmt.Errorf("interrupted; what was learnt is in %s", o.out), "the same command with --resume goes on")
	}
	if err != nil {
		return err
	}
	// The model is written and its checkpoint gone: Ctrl-C must not keep it from the list now.
	if err := r.AddTuned(context.WithoutCancel(ctx), set.Model, done, o.out, o.name); err != nil {
		return err
	}
	return a.printTuned(o, set.Model, done)
}

// trainingSet is what to train on: the photos of a folder, or what is enrolled; notes say so in the report.
func (a *app) trainingSet(ctx context.Context, o *finetuneOptions) (r *recognize.Recognizer, set *recognize.TrainingSet, notes []string, err error) {
	if o.in == "" {
		if r, err = a.withGallery(ctx, o.view); err != nil {
			return nil, nil, nil, err
		}
		if set, err = r.EnrolledSet(ctx); err != nil {
			return nil, nil, nil, err
		}
		o.config.Mirrored = false // what is stored is the mean of both views already
		return r, set, []string{"trained from the trunk features of the gallery"}, nil
	}
	in, err := a.people(o.in)
	if err != nil {
		return nil, nil, nil, err
	}
	if err := os.MkdirAll(o.out, 0o700); err != nil {
		return nil, nil, nil, err
	}
	pick := embed.SelectLargest
	if o.central {
		pick = embed.SelectCentral
	}
	if r, err = a.recognizer(ctx, o.view, recognize.Options{Plain: true, Select: pick}); err != nil {
		return nil, nil, nil, err
	}
	cache := filepath.Join(o.out, featuresFile)
	b := a.progress("computing features", int64(len(in)))
	defer b.finish()
	set, err = r.TrainingSet(ctx, in, recognize.TrainingOptions{Augment: o.augment, Root: o.in, Cache: cache, Photo: func(p embed.Photo) {
		b.set(int64(p.Index + 1))
		if _, err := recognize.OneFace(p, recognize.SeveralLargest); err != nil {
			b.clear()
			a.badPhoto(p.Path, err)
		}
	}})
	if err != nil {
		return nil, nil, nil, err
	}
	b.finish()
	if set.Cached {
		a.remark("features of %s, computed before, are in %s", plural(len(set.Data.Photos), "photo", "photos"), cache)
	}
	p, err := r.Pipeline(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	notes = append(notes, fmt.Sprintf("faces found by %s; spoilt views: %s", p.Pack.Detector, cmp.Or(strings.Join(o.augment, ", "), "none")))
	if set.Left > 0 {
		left := fmt.Sprintf("%s left out: no face, or not readable", plural(set.Left, "photo", "photos"))
		a.remark("%s", left)
		notes = append(notes, left)
	}
	return r, set, notes, nil
}

// printTuned says what became of it all.
func (a *app) printTuned(o *finetuneOptions, base models.Entry, r *finetune.Report) error {
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
