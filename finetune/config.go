package finetune

import (
	"fmt"
	"math"
	"time"

	"faceid/arcface"
)

// Loss names the head that a layer is trained under.
type Loss string

const (
	ArcFace Loss = "arcface" // additive angular margin, cross-entropy
	CosFace Loss = "cosface" // additive cosine margin, cross-entropy
	Softmax Loss = "softmax" // normalised softmax: no margin
	Linear  Loss = "linear"  // softmax of W·e + b on embeddings as they are (Wen et al., eq. 1)
	Focal   Loss = "focal"   // ArcFace's margin, focal loss on the margin logits
)

// Losses lists every Loss, the recommended one first.
var Losses = []Loss{ArcFace, CosFace, Softmax, Linear, Focal}

// Optimizer names the update rule of W, b and the class weights.
type Optimizer string

const (
	SGD   Optimizer = "sgd"   // with heavy-ball momentum, as PyTorch's: v ← µ·v + g; w ← w − lr·v
	AdamW Optimizer = "adamw" // Loshchilov and Hutter, ICLR 2019, algorithm 2; β1 is Momentum, β2 0.999, ε 1e-8
)

// Config says how to train. Every field is taken as it stands, zeros included: start from Defaults.
type Config struct {
	Loss Loss `json:"loss" toml:"loss"`
	// ArcFace and Focal: radians in [0, π); CosFace: cosine ≥ 0; Softmax and Linear: ignored
	Margin float64 `json:"margin" toml:"margin"`
	Scale  float64 `json:"scale" toml:"scale"` // s > 0: logits are s times cosines; Linear starts from such
	Gamma  float64 `json:"gamma" toml:"gamma"` // Focal's γ ≥ 0
	// Smoothing is ε in [0, 1) of label smoothing: the target is (1−ε)·onehot + ε/c; not with Focal or Subcenters.
	Smoothing float64 `json:"label_smoothing,omitempty" toml:"label_smoothing"`
	// Subcenters is K, the class weights per person (Deng et al., ECCV 2020), of which the best counts; 0 and 1: one.
	// Not with Linear. With LFW's two photos per person it did far worse, labels right or wrong; wrong ones see Tidy.
	Subcenters int `json:"subcenters,omitempty" toml:"subcenters"`
	// λ ≥ 0 of λ·L_c, the Center Loss on unit embeddings, mean over the batch; 0 is none
	CenterLambda float64 `json:"center_lambda" toml:"center_lambda"`
	CenterAlpha  float64 `json:"center_alpha" toml:"center_alpha"` // α in (0, 1], Wen et al.'s rate of the centres
	// CenterRule is how the centres move after each batch: "wen" by Wen et al., eq. 4, or "mean" to the mean of the
	// batch's samples of the class; "" is wen.
	CenterRule string `json:"center_rule,omitempty" toml:"center_rule"`
	// Alpha weighs the loss of each person's views (Lin et al.'s α, in cross-entropy too); people not named weigh 1.
	// AlphaBalanced weighs people by 1/rows, to mean 1, times that.
	Alpha         map[string]float64 `json:"alpha,omitempty" toml:"alpha"`
	AlphaBalanced bool               `json:"alpha_balanced,omitempty" toml:"alpha_balanced"`

	Epochs    int       `json:"epochs" toml:"epochs"` // passes over the rows
	Optimizer Optimizer `json:"optimizer" toml:"optimizer"`
	LR        float64   `json:"lr" toml:"lr"`             // peak learning rate of W and b
	HeadLR    float64   `json:"head_lr" toml:"head_lr"`   // peak rate of class weights; CrossFit lowers it
	Momentum  float64   `json:"momentum" toml:"momentum"` // in [0, 1)
	// ≥ 0, on the class weights, decoupled; W has KeepNear instead
	WeightDecay float64 `json:"weight_decay" toml:"weight_decay"`
	// share of all steps in which the rate rises linearly; then half a cosine to 0
	Warmup   float64 `json:"warmup" toml:"warmup"`
	KeepNear float64 `json:"keep_near" toml:"keep_near"` // κ ≥ 0 of the penalty κ·‖W − W_start‖², against forgetting
	// KeepClean is κ_c ≥ 0 of the penalty κ_c · mean‖f(x) − f_start(x)‖² / mean‖f_start(x)‖² over the clean training
	// views x, with f(x) = W·x + b: it holds what the layer does on good photos and leaves free the directions that
	// good photos do not use.
	KeepClean float64 `json:"keep_clean" toml:"keep_clean"`

	BatchPeople int `json:"batch_people" toml:"batch_people"` // P: people per batch
	BatchViews  int `json:"batch_views" toml:"batch_views"`   // K: rows per person in a batch
	// 0: each row counts the same; 1: each person; between: weight rows^(1−Balance)
	Balance float64 `json:"balance" toml:"balance"`
	// share of the classes in a step's softmax (Partial FC), in (0, 1]; 0: by itself, see sampleRate
	SampleRate float64 `json:"sample_rate" toml:"sample_rate"`

	// Folds is how many parts CrossFit divides the people into, each judged by a layer trained on the others; 0: three
	// of up to twenty people, five of more; 1: nobody judges. Shrink is λ of dense.Closed, from which training
	// starts, in (0, 1]; 0: by the number of people, see dense.ShrinkFor; 1: none, it starts from the layer as it is,
	// nor is it centred after. Train itself knows neither.
	Folds  int     `json:"folds,omitempty" toml:"folds"`
	Shrink float64 `json:"shrink,omitempty" toml:"shrink"`

	// Train: share of the people kept out of training, in [0, 1); CrossFit needs none
	ValPeople float64 `json:"val_people" toml:"val_people"`
	// share of the training people with ≥ 4 photos of whom one photo is kept out, to test the head; in [0, 1]
	ProbeShare float64 `json:"probe_share" toml:"probe_share"`
	// templates are the mean of a view and its mirror image, as the embedder with two views makes them
	Mirrored bool `json:"mirrored" toml:"mirrored"`
	// leave out photos that look wrongly labelled, or leave them as they are; else they are mended, see dense.Mend
	DropSuspects bool `json:"drop_suspects,omitempty" toml:"drop_suspects"`
	KeepSuspects bool `json:"keep_suspects,omitempty" toml:"keep_suspects"`
	// epochs without a better validation figure before training stops; 0: never
	Patience  int     `json:"patience" toml:"patience"`
	MaxForget float64 `json:"max_forget" toml:"max_forget"` // how far the clean TAR at FAR 1e-3 may fall, absolute

	Seed uint64 `json:"seed" toml:"seed"`

	// Augment and Central say what the caller made the dataset of, spoilt kinds of views and the face in the middle of
	// each photo, so that a run can be repeated; nothing here reads them. Force has Run write what is not better.
	Augment []string `json:"augment,omitempty" toml:"augment"`
	Central bool     `json:"central,omitempty" toml:"central"`
	Force   bool     `json:"force,omitempty" toml:"force"`

	// Checkpoint is the path of the file that Train writes its state to, atomically; empty: none. With Resume it goes
	// on from that file if it is there, and ends at the same weights, to the bit, as without the break.
	Checkpoint      string `json:"-" toml:"-"`
	CheckpointSteps int    `json:"-" toml:"-"` // steps between checkpoints; 0: at the end of each epoch
	Resume          bool   `json:"-" toml:"-"`
	// Progress is called after each step from the training goroutine; nil: not at all.
	Progress func(Progress) `json:"-" toml:"-"`
}

// Progress is where training stands.
type Progress struct {
	Epoch, Epochs int           // Epoch from 1
	Step, Steps   int           // over all epochs, Step from 1; in cross-fitting over all trainings
	Part, Parts   int           // in cross-fitting: which training of how many, Part from 1; the last is on everybody
	Loss          float64       // L_s + λ·L_c
	Softmax       float64       // L_s, of the head
	Center        float64       // L_c, not yet times λ; 0 without it
	Val           *float64      // the validation figure, once per epoch; see Epoch.Val
	Elapsed, Left time.Duration // Left is an estimate, without early stop
}

// Defaults returns settings that work unattended for a loss; "" means ArcFace.
// They were chosen on LFW with low-resolution views. Margin, scale, rates, balance and Center Loss hardly move the
// exchange between what spoilt views gain and what clean ones lose; KeepClean and Epochs say where on that line a
// training ends. A smaller KeepClean gains more on spoilt views and forgets more of clean ones. 5 spends most of
// MaxForget on the people of bench/finetune's first split; its other splits had no say.
func Defaults(l Loss) *Config {
	if l == "" {
		l = ArcFace
	}
	c := &Config{
		Loss: l, Margin: 0.6, Scale: 16, CenterAlpha: 0.5,
		Epochs: 8, Optimizer: SGD, LR: 0.1, HeadLR: 1, Momentum: 0.9, Warmup: 0.05, KeepClean: 5,
		BatchPeople: 256, BatchViews: 2, Balance: 0.5,
		ValPeople: 0.2, ProbeShare: 1, Patience: 5, MaxForget: 0.003, Seed: 1,
	}
	switch l {
	case CosFace:
		c.Margin = 0.35
	case Softmax, Linear:
		c.Margin = 0
	case Focal:
		c.Gamma = 2
	}
	return c
}

// Check returns ErrConfig with the first setting that is out of range.
func (c *Config) Check() error {
	bad := func(name string, v any, want string) error {
		return fmt.Errorf("%w: %s is %v, it must be %s", ErrConfig, name, v, want)
	}
	switch c.Loss {
	case ArcFace, CosFace, Softmax, Linear, Focal:
	default:
		return bad("loss", fmt.Sprintf("%q", c.Loss), "arcface, cosface, softmax, linear or focal")
	}
	switch {
	case c.Smoothing > 0 && (c.Loss == Focal || c.Subcenters > 1):
		return bad("label smoothing", c.Smoothing, "0 with focal, and with sub-centers")
	case c.DropSuspects && c.KeepSuspects:
		return bad("keep suspects", true, "false where they are dropped")
	case c.Subcenters > 1 && c.Loss == Linear:
		return bad("sub-centers", c.Subcenters, "1 with linear")
	case c.SampleRate != 0 && c.SampleRate != 1 && c.Loss == Linear:
		return bad("sample rate", c.SampleRate, "1 with linear, or 0")
	}
	if c.CenterRule != "" && c.CenterRule != "wen" && c.CenterRule != "mean" {
		return bad("center rule", fmt.Sprintf("%q", c.CenterRule), "wen or mean")
	}
	for person, a := range c.Alpha {
		if !(a >= 0 && a <= 1e6) {
			return bad(fmt.Sprintf("alpha of %q", person), a, "from 0 to 1e6")
		}
	}
	if c.Optimizer != SGD && c.Optimizer != AdamW {
		return bad("optimizer", fmt.Sprintf("%q", c.Optimizer), "sgd or adamw")
	}
	for _, r := range []struct {
		name   string
		v      float64
		lo, hi float64
	}{
		{"margin", c.Margin, 0, 3}, {"scale", c.Scale, 1e-3, 1e4}, {"gamma", c.Gamma, 0, 100},
		{"center lambda", c.CenterLambda, 0, 1e6}, {"center alpha", c.CenterAlpha, 1e-9, 1},
		{"lr", c.LR, 1e-12, 1e6}, {"head lr", c.HeadLR, 0, 1e6}, {"momentum", c.Momentum, 0, 0.9999},
		{"weight decay", c.WeightDecay, 0, 1e6}, {"warm-up", c.Warmup, 0, 1}, {"keep-near", c.KeepNear, 0, 1e6},
		{"keep-clean", c.KeepClean, 0, 1e6}, {"label smoothing", c.Smoothing, 0, 0.9999},
		{"balance", c.Balance, 0, 1}, {"sample rate", c.SampleRate, 0, 1},
		{"share of validation people", c.ValPeople, 0, 0.9},
		{"probe share", c.ProbeShare, 0, 1}, {"max forget", c.MaxForget, 0, 1},
		{"sub-centers", float64(c.Subcenters), 0, 64}, {"shrink", c.Shrink, 0, 1},
	} {
		if !(r.v >= r.lo && r.v <= r.hi) {
			return bad(r.name, r.v, fmt.Sprintf("from %v to %v", r.lo, r.hi))
		}
	}
	for _, r := range []struct {
		name  string
		v, lo int
	}{{"epochs", c.Epochs, 1}, {"people per batch", c.BatchPeople, 1}, {"views per person", c.BatchViews, 1},
		{"patience", c.Patience, 0}, {"checkpoint steps", c.CheckpointSteps, 0}, {"folds", c.Folds, 0}} {
		if r.v < r.lo || r.v > 1<<24 {
			return bad(r.name, r.v, fmt.Sprintf("at least %d", r.lo))
		}
	}
	return nil
}

func (c *Config) margin() arcface.Margin {
	switch c.Loss {
	case CosFace:
		return arcface.CosFace(c.Scale, c.Margin)
	case Softmax:
		return arcface.Plain(c.Scale)
	}
	return arcface.ArcFace(c.Scale, c.Margin)
}

// sampleRate is the share of the classes that takes part in a step by itself: all of 1,000 people, a tenth of many,
// 1,000 to 20,000 in between. On LFW a third of 2,400 classes gave the same figures as all, in half the time.
func sampleRate(classes int) float64 {
	return min(1, float64(min(max(1000, classes/10), 20000))/float64(classes))
}

// rate is the learning rate's factor at a step of steps, from 0: linear warm-up, then half a cosine to 0.
func (c *Config) rate(step, steps int) float64 {
	warm := int(c.Warmup * float64(steps))
	if step < warm {
		return float64(step+1) / float64(warm+1)
	}
	return (1 + math.Cos(math.Pi*float64(step-warm)/float64(steps-warm))) / 2
}
