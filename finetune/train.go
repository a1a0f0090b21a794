package finetune

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/blas/blas32"

	"faceid/centerloss"
	"faceid/finetune/dense"
	"faceid/internal/f32"
	"faceid/internal/gemm"
)

// Result is a trained layer with its head.
type Result struct {
	Layer   Layer // of the best epoch
	Head    *Head // class weights and centres of the best epoch
	Best    int   // epoch, 0 if the start was never beaten
	History []Epoch
	Stopped bool // by Patience
	Split   *Split
	Seconds float64 // of training, those before a break included

	trail []Layer // after each epoch, the start first; only where Config.trail asks for it
}

// Train fits the layer start to a dataset: L = L_s + λ·L_c + κ·‖W − W_start‖² + κ_c·(see Config.KeepClean), where L_s
// is the loss of cfg.Loss's head on the embeddings W·t + b and L_c the Center Loss on their unit vectors. Class weights
// start from the class means of the unit embeddings. The epoch that does best on people kept out is returned, epoch 0
// (start itself) included. nil cfg means Defaults. start and data are not changed.
//
// The same data, settings and seed give the same bits on the same machine. On cancellation a checkpoint is written
// and ctx's error returned. Errors: ErrData, ErrConfig, ErrTooFew, ErrDiverged, ErrCheckpoint.
func Train(ctx context.Context, data *Dataset, start Layer, cfg *Config) (*Result, error) {
	cfg, err := ready(data, start, cfg)
	if err != nil {
		return nil, err
	}
	split, err := newSplit(data, cfg)
	if err != nil {
		return nil, err
	}
	return train(ctx, split, start, cfg, cfg.Epochs, false)
}

// ready checks what training is given, and returns its settings: Defaults for nil.
func ready(data *Dataset, start Layer, cfg *Config) (*Config, error) {
	if cfg == nil {
		cfg = Defaults("")
	}
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	if err := data.Check(); err != nil {
		return nil, err
	}
	for name := range cfg.Alpha {
		if !slices.Contains(data.People, name) {
			return nil, fmt.Errorf("%w: alpha of %q: there is nobody of that name", ErrConfig, name)
		}
	}
	return cfg, start.Check(data.T)
}

// train does the first until of cfg.Epochs epochs; with trail it keeps the layer after each.
func train(ctx context.Context, split *Split, start Layer, cfg *Config, until int, trail bool) (*Result, error) {
	t := newTrainer(split, start, cfg)
	t.until = until
	if trail {
		t.trail = []Layer{}
	}
	if cfg.Resume && cfg.Checkpoint != "" {
		if err := t.load(); err != nil {
			return nil, err
		}
	}
	return t.run(ctx)
}

type trainer struct {
	cfg   *Config
	split *Split
	until int // epochs to train of those that the schedule is made for
	trail []Layer
	start Layer
	layer Layer // W and B are those of w and b
	w, b  *param
	hw    *param
	head  classifier
	cent  *centerloss.Centers // nil unless CenterLambda > 0
	keep  *keeper             // nil unless KeepClean > 0
	samp  *sampler
	rate  float64 // Partial FC

	epoch, step int // done: whole epochs, steps of the one begun
	sum         float64
	sumCenter   float64 // of L_c
	lastCenter  float64 // L_c of the last step
	history     []Epoch
	best        snapshot
	bestVal     float64
	elapsed     time.Duration // before this call
	begin       time.Time     // of this call

	x, e, de, u, du blas32.General
	y               []int
	classes         []int
	key             string
}

// snapshot is what Result keeps of an epoch.
type snapshot struct {
	epoch      int
	layer      Layer
	head, cent []float32
}

func newTrainer(s *Split, start Layer, c *Config) *trainer {
	t := &trainer{cfg: c, split: s, start: start, layer: start.Clone()}
	d, classes := start.D, len(s.Train.People)
	t.w = newParam("w", t.layer.W, start.T, c)
	t.b = newParam("b", t.layer.B, 1, c)
	t.w.near = start.W
	means := classMeans(s.Train, start)
	if c.CenterLambda > 0 {
		t.cent = &centerloss.Centers{C: gemm.Matrix(append([]float32(nil), means...), classes, d)}
	}
	t.head, t.hw = newClassifier(c, s.Train, start, means)
	t.hw.head = true
	if c.KeepClean > 0 {
		t.keep = newKeeper(s.Train, start, c.KeepClean)
	}
	t.samp = newSampler(s.Train.Person, classes, c)
	t.rate = c.SampleRate
	if t.rate == 0 && c.Loss == Linear {
		t.rate = 1
	} else if t.rate == 0 {
		t.rate = sampleRate(classes)
	}
	n := len(t.samp.epoch(0)) / t.samp.steps()
	t.x = gemm.Matrix(make([]float32, n*start.T), n, start.T)
	t.e = gemm.Matrix(make([]float32, n*d), n, d)
	t.de = gemm.Matrix(make([]float32, n*d), n, d)
	if t.cent != nil {
		t.u = gemm.Matrix(make([]float32, n*d), n, d)
		t.du = gemm.Matrix(make([]float32, n*d), n, d)
	}
	t.y = make([]int, n)
	t.bestVal = math.Inf(-1)
	return t
}

// classMeans returns the unit mean of each person's unit embeddings, people × D. Zero stays zero: such a class has no
// direction, and no gradient.
func classMeans(d *Dataset, l Layer) []float32 {
	out := dense.MeanEmbeddings(d, l)
	for p := range d.People {
		f32.Unit(out[p*l.D : (p+1)*l.D])
	}
	return out
}

func (t *trainer) run(ctx context.Context) (*Result, error) {
	begin := time.Now()
	t.begin = begin
	c := t.cfg
	perEpoch := t.samp.steps()
	total := perEpoch * c.Epochs
	doneBefore := t.epoch*perEpoch + t.step
	if len(t.history) == 0 { // epoch 0: what has to be beaten
		t.judge(Epoch{Loss: math.NaN()})
	}
	stopped := t.patienceOver() // true when a checkpoint of a run that had stopped is resumed
	for t.epoch < t.until && !stopped {
		order := t.samp.epoch(t.epoch)
		n := len(order) / perEpoch
		for t.step < perEpoch {
			if err := ctx.Err(); err != nil {
				if e := t.save(); e != nil {
					return nil, e
				}
				return nil, err
			}
			loss, err := t.one(order[t.step*n:(t.step+1)*n], t.epoch*perEpoch+t.step, total)
			if err != nil {
				return nil, err
			}
			t.sum += loss
			t.sumCenter += t.lastCenter
			t.step++
			p := Progress{Epoch: t.epoch + 1, Epochs: c.Epochs, Step: t.epoch*perEpoch + t.step, Steps: total,
				Loss: loss, Softmax: loss - c.CenterLambda*t.lastCenter, Center: t.lastCenter}
			if t.step == perEpoch {
				e := Epoch{Epoch: t.epoch + 1, Loss: t.sum / float64(perEpoch), Center: t.sumCenter / float64(perEpoch)}
				e.Softmax = e.Loss - c.CenterLambda*e.Center
				t.epoch, t.step, t.sum, t.sumCenter = t.epoch+1, 0, 0, 0
				if !f32.AllFinite(t.layer.W) || !f32.AllFinite(t.hw.w) {
					return nil, t.diverged(p.Step - 1)
				}
				e = t.judge(e)
				stopped = t.patienceOver()
				p.Val = &e.Val
			}
			if c.Progress != nil {
				p.Elapsed = t.elapsed + time.Since(begin)
				if done := p.Step - doneBefore; done > 0 {
					p.Left = time.Duration(float64(time.Since(begin)) / float64(done) * float64(total-p.Step))
				}
				c.Progress(p)
			}
			if p.Val != nil || c.CheckpointSteps > 0 && t.step%c.CheckpointSteps == 0 {
				if err := t.save(); err != nil {
					return nil, err
				}
			}
			if p.Val != nil {
				break
			}
		}
	}
	r := &Result{Layer: t.best.layer, Best: t.best.epoch, History: t.history, Stopped: stopped, Split: t.split,
		Seconds: (t.elapsed + time.Since(begin)).Seconds(), trail: t.trail}
	r.Head = t.makeHead()
	return r, nil
}

func (t *trainer) patienceOver() bool {
	return t.cfg.Patience > 0 && t.split.Val != nil && t.epoch-t.best.epoch >= t.cfg.Patience
}

// judge measures the layer on the validation people, adds e to the history and keeps the best.
func (t *trainer) judge(e Epoch) Epoch {
	e.Val = math.NaN()
	if t.split.Val != nil {
		e.Points = t.split.valFigures(t.layer)
		e.Val = t.split.valScore(e.Points, t.cfg)
	}
	t.history = append(t.history, e)
	if t.trail != nil {
		t.trail = append(t.trail, t.layer.Clone())
	}
	if t.split.Val == nil || e.Val > t.bestVal {
		t.bestVal = e.Val
		t.best = snapshot{epoch: e.Epoch, layer: t.layer.Clone(), head: append([]float32(nil), t.hw.w...)}
		if t.cent != nil {
			t.best.cent = append([]float32(nil), t.cent.C.Data...)
		}
	}
	return e
}
