package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"faceid/embed"
	"faceid/finetune"
	"faceid/finetune/report"
	"faceid/internal/pathlist"
	"faceid/internal/plain"
	"faceid/internal/words"
	"faceid/models"
	"faceid/recognize"
	"faceid/recognize/train"
)

type finetuneOptions struct {
	augment  []string
	alpha    string
	file     string // of settings
	out      string
	name     string
	resume   bool
	noPhotos bool
	view     viewFlags
	in       string // folder of people; "": what is enrolled
	config   *finetune.Config
}

func newFinetune(_ *app, run func(context.Context, *finetuneOptions) error) *cobra.Command {
	o := finetuneOptions{config: &finetune.Config{}}
	cmd := &cobra.Command{
		Use:   "finetune [PEOPLE/]",
		Short: "Fit the model's final layer to your people and cameras",
		Long: `Trains the final layer of the embedder on a folder with one folder per person (without one: on what is
enrolled), measures it before and after on people it was not trained on, and writes the tuned model only if it is
better: tuned.onnx (same inputs and outputs), head.safetensors for identify --head, report.html and report.json.
Every setting of the run but --model and --detector goes to config.toml; --config takes it, changed by hand or not,
and flags go before it.
Interrupted, it goes on with --resume. The tuned model is added to the list of models; then faceid gallery migrate
--model NAME recomputes the gallery, without the photos.`,
		Example: `  faceid finetune people/
  faceid finetune people/ --augment lowres --out poor-camera
  faceid finetune people/ --config poor-camera/config.toml   # the same again
  faceid finetune --gallery work.db           # from what is enrolled`,
		Args: cobra.MaximumNArgs(1),
	}
	f, settings := cmd.Flags(), o.settings()
	cmd.RunE = parsed(&o, run, func(args []string) error {
		if len(args) == 1 {
			o.in = args[0]
		}
		return cmp.Or(o.configure(settings, f.Changed), o.checkAugment(), o.checkName(), o.view.check())
	})
	f.AddFlagSet(settings)
	f.StringVar(&o.file, "config", "", "settings from `FILE`, as a run writes them to config.toml")
	f.StringVar(&o.alpha, "alpha", "",
		"what each person's loss counts: balanced (by 1/photos), or PERSON=WEIGHT,…; others count 1")
	f.StringSliceVar(&o.augment, "augment", nil,
		"train on spoilt views too, and judge by them: "+strings.Join(train.SpoiltKinds(), ", "))
	f.StringVar(&o.out, "out", "finetuned", "`FOLDER` for the results")
	f.StringVar(&o.name, "name", "", "`NAME` of the tuned model in the list of models (default: the folder's)")
	f.BoolVar(&o.resume, "resume", false, "go on where an interrupted run with the same settings stopped")
	f.BoolVar(&o.noPhotos, "no-photos", false, "no photos on the report's page, which shows the worst pairs")
	o.view.add(f)
	return cmd
}

func (o *finetuneOptions) checkAugment() error {
	augment := strings.Join(o.augment, ",")
	if _, err := train.Views(o.augment...); err != nil {
		return errFlag("augment", augment, err.Error())
	}
	if o.in == "" && augment != "" {
		return withHint(errors.New("--augment needs the photos, and the gallery has none"),
			"faceid finetune PEOPLE/ --augment "+augment)
	}
	return nil
}

// checkName names the tuned model after the folder, and refuses what the list would refuse when everything is trained.
func (o *finetuneOptions) checkName() error {
	o.name = cmp.Or(o.name, train.NameOf(o.out))
	return withHint(models.CheckName(o.name), "--name gives the tuned model another name than the folder's")
}

func (a *app) finetune(ctx context.Context, o *finetuneOptions) error {
	r, set, err := a.trainingSet(ctx, o)
	if err != nil {
		return err
	}
	_, onnx, err := r.Models().Load(ctx, set.Model.Name)
	if err != nil {
		return err
	}
	data := set.Data
	if set.Left > 0 {
		a.remark("%s left out: no face, or not readable", words.Plural(set.Left, "photo", "photos"))
	}
	o.config.Mirrored = o.config.Mirrored && !set.Mean
	a.remark("%s of %s, %s", words.Plural(len(data.Photos), "photo", "photos"), words.Plural(len(data.People), "person",
		"people"), words.Plural(data.Len(), "view", "views"))
	b := a.progress("training", -1)
	defer b.finish()
	o.config.Progress = func(p finetune.Progress) {
		if p.Val != nil {
			what := fmt.Sprintf("training %d of %d: epoch %d of %d, L_s %.3f", max(p.Part, 1), max(p.Parts, 1),
				p.Epoch, p.Epochs, p.Softmax)
			if p.Center > 0 {
				what += fmt.Sprintf(", L_c %.3f", p.Center)
			}
			b.describe(what)
		}
		b.show(p.Step, p.Steps)
	}
	if old, _ := filepath.Glob(filepath.Join(o.out, "checkpoint*")); o.resume && len(old) == 0 {
		why := "nothing to resume in %s: the training starts afresh"
		if _, err := os.Lstat(filepath.Join(o.out, finetune.ReportFile)); err == nil {
			why = "nothing to resume: the run in %s is finished, and is repeated"
		}
		a.remark(why, plain.Shell(o.out))
	}
	done, err := finetune.Run(ctx, data, onnx, o.config, &finetune.RunOptions{Out: o.out, Model: set.Model.Name,
		Notes: set.Notes, Page: o.page(ctx), Thresholds: train.Thresholds(set.Model)})
	if errors.Is(err, context.Canceled) {
		return withHint(fmt.Errorf("interrupted; what was learnt is in %s", o.out),
			"the same command with --resume goes on")
	}
	if err != nil {
		return err
	}
	// The model is written and its checkpoint gone: Ctrl-C must not keep it from the list now.
	if err := train.AddTuned(context.WithoutCancel(ctx), r, set.Model, done, o.out, o.name); err != nil {
		return err
	}
	return a.printTuned(o, set.Model, done)
}

// trainingSet is what to train on: the photos of a folder, or what is enrolled.
func (a *app) trainingSet(ctx context.Context, o *finetuneOptions) (*recognize.Recognizer, *train.Set, error) {
	if o.in == "" {
		r, err := a.withGallery(ctx, o.view)
		if err != nil {
			return nil, nil, err
		}
		if err := a.notInput(train.Files(o.out)); err != nil {
			return nil, nil, err
		}
		set, err := train.FromGallery(ctx, r)
		return r, set, err
	}
	in, err := a.people(o.in, "finetune")
	if err != nil {
		return nil, nil, err
	}
	if err := a.notInput(train.Files(o.out), pathlist.Paths(in)...); err != nil {
		return nil, nil, err
	}
	if err := o.checkPeople(in); err != nil {
		return nil, nil, err
	}
	there := exists(o.out)
	if err := os.MkdirAll(o.out, 0o700); err != nil {
		return nil, nil, err
	}
	r, err := a.recognizer(ctx, o.view, train.Recognizer(o.config.Central))
	if err != nil {
		return nil, nil, err
	}
	cache := filepath.Join(o.out, train.FeaturesFile)
	b := a.progress("computing features", len(in))
	defer b.finish()
	set, err := train.FromPhotos(ctx, r, in, train.Options{Augment: o.augment, Root: o.in, Cache: cache,
		Photo: func(p embed.Photo) {
			b.set(int64(p.Index + 1))
			if _, err := recognize.OneFace(p, recognize.SeveralLargest); err != nil {
				a.badPhoto(p.Path, err)
			}
		}})
	if err != nil && !there {
		os.Remove(o.out) // goes if it is empty, and stays with what was computed
	}
	if err == nil && set.Cached {
		a.remark("features of %s, computed before, are in %s", words.Plural(len(set.Data.Photos), "photo", "photos"),
			cache)
	}
	return r, set, err
}

// checkPeople refuses what cannot be trained before a photo is read.
func (o *finetuneOptions) checkPeople(in []embed.Input) error {
	people := map[string]bool{}
	for _, x := range in {
		people[x.Label] = true
	}
	if len(people) < 2 {
		return withHint(fmt.Errorf("%w: the photos in %s are all of one person, at least 2 are needed to tell people "+
			"apart", finetune.ErrTooFew, plain.Quoted(o.in)), "give a folder with one folder per person; did you mean "+
			plain.Shell(filepath.Join(o.in, ".."))+"?")
	}
	for _, name := range slices.Sorted(maps.Keys(o.config.Alpha)) {
		if !people[name] {
			return withHint(fmt.Errorf("%w: alpha of %q: no such person in %s", finetune.ErrConfig, name,
				plain.Quoted(o.in)), "a person is named as the folder with the photos")
		}
	}
	return nil
}

// page shows photos where there are some, unless --no-photos forbids it.
func (o *finetuneOptions) page(ctx context.Context) func(io.Writer, *finetune.Report) error {
	if o.in == "" || o.noPhotos {
		return report.Write
	}
	return report.WithPhotos(train.Thumbnails(ctx, o.in))
}

// printTuned says what became of it all.
func (a *app) printTuned(o *finetuneOptions, base models.Entry, r *finetune.Report) error {
	if err := a.print(r, func(w io.Writer) error { return report.WriteText(w, r) }); err != nil {
		return err
	}
	if !a.json { // the report has them
		for _, w := range r.Warnings {
			a.remark("note: %s", w)
		}
	}
	a.printf("report: %s\n", filepath.Join(o.out, finetune.PageFile))
	tuned := filepath.Join(o.out, finetune.TunedFile)
	switch {
	case r.Gate == nil && !r.Written:
		a.remark("nobody judged: --force writes the model all the same; to be judged it takes 3 people with several " +
			"photos, and neither --folds 1 nor --val-people 0")
		return errNoMatch
	case !r.Written:
		return errNoMatch
	case r.TunedSHA256 == base.SHA256:
		a.printf("model:  %s is %s itself: no epoch did better\n", tuned, base.Name)
	default:
		a.printf("model:  %s (use it with --model %s; faceid gallery migrate --model %s recomputes a gallery)\n",
			tuned, o.name, o.name)
	}
	return nil
}
