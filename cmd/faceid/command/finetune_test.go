package command

import (
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
	d := finetune.Defaults(finetune.ArcFace)
	want := func(change func(*finetuneOptions)) *finetuneOptions {
		o := &finetuneOptions{loss: "arcface", margin: d.Margin, scale: d.Scale, centerLambda: d.CenterLambda, epochs: d.Epochs, lr: d.LR,
			valPeople: d.ValPeople, seed: d.Seed, out: "finetuned", name: "finetuned", config: config(finetune.ArcFace, nil)}
		change(o)
		return o
	}
	testFlags(t, newFinetune, []flagCase[finetuneOptions]{
		{args: "", want: want(func(*finetuneOptions) {})},
		{args: "people/ --out runs/cam2 --augment lowres,blur --resume --force --central", want: want(func(o *finetuneOptions) {
			o.in, o.out, o.name, o.augment, o.resume, o.force, o.central = "people/", "runs/cam2", "cam2", []string{"lowres", "blur"}, true, true, true
			o.config.Resume = true
		})},
		// What was not given is the default of the loss, not that of the flags.
		{args: "people/ --loss cosface --epochs 3 --seed 9 --plain --name mine", want: want(func(o *finetuneOptions) {
			o.in, o.loss, o.epochs, o.seed, o.name, o.view.plain = "people/", "cosface", 3, 9, "mine", true
			o.config = config(finetune.CosFace, func(c *finetune.Config) { c.Epochs, c.Seed, c.Mirrored = 3, 9, false })
		})},
		{args: "people/ --margin 0.2 --scale 30 --center-lambda 0 --lr 0.5 --val-people 0", want: want(func(o *finetuneOptions) {
			o.in, o.margin, o.scale, o.centerLambda, o.lr, o.valPeople = "people/", 0.2, 30, 0, 0.5, 0
			o.config = config(finetune.ArcFace, func(c *finetune.Config) {
				c.Margin, c.Scale, c.CenterLambda, c.LR, c.ValPeople = 0.2, 30, 0, 0.5, 0
			})
		})},
		{args: "a b", bad: "accepts at most 1 arg(s)"},
		{args: "a --loss hinge", bad: "hinge"},
		{args: "a --epochs -1", bad: "epochs is -1"},
		{args: "a --lr NaN", bad: "lr is NaN"},
		{args: "a --margin NaN", bad: "margin is NaN"},
		{args: "a --val-people 2", bad: "people"},
		{args: "a --augment fog", bad: `no views of the kind "fog"`},
		{args: "--augment blur", bad: "the gallery has none"},
		{args: "a --name a/b", bad: "cannot be the name of a model"},
		{args: "a --out buffalo_l", bad: "the catalogue has"},
		{args: "a --workers -1", bad: "--workers -1: "},
	})
}
