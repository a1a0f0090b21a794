package command

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"faceid/finetune"
)

// settings adds the flags of how to train.
func (o *finetuneOptions) settings(f *pflag.FlagSet) {
	d := finetune.Defaults(finetune.ArcFace)
	f.StringVar(&o.loss, "loss", string(finetune.ArcFace), "arcface, cosface, softmax or focal")
	f.Float64Var(&o.margin, "margin", d.Margin, "margin: radians for arcface and focal, cosine for cosface (0.35)")
	f.Float64Var(&o.scale, "scale", d.Scale, "scale s of the logits")
	f.Float64Var(&o.gamma, "gamma", 2, "focal's γ: how much less sure answers count")
	f.StringVar(&o.alpha, "alpha", "", "what each person's loss counts: balanced (by 1/photos), or PERSON=WEIGHT,…; others count 1")
	f.Float64Var(&o.centerLambda, "center-lambda", d.CenterLambda, "weight λ of the Center Loss: mean over the batch, on unit "+
		"embeddings, so it is at most 2; 0.003 of the paper does nothing here, 0.1 a little, 1 is the other loss's size, 0 none")
	f.Float64Var(&o.centerAlpha, "center-rate", d.CenterAlpha, "how far Wen's rule moves the centres, in (0, 1]")
	f.StringVar(&o.centerRule, "center-rule", "wen", "how the centres move: wen (Wen et al., eq. 4), or mean (to the batch's class mean)")
	f.Float64Var(&o.balance, "balance", d.Balance, "0: every photo trains alike; 1: every person does")
	f.Float64Var(&o.sampleRate, "sample-rate", d.SampleRate, "share of the people in a step's softmax (Partial FC); 0: by their number")
	f.Float64Var(&o.shrink, "shrink", d.Shrink, "λ of the closed form (WCCN) that training starts from; 0: from the layer as it is")
	f.IntVar(&o.folds, "folds", d.Folds, "parts that people are divided into to be judged; 0: by their number, 1: nobody judges")
	f.BoolVar(&o.dropSuspects, "drop-suspects", false, "leave out the photos that are nearer to another person than to their own")
	f.StringVar(&o.file, "config", "", "settings from `FILE`, as a run writes them to config.toml")
	f.IntVar(&o.epochs, "epochs", d.Epochs, "passes over the photos")
	f.Float64Var(&o.lr, "lr", d.LR, "learning rate of the layer")
	f.Float64Var(&o.valPeople, "val-people", d.ValPeople, "0: nobody judges, as with --folds 1; else all do, whatever it is")
	f.Uint64Var(&o.seed, "seed", d.Seed, "the same seed gives the same result")
}

// configure is the loss's defaults, or a file's settings, with what the user gave.
func (o *finetuneOptions) configure(cmd *cobra.Command) error {
	given := cmd.Flags().Changed
	c := finetune.Defaults(finetune.Loss(o.loss))
	if o.file != "" {
		text, err := os.ReadFile(o.file)
		if err != nil {
			return err
		}
		if c, err = finetune.ReadConfig(text); err != nil {
			return fmt.Errorf("%s: %w", o.file, err)
		}
		if given("loss") {
			c.Loss = finetune.Loss(o.loss)
		}
		if !given("augment") {
			o.augment = c.Augment
		}
	}
	for name, set := range map[string]func(){
		"margin": func() { c.Margin = o.margin }, "scale": func() { c.Scale = o.scale }, "gamma": func() { c.Gamma = o.gamma },
		"center-lambda": func() { c.CenterLambda = o.centerLambda }, "center-rate": func() { c.CenterAlpha = o.centerAlpha },
		"center-rule": func() { c.CenterRule = o.centerRule }, "balance": func() { c.Balance = o.balance },
		"sample-rate": func() { c.SampleRate = o.sampleRate }, "shrink": func() { c.Shrink = o.shrink },
		"folds": func() { c.Folds = o.folds }, "drop-suspects": func() { c.DropSuspects = o.dropSuspects },
		"epochs": func() { c.Epochs = o.epochs }, "lr": func() { c.LR = o.lr }, "val-people": func() { c.ValPeople = o.valPeople },
	} {
		if given(name) {
			set()
		}
	}
	if given("margin") && c.Loss == finetune.Softmax && c.Margin != 0 {
		return withHint(errors.New("--loss softmax has no margin"), "--loss arcface or cosface takes --margin")
	}
	if given("gamma") && c.Loss != finetune.Focal {
		return withHint(errors.New("--gamma belongs to --loss focal"), "--loss focal --gamma 2")
	}
	if given("alpha") {
		if err := o.weigh(c); err != nil {
			return err
		}
	}
	if o.file == "" || given("seed") {
		c.Seed = o.seed
	}
	if o.file == "" || given("plain") {
		c.Mirrored = !o.view.plain
	}
	c.Resume, c.Augment = o.resume, o.augment
	o.config = c
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
