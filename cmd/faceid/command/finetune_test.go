package command

import (
	"os"
	"path/filepath"
	"testing"

	"faceid/finetune"
)

func TestFinetuneFlags(t *testing.T) {
	config := func(loss finetune.Loss, change func(*finetune.Config)) *finetune.Config {
		c := finetune.Defaults(loss)
		c.Mirrored = true
		if change != nil {
			change(c)
		}
		return c
	}
	file := filepath.Join(t.TempDir(), "settings.toml")
	text := "loss = 'cosface'\nmargin = 0.25\nseed = 9\naugment = ['mask']\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	forced := filepath.Join(t.TempDir(), "forced.toml")
	if err := os.WriteFile(forced, []byte("force = true\ncentral = true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	want := func(change func(*finetuneOptions)) *finetuneOptions {
		o := &finetuneOptions{out: "finetuned", name: "finetuned", config: config(finetune.ArcFace, nil)}
		change(o)
		return o
	}
	testFlags(t, newFinetune, []flagCase[finetuneOptions]{
		{args: "", want: want(func(*finetuneOptions) {})},
		{args: "people/ --out runs/cam2 --augment lowres,blur --resume --force --central",
			want: want(func(o *finetuneOptions) {
				o.in, o.out, o.name, o.augment = "people/", "runs/cam2", "cam2", []string{"lowres", "blur"}
				o.resume = true
				o.config.Resume, o.config.Augment, o.config.Force, o.config.Central = true, o.augment, true, true
			})},
		// What was not given is the default of the loss, not that of the flags.
		{args: "people/ --loss cosface --epochs 3 --seed 9 --plain --name mine", want: want(func(o *finetuneOptions) {
			o.in, o.name, o.view.plain = "people/", "mine", true
			o.config = config(finetune.CosFace, func(c *finetune.Config) { c.Epochs, c.Seed, c.Mirrored = 3, 9, false })
		})},
		{args: "people/ --margin 0.2 --scale 30 --center-lambda 0 --lr 0.5 --val-people 0",
			want: want(func(o *finetuneOptions) {
				o.in = "people/"
				o.config = config(finetune.ArcFace, func(c *finetune.Config) {
					c.Margin, c.Scale, c.CenterLambda, c.LR, c.ValPeople = 0.2, 30, 0, 0.5, 0
				})
			})},
		{args: "people/ --loss focal --gamma 1 --alpha Ann=2,Bea=0.5 --balance 1 --sample-rate 0.5 --shrink 0.4 " +
			"--folds 4 --drop-suspects",
			want: want(func(o *finetuneOptions) {
				o.in, o.alpha = "people/", "Ann=2,Bea=0.5"
				o.config = config(finetune.Focal, func(c *finetune.Config) {
					c.Gamma, c.Alpha, c.Balance, c.SampleRate = 1, map[string]float64{"Ann": 2, "Bea": 0.5}, 1, 0.5
					c.Shrink, c.Folds, c.DropSuspects = 0.4, 4, true
				})
			})},
		{args: "people/ --loss linear --label-smoothing 0.1", want: want(func(o *finetuneOptions) {
			o.in, o.config = "people/", config(finetune.Linear, func(c *finetune.Config) { c.Smoothing = 0.1 })
		})},
		{args: "people/ --subcenters 3", want: want(func(o *finetuneOptions) {
			o.in, o.config = "people/", config(finetune.ArcFace, func(c *finetune.Config) { c.Subcenters = 3 })
		})},
		{args: "a --loss linear --margin 0.5", bad: "--loss linear has no margin"},
		{args: "a --subcenters 2 --label-smoothing 0.1", bad: "label smoothing is 0.1"},
		{args: "people/ --alpha balanced --center-lambda 1 --center-rate 0.1 --center-rule mean",
			want: want(func(o *finetuneOptions) {
				o.in, o.alpha = "people/", "balanced"
				o.config = config(finetune.ArcFace, func(c *finetune.Config) {
					c.AlphaBalanced, c.CenterLambda, c.CenterAlpha, c.CenterRule = true, 1, 0.1, "mean"
				})
			})},
		// A file of settings, and a flag before it.
		{args: "people/ --epochs 2 --config " + file, want: want(func(o *finetuneOptions) {
			o.in, o.file, o.augment = "people/", file, []string{"mask"}
			o.config = finetune.Defaults(finetune.CosFace)
			o.config.Seed, o.config.Margin, o.config.Epochs, o.config.Augment = 9, 0.25, 2, o.augment
		})},
		// A run that was forced, of the faces in the middle, is both again; a flag takes it back.
		{args: "people/ --force=false --config " + forced, want: want(func(o *finetuneOptions) {
			o.in, o.file = "people/", forced
			o.config = finetune.Defaults("")
			o.config.Central = true
		})},
		{args: "a --config none.toml", bad: "none.toml"},
		{args: "a --loss softmax --margin 0.5", bad: "--loss softmax has no margin"},
		{args: "a --gamma 2", bad: "--gamma belongs to --loss focal"},
		{args: "a --alpha Ann", bad: "--alpha Ann"},
		{args: "a --center-rule median", bad: "center rule"},
		{args: "a b", bad: "accepts at most 1 arg(s)"},
		{args: "a --loss hinge", bad: "hinge"},
		{args: "a --epochs -1", bad: "epochs is -1"},
		{args: "a --lr NaN", bad: "lr is NaN"},
		{args: "a --lr 0", bad: "lr is 0"},
		{args: "a --subcenters 0", bad: "--subcenters 0: "},
		{args: "a --margin NaN", bad: "margin is NaN"},
		{args: "a --val-people 2", bad: "people"},
		{args: "a --augment fog", bad: `no views of the kind "fog"`},
		{args: "--augment blur", bad: "the gallery has none"},
		{args: "a --name a/b", bad: "cannot be the name of a model"},
		{args: "a --out buffalo_l", bad: "the catalogue has"},
		{args: "a --workers -1", bad: "--workers -1: "},
	})
}
