package finetune_test

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"faceid/finetune"
	"faceid/finetune/internal/synthetic"
)

func same(t *testing.T, a, b *finetune.Result) {
	t.Helper()
	for _, x := range []struct {
		name string
		a, b []float32
	}{{"W", a.Layer.W, b.Layer.W}, {"b", a.Layer.B, b.Layer.B}, {"class weights", a.Head.Weights, b.Head.Weights},
		{"centres", a.Head.Centers, b.Head.Centers}} {
		if !slices.Equal(x.a, x.b) {
			t.Errorf("%s differ", x.name)
		}
	}
	if a.Best != b.Best || len(a.History) != len(b.History) || a.Head.KnownDistance != b.Head.KnownDistance {
		t.Errorf("best epoch %d and %d, %d and %d epochs, known distance %v and %v", a.Best, b.Best, len(a.History),
			len(b.History), a.Head.KnownDistance, b.Head.KnownDistance)
	}
}

func TestTrainLearns(t *testing.T) {
	d, l := synthetic.World{People: 120, T: 24, D: 16, Photos: synthetic.Each(5),
		Kinds: []string{"noisy"}, Seed: 3}.Make(t)
	for _, loss := range finetune.Losses {
		for _, opt := range []finetune.Optimizer{finetune.SGD, finetune.AdamW} {
			t.Run(string(loss)+"/"+string(opt), func(t *testing.T) {
				c := small()
				d0 := finetune.Defaults(loss)
				c.Loss, c.Margin, c.Gamma, c.Optimizer, c.CenterLambda = loss, d0.Margin, d0.Gamma, opt, 0.1
				c.Patience = 0
				if opt == finetune.AdamW {
					c.LR, c.HeadLR, c.WeightDecay = 0.01, 0.01, 0.01
				}
				var steps int
				c.Progress = func(p finetune.Progress) { steps = p.Step }
				r := train(t, d, l, c)
				h := r.History
				if len(h) != c.Epochs+1 || !math.IsNaN(h[0].Loss) || steps == 0 {
					t.Fatalf("%d lines of history, first loss %v, %d steps", len(h), h[0].Loss, steps)
				}
				if !(h[c.Epochs].Loss < 0.8*h[1].Loss) {
					t.Errorf("loss went from %v to %v only", h[1].Loss, h[c.Epochs].Loss)
				}
				if r.Best == 0 || !(h[r.Best].Val > h[0].Val) {
					t.Errorf("validation figure: start %v, best %v at epoch %d", h[0].Val, h[r.Best].Val, r.Best)
				}
				for i, e := range h {
					if e.Val > h[r.Best].Val {
						t.Errorf("epoch %d is better than the best one", i)
					}
				}
			})
		}
	}
}

func TestKeptOutIsKeptOut(t *testing.T) {
	d, l := synthetic.World{People: 300, T: 8, D: 8, Photos: func(p int) int { return 1 + p%5 }, Seed: 4}.Make(t)
	c := small()
	c.Epochs = 1
	s := train(t, d, l, c).Split
	in := map[string]string{}
	for name, part := range map[string]*finetune.Dataset{"train": s.Train, "val": s.Val, "gate": s.Gate} {
		for _, p := range part.People {
			if other, ok := in[p]; ok {
				t.Errorf("%s is in %s and %s", p, name, other)
			}
			in[p] = name
		}
	}
	trained := map[string]bool{}
	for _, ph := range s.Train.Photos {
		trained[ph] = true
	}
	for _, ph := range s.Probe.Photos {
		if trained[ph] {
			t.Errorf("probe %s was trained on", ph)
		}
	}
	if len(in) != 300 {
		t.Errorf("%d people in all", len(in))
	}
}

func TestFewPeople(t *testing.T) {
	for name, w := range map[string]synthetic.World{
		"two people":             {People: 2, T: 6, D: 4, Photos: synthetic.Each(3), Kinds: []string{"noisy"}, Seed: 5},
		"one photo each":         {People: 7, T: 6, D: 4, Photos: synthetic.Each(1), Seed: 6},
		"a person with one":      {People: 5, T: 6, D: 4, Photos: func(p int) int { return 1 + 2*min(p, 1) }, Seed: 7},
		"three, one photo in it": {People: 3, T: 6, D: 4, Photos: func(p int) int { return p + 1 }, Seed: 8},
	} {
		t.Run(name, func(t *testing.T) {
			d, l := w.Make(t)
			r := train(t, d, l, small())
			if len(r.Split.Warnings) == 0 {
				t.Error("no warning about so little data")
			}
			if len(r.Head.Labels) < 2 {
				t.Errorf("a head for %d people", len(r.Head.Labels))
			}
			if w.Photos(0) == 1 && !strings.Contains(strings.Join(r.Split.Warnings, " "), "one photo") {
				t.Errorf("warnings %q do not speak of one photo", r.Split.Warnings)
			}
		})
	}
	d, l := synthetic.World{People: 1, T: 6, D: 4, Photos: synthetic.Each(9), Seed: 9}.Make(t)
	if _, err := finetune.Train(context.Background(), d, l, small()); !errors.Is(err, finetune.ErrTooFew) {
		t.Errorf("one person: %v", err)
	}
}

func TestManyPeople(t *testing.T) {
	d, l := synthetic.World{People: 10_000, T: 32, D: 32, Photos: synthetic.Each(2), Seed: 10}.Make(t)
	c := small()
	c.Epochs, c.BatchPeople, c.SampleRate, c.ValPeople = 1, 256, 0.1, 0.02
	r := train(t, d, l, c)
	if n := len(r.Head.Labels); n < 9700 {
		t.Errorf("%d classes", n)
	}
	same(t, r, train(t, d, l, c))
}

func TestDiverged(t *testing.T) {
	d, l := synthetic.World{People: 10, T: 6, D: 4, Photos: synthetic.Each(4), Seed: 11}.Make(t)
	c := small()
	c.LR, c.KeepNear, c.Epochs, c.Patience = 1e6, 1e6, 50, 0
	if _, err := finetune.Train(context.Background(), d, l, c); !errors.Is(err, finetune.ErrDiverged) {
		t.Errorf("got %v", err)
	}
	d.X[3] = float32(math.NaN())
	if _, err := finetune.Train(context.Background(), d, l, small()); !errors.Is(err, finetune.ErrData) {
		t.Errorf("NaN in the data: %v", err)
	}
}

func TestSeed(t *testing.T) {
	d, l := synthetic.World{People: 60, T: 16, D: 12, Photos: synthetic.Each(4),
		Kinds: []string{"noisy"}, Seed: 12}.Make(t)
	c := small()
	a := train(t, d, l, c)
	same(t, a, train(t, d, l, c))
	c.Seed = 2
	if slices.Equal(a.Layer.W, train(t, d, l, c).Layer.W) {
		t.Error("another seed gave the same weights")
	}
}

func TestResume(t *testing.T) {
	d, l := synthetic.World{People: 60, T: 16, D: 12, Photos: synthetic.Each(4),
		Kinds: []string{"noisy"}, Seed: 13}.Make(t)
	for _, opt := range []finetune.Optimizer{finetune.SGD, finetune.AdamW} {
		c := small()
		c.Optimizer, c.CenterLambda, c.Resume, c.SampleRate = opt, 0.1, true, 0.5
		if opt == finetune.AdamW { // and let this one be stopped early: these rates only harm
			c.LR, c.Patience = 3, 2
		}
		whole := train(t, d, l, c)
		c.Checkpoint = filepath.Join(t.TempDir(), "checkpoint")
		breaks := 0
		for {
			ctx, cancel := context.WithCancel(context.Background())
			n := 0
			c.Progress = func(finetune.Progress) {
				if n++; n == 7 {
					cancel()
				}
			}
			r, err := finetune.Train(ctx, d, l, c)
			cancel()
			if err == nil {
				same(t, whole, r)
				break
			}
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			breaks++
		}
		if opt == finetune.AdamW && !whole.Stopped {
			t.Error("training was not stopped early")
		}
		if breaks < 2 {
			t.Errorf("only %d breaks", breaks)
		}
		c.Progress = nil
		again := train(t, d, l, c) // from the checkpoint of a run that is over
		same(t, whole, again)
		if again.Stopped != whole.Stopped {
			t.Errorf("stopped early: %v, undisturbed %v", again.Stopped, whole.Stopped)
		}
		c.LR /= 2
		if _, err := finetune.Train(context.Background(), d, l, c); !errors.Is(err, finetune.ErrCheckpoint) {
			t.Errorf("another learning rate on the same checkpoint: %v", err)
		}
	}
}

func TestConfigCheck(t *testing.T) {
	for name, spoil := range map[string]func(*finetune.Config){
		"loss":         func(c *finetune.Config) { c.Loss = "hinge" },
		"optimizer":    func(c *finetune.Config) { c.Optimizer = "" },
		"margin":       func(c *finetune.Config) { c.Margin = math.NaN() },
		"scale":        func(c *finetune.Config) { c.Scale = 0 },
		"epochs":       func(c *finetune.Config) { c.Epochs = 0 },
		"momentum":     func(c *finetune.Config) { c.Momentum = 1 },
		"val people":   func(c *finetune.Config) { c.ValPeople = 1 },
		"keep clean":   func(c *finetune.Config) { c.KeepClean = -1 },
		"batch people": func(c *finetune.Config) { c.BatchPeople = 0 },
	} {
		c := finetune.Defaults("")
		if err := c.Check(); err != nil {
			t.Fatal(err)
		}
		spoil(c)
		if err := c.Check(); !errors.Is(err, finetune.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNearlyAllKeptOut asks for more people to be kept out than can be: two stay to be trained on.
func TestNearlyAllKeptOut(t *testing.T) {
	for people := 2; people < 15; people++ {
		for _, share := range []float64{0.2, 0.5, 0.9} {
			d, l := synthetic.World{People: people, T: 6, D: 4, Photos: synthetic.Each(2), Seed: 11}.Make(t)
			c := small()
			c.Epochs, c.ValPeople = 1, share
			if n := len(train(t, d, l, c).Split.Train.People); n < 2 {
				t.Errorf("%d people, %v kept out: %d trained on", people, share, n)
			}
		}
	}
}

// TestNameWithoutRows has a person of whom nothing is there.
func TestNameWithoutRows(t *testing.T) {
	for _, balance := range []float64{0, 0.5, 1} {
		d, l := synthetic.World{People: 6, T: 6, D: 4, Photos: synthetic.Each(3), Seed: 12}.Make(t)
		d.People = append(d.People, "nobody")
		c := small()
		c.Epochs, c.ValPeople, c.ProbeShare, c.Balance = 1, 0, 0, balance
		train(t, d, l, c)
	}
}
