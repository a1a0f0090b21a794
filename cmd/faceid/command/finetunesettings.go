package command

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"faceid/finetune"
	"faceid/recognize/train"
)

// settings are the flags that say how to train; each stands for a field of o.config.
func (o *finetuneOptions) settings() *pflag.FlagSet {
	c, d := o.config, finetune.Defaults(finetune.ArcFace)
	f := pflag.NewFlagSet("settings", pflag.ContinueOnError)
	f.StringVar((*string)(&c.Loss), "loss", string(d.Loss), "arcface, cosface, softmax, linear (W·x + b) or focal")
	f.Float64Var(&c.Margin, "margin", d.Margin, "margin: radians for arcface and focal, cosine for cosface (0.35)")
	f.Float64Var(&c.Scale, "scale", d.Scale, "scale s of the logits")
	f.Float64Var(&c.Gamma, "gamma", 2, "focal's γ: how much less sure answers count")
	f.Float64Var(&c.Smoothing, "label-smoothing", d.Smoothing, "ε of label smoothing, in [0, 1)")
	f.IntVar(&c.Subcenters, "subcenters", 1,
		"class weights per person, of which the best counts; needs many photos of each: with two it did worse")
	f.Float64Var(&c.CenterLambda, "center-lambda", d.CenterLambda,
		"weight λ of the Center Loss: mean over the batch, on unit embeddings, so it is at most 2; 0.003 of the paper "+
			"does nothing here, 0.1 a little, 1 is the other loss's size, 0 none")
	f.Float64Var(&c.CenterAlpha, "center-rate", d.CenterAlpha, "how far Wen's rule moves the centres, in (0, 1]")
	f.StringVar(&c.CenterRule, "center-rule", "wen", "how centres move: wen (Wen et al., eq. 4) or mean (the batch's)")
	f.Float64Var(&c.Balance, "balance", d.Balance, "0: every photo trains alike; 1: every person does")
	f.Float64Var(&c.SampleRate, "sample-rate", d.SampleRate,
		"share of the people in a step's softmax (Partial FC); 0: by their number")
	f.Float64Var(&c.Shrink, "shrink", d.Shrink,
		"λ of the closed form (WCCN) that training starts from; 0: by the number of people, 1: from the layer as it is")
	f.IntVar(&c.Folds, "folds", d.Folds, "parts that people are judged in; 0: by their number, 1: nobody judges")
	f.BoolVar(&c.DropSuspects, "drop-suspects", false,
		"leave out the photos that look wrongly labelled; else one that is clearly another person's counts as theirs")
	f.BoolVar(&c.KeepSuspects, "keep-suspects", false, "train on photos that look wrongly labelled as they are")
	f.BoolVar(&c.Force, "force", false, "write the tuned model even if it is not better")
	f.BoolVar(&c.Central, "central", false, "take the face in the middle of each photo, not the largest")
	f.IntVar(&c.Epochs, "epochs", d.Epochs, "passes over the photos")
	f.Float64Var(&c.LR, "lr", d.LR, "learning rate of the layer")
	f.Float64Var(&c.ValPeople, "val-people", d.ValPeople, "0: nobody judges, as with --folds 1; else all do")
	f.Uint64Var(&c.Seed, "seed", d.Seed, "the same seed gives the same result")
	return f
}

// configure makes o.config the loss's defaults, or a file's settings, with the settings that were given set once more
// upon them.
func (o *finetuneOptions) configure(settings *pflag.FlagSet, given func(name string) bool) error {
	set := map[string]string{}
	settings.VisitAll(func(f *pflag.Flag) {
		if f.Changed {
			set[f.Name] = f.Value.String()
		}
	})
	c := o.config
	*c = *finetune.Defaults(c.Loss)
	c.KeepClean = train.KeepClean(o.augment...)
	if o.file != "" {
		const next = "faceid finetune writes the settings of a run to config.toml in its output folder"
		text, err := os.ReadFile(o.file)
		if err != nil {
			return withHint(err, next)
		}
		from, err := finetune.ReadConfig(text)
		if err != nil {
			return withHint(fmt.Errorf("%s: %w", o.file, err), next)
		}
		*c = *from
		if !given("augment") {
			o.augment = c.Augment
		}
	}
	for name, value := range set {
		if err := settings.Set(name, value); err != nil {
			return err
		}
	}
	if given("margin") && (c.Loss == finetune.Softmax || c.Loss == finetune.Linear) && c.Margin != 0 {
		return withHint(fmt.Errorf("--loss %s has no margin", c.Loss), "--loss arcface or cosface takes --margin")
	}
	if given("gamma") && c.Loss != finetune.Focal {
		return withHint(errors.New("--gamma belongs to --loss focal"), "--loss focal --gamma 2")
	}
	if given("subcenters") && c.Subcenters == 0 {
		return errFlag("subcenters", 0, "at least 1")
	}
	if c.DropSuspects && c.KeepSuspects {
		return withHint(errors.New("--keep-suspects and --drop-suspects do not go together"), "give one of them")
	}
	if given("alpha") {
		if err := o.weigh(c); err != nil {
			return err
		}
	}
	if o.file == "" || given("plain") {
		c.Mirrored = !o.view.plain
	}
	c.Resume, c.Augment = o.resume, o.augment
	return c.Check()
}

// weigh reads --alpha.
func (o *finetuneOptions) weigh(c *finetune.Config) error {
	c.Alpha, c.AlphaBalanced = nil, o.alpha == "balanced"
	if c.AlphaBalanced || o.alpha == "" {
		return nil
	}
	c.Alpha = map[string]float64{}
	for _, part := range strings.Split(o.alpha, ",") {
		person, weight, ok := strings.Cut(part, "=")
		v, err := strconv.ParseFloat(weight, 64)
		if !ok || err != nil {
			return errFlag("alpha", o.alpha, "balanced, or PERSON=WEIGHT separated by commas")
		}
		c.Alpha[person] = v
	}
	return nil
}
