package finetune

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"faceid/finetune/dense"
	"faceid/finetune/internal/synthetic"
)

// TestConfigFile: what a run writes is read back whole, what is missing is the default of the loss, and a slip is
// an error.
func TestConfigFile(t *testing.T) {
	for _, l := range Losses {
		c := Defaults(l)
		c.Seed, c.CenterLambda, c.CenterRule = 7, 0.3, "mean"
		c.Smoothing, c.Subcenters = 0, 1
		c.Alpha, c.Augment = map[string]float64{"Ann é": 2}, []string{"lowres", "mask"}
		c.Force, c.Central = true, true
		var b bytes.Buffer
		if err := c.WriteTOML(&b); err != nil {
			t.Fatal(err)
		}
		got, err := ReadConfig(b.Bytes())
		if err != nil || !reflect.DeepEqual(got, c) {
			t.Errorf("%s: read %+v, %v; wrote\n%s", l, got, err, b.Bytes())
		}
	}
	c, err := ReadConfig([]byte("loss = 'cosface'\nepochs = 3\n"))
	want := Defaults(CosFace)
	want.Epochs = 3
	if err != nil || !reflect.DeepEqual(c, want) {
		t.Errorf("%+v, %v", c, err)
	}
	// Suspects of a file from before they were mended stay what they were: kept, or dropped.
	for text, want := range map[string]dense.WrongLabels{"": dense.Mend, "drop_suspects = false": dense.Keep,
		"drop_suspects = true": dense.Drop, "keep_suspects = true": dense.Keep,
		"drop_suspects = false\nkeep_suspects = false": dense.Mend} {
		c, err := ReadConfig([]byte(text))
		if err != nil || dense.WrongLabelsAre(c.DropSuspects, c.KeepSuspects) != want {
			t.Errorf("%q: %+v, %v, want %s", text, c, err, want)
		}
	}
	for _, bad := range []string{
		"drop_suspects = true\nkeep_suspects = true",
		"epoch = 3", "epochs = 0", "epochs = 'three'", "epochs",
		"label_smoothing = 1", "loss = 'focal'\nlabel_smoothing = 0.1", "subcenters = 2\nlabel_smoothing = 0.1",
		"loss = 'linear'\nsubcenters = 2", "loss = 'linear'\nsample_rate = 0.5", "subcenters = -1",
		"center_rule = 'median'", "[alpha]\nAnn = -1", "lr = nan",
	} {
		if _, err := ReadConfig([]byte(bad)); !errors.Is(err, ErrConfig) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestSettings trains one step on a small case and says what each setting changes: the loss itself, or where
// the step goes.
func TestSettings(t *testing.T) {
	d := synthetic.Crowd{Clean: 0.4, Poor: 0.8, Uneven: 0.3, D: 8}.Draw(rand.New(rand.NewPCG(20, 20)), 12)
	start, _ := synthetic.Crowd{D: 8}.Layers()
	step := func(change func(*Config)) (loss, softmax, center float64, w []float32) {
		c := Defaults("")
		c.Epochs, c.ValPeople, c.ProbeShare, c.BatchPeople, c.Balance, c.Momentum = 2, 0, 0, 64, 0, 0
		if change != nil {
			change(c)
		}
		if err := c.Check(); err != nil {
			t.Fatal(err)
		}
		r, err := Train(context.Background(), d, start, c)
		if err != nil {
			t.Fatal(err)
		}
		return r.History[1].Loss, r.History[1].Softmax, r.History[1].Center, r.Layer.W
	}
	base, _, _, w0 := step(nil)
	if _, s, c, _ := step(nil); s != base || c != 0 {
		t.Errorf("without Center Loss L_s is %v of %v, L_c %v", s, base, c)
	}
	for name, x := range map[string]struct {
		change func(*Config)
		want   string // what the loss does: up, down, other (than before), or same, where only the step differs
	}{
		"margin up":        {func(c *Config) { c.Margin = 1 }, "up"},
		"margin 0":         {func(c *Config) { c.Margin = 0 }, "down"},
		"scale up":         {func(c *Config) { c.Scale = 40 }, "other"},
		"cosface":          {func(c *Config) { c.Loss, c.Margin = CosFace, 0.35 }, "other"},
		"softmax":          {func(c *Config) { c.Loss, c.Margin = Softmax, 0 }, "down"},
		"linear":           {func(c *Config) { c.Loss, c.Margin = Linear, 0 }, "down"},
		"label smoothing":  {func(c *Config) { c.Smoothing = 0.1 }, "other"},
		"smoothed linear":  {func(c *Config) { c.Loss, c.Margin, c.Smoothing = Linear, 0, 0.5 }, "other"},
		"sub-centers":      {func(c *Config) { c.Subcenters = 3 }, "other"},
		"focal, gamma 2":   {func(c *Config) { c.Loss, c.Gamma = Focal, 2 }, "down"},
		"alpha of two":     {func(c *Config) { c.Alpha = map[string]float64{"1": 3, "2": 3} }, "up"},
		"alpha 0 of one":   {func(c *Config) { c.Alpha = map[string]float64{"1": 0} }, "down"},
		"alpha balanced":   {func(c *Config) { c.AlphaBalanced = true }, "other"},
		"center lambda":    {func(c *Config) { c.CenterLambda = 1 }, "up"},
		"balance":          {func(c *Config) { c.Balance = 1 }, "other"},
		"learning rate":    {func(c *Config) { c.LR = 0.01 }, "step"},
		"head rate":        {func(c *Config) { c.HeadLR = 0.01 }, "step"},
		"momentum":         {func(c *Config) { c.Momentum = 0.9 }, "step"},
		"keep clean":       {func(c *Config) { c.KeepClean = 500 }, "step"},
		"keep near":        {func(c *Config) { c.KeepNear = 5 }, "step"},
		"adamw":            {func(c *Config) { c.Optimizer, c.LR, c.HeadLR = AdamW, 0.01, 0.01 }, "step"},
		"another seed":     {func(c *Config) { c.Seed = 5 }, "step"},
		"two views of one": {func(c *Config) { c.BatchViews = 4 }, "step"},
	} {
		loss, softmax, center, w := step(x.change)
		c := Defaults("")
		x.change(c)
		ok := map[string]bool{
			"up": loss > base, "down": loss < base, "other": loss != base, "step": !reflect.DeepEqual(w, w0),
		}[x.want]
		if !ok || math.IsNaN(loss) {
			t.Errorf("%s: the loss is %v, was %v, want %s", name, loss, base, x.want)
		}
		if math.Abs(softmax+c.CenterLambda*center-loss) > 1e-12 || (center > 0) != (c.CenterLambda > 0) {
			t.Errorf("%s: L_s %v + λ·L_c %v is not %v", name, softmax, center, loss)
		}
	}
	// A batch of everybody has every class in its softmax; a small one leaves some to be sampled.
	few := func(rate float64) float64 {
		loss, _, _, _ := step(func(c *Config) { c.BatchPeople, c.SampleRate = 2, rate })
		return loss
	}
	if all, some := few(1), few(0.3); !(some < all) {
		t.Errorf("the loss is %v with all classes, %v with a third", all, some)
	}
	// The centres' rule and rate tell from the second step on.
	with := func(change func(*Config)) float64 {
		_, _, c, _ := step(func(c *Config) {
			c.CenterLambda, c.BatchPeople = 1, 4
			change(c)
		})
		return c
	}
	wen, slow := with(func(*Config) {}), with(func(c *Config) { c.CenterAlpha = 0.01 })
	mean := with(func(c *Config) { c.CenterRule = "mean" })
	if wen == slow || wen == mean || slow == mean {
		t.Errorf("L_c is %v by Wen's rule, %v with a small rate, %v by the mean", wen, slow, mean)
	}
}

// TestAlphaOfNobody: a weight for somebody who is not there is a slip.
func TestAlphaOfNobody(t *testing.T) {
	d, start := crowd(4, 3, 0)
	c := Defaults("")
	c.Alpha = map[string]float64{"Nobody": 2}
	if _, err := CrossFit(context.Background(), d, start, c); !errors.Is(err, ErrConfig) {
		t.Errorf("got %v", err)
	}
}
