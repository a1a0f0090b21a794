package finetune

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"faceid/finetune/dense"
	"faceid/finetune/gate"
)

// Way names the way that a layer came about.
type Way string

const (
	WayNone Way = "untuned" // the layer as it was
	WayWCCN Way = "wccn"    // the closed form alone, with dense.Center
	WayHead Way = "head"    // trained under a head, from the closed form on
)

// Attempt is a layer that CrossFit might take, with what it reached on people that it was not trained on.
type Attempt struct {
	Way    Way     `json:"way"`
	Epoch  int     `json:"epoch"`    // of WayHead, from 1
	Target float64 `json:"target"`   // mean over the target kinds of gate.DecidingFigure
	Clean  float64 `json:"clean"`    // TAR at FAR 1e-3 on clean views
	Score  float64 `json:"score"`    // Target, less ten times what Clean lost beyond MaxForget and its standard error
	Chosen int     `json:"in_folds"` // for how many folds the other folds' people chose it
}

// Fitted is what CrossFit returns: a Result trained on everybody, with the verdict on the way that it came about.
type Fitted struct {
	*Result
	Way      Way
	Attempts []Attempt // the untuned layer first; nil without Gate
	Gate     *Gate     // nil where there are too few people to judge
	// Refused has the figures of the layer returned where Gate refuses it, else nil. Gate's own are of what the folds
	// chose, which may be the untuned layer.
	Refused   *Gate
	HeadTests []HeadTest // by one more training, which keeps a fold out and a photo of each person that has four
	Probes    int        // photos kept out for them
	Folds     int        // that judged; 0: nobody did
	Warnings  []string
}

// CrossFit tunes the layer start to a dataset and judges the outcome on every person once, by a layer that was not
// trained on that person: the people are divided into folds, and for each fold a layer is trained on all other people.
// Tried are the layer as it is, WCCN in closed form, and from there on every epoch of Train's head, the latter two
// centred by dense.Center. Which of them is best for a fold is chosen by the people of the other folds, and for the
// layer that is returned, trained on everybody, by all. So nobody judges what it has chosen.
//
// The gate's interval is over people. It holds for layers trained on the people of all but one fold; the one returned
// was trained on more. That folds share training people makes their layers alike, not the people that judge them: for a
// stable training the interval of independent people holds for the mean gain of those layers (Bayle, Bayle, Janson and
// Mackey: Cross-validation confidence intervals for test error, NeurIPS 2020). bench/gate counts how often it holds for
// the layer returned, on people that nobody had.
//
// The layer returned is the best of those that were tried, even where the untuned one is better: Gate says so then.
//
// nil cfg means Defaults; Patience has no say, and ValPeople one if it is 0: then nobody judges. Errors are those of
// Train. Checkpoints of the folds stand beside cfg.Checkpoint; RemoveCheckpoints clears them away.
func CrossFit(ctx context.Context, data *Dataset, start Layer, cfg *Config) (*Fitted, error) {
	cfg, err := ready(data, start, cfg)
	if err != nil {
		return nil, err
	}
	f := &fitter{ctx: ctx, data: data, start: start, cfg: *cfg, probes: cfg.ProbeShare, unjudged: cfg.ValPeople == 0 ||
		cfg.Folds == 1}
	f.cfg.ValPeople, f.cfg.ProbeShare, f.cfg.Patience = 0, 0, 0
	return f.run()
}

type fitter struct {
	ctx    context.Context
	data   *Dataset
	start  Layer
	cfg    Config
	rounds [][]bool  // the people of each round's fold; those of one repeat are one after the other
	folds  int       // rounds of a repeat
	trails [][]Layer // [round][candidate]: the layer as it is, the closed form, each epoch
	probes float64

	unjudged bool
	parts    int
	part     int
	secs     float64
}

// leastJudges is how many people with several photos there must be for folds to be made at all.
const leastJudges = 3

func (f *fitter) run() (*Fitted, error) {
	out := &Fitted{Way: WayHead}
	warnings, judges, err := survey(f.data)
	if err != nil {
		return nil, err
	}
	out.Warnings = warnings
	if !f.unjudged {
		f.divide(judges)
	}
	f.parts, out.Folds = len(f.rounds)+1, f.folds
	if f.folds == 0 {
		why := fmt.Sprintf("only %d people have several photos, %d are needed to keep some out", judges, leastJudges)
		if f.unjudged {
			why = "nobody was to be kept out of training"
		}
		out.Warnings = append(out.Warnings, why+": the last epoch is taken and nothing can be proven about it")
		out.Result, err = f.train(f.data, "", f.cfg.Epochs+1, false)
		return out, err
	}
	if f.probes > 0 {
		f.parts++
	}
	for k := range f.rounds {
		if err := f.trainRound(k); err != nil {
			return nil, err
		}
	}
	list, chosen := f.choose()
	choice := 1 + bestOf(list[1:])
	out.Attempts, out.Way = list, list[choice].Way
	out.Gate = f.judge(chosen)
	if list[0].Score >= list[choice].Score {
		out.Gate.Decision.Better = false // where it was, the folds did not agree
		out.Gate.Decision.Reasons = append([]string{"nothing that was tried did better than the untuned model, by " +
			"all people together"}, out.Gate.Decision.Reasons...)
	}
	if !out.Gate.Decision.Better {
		out.Refused = f.refused(out.Gate, list[choice], choice)
	}
	if f.probes > 0 {
		if out.HeadTests, out.Probes, err = f.headTests(choice); err != nil {
			return nil, err
		}
	}
	if out.Result, err = f.train(f.data, "", choice, false); err != nil {
		return nil, err
	}
	f.openSet(choice, out.Head)
	out.Seconds = f.secs
	for e := range out.History {
		out.History[e].Val = list[e+1].Score
	}
	return out, nil
}

// from is where training starts: the closed form where it can be had.
func (f *fitter) from(d *Dataset) (Layer, error) {
	if f.cfg.Shrink == 1 {
		return f.start, nil
	}
	shrink := cmp.Or(f.cfg.Shrink, dense.ShrinkFor(len(d.People), f.start.D))
	l, err := dense.Closed(d, f.start, shrink, len(f.data.People))
	if errors.Is(err, ErrTooFew) {
		return f.start, nil
	}
	return l, err
}

// without returns the data of the people that are not in a round.
func (f *fitter) without(k int) *Dataset {
	return f.data.Select(func(i int) bool { return !f.rounds[k][f.data.Person[i]] })
}

func (f *fitter) trainRound(k int) error {
	t, err := f.train(f.without(k), fmt.Sprintf("fold%d", k+1), f.cfg.Epochs+1, true)
	if err != nil {
		return err
	}
	f.trails = append(f.trails, append([]Layer{f.start}, t.trail...))
	return nil
}

// train runs the training that makes a candidate, as a part of all: 1 is the closed form, then come epochs.
func (f *fitter) train(d *Dataset, name string, candidate int, trail bool) (*Result, error) {
	c := f.cfg
	if strings.HasSuffix(name, "heads") {
		c.ProbeShare = f.probes
	}
	f.part++
	if c.Progress != nil {
		tell, part := c.Progress, f.part
		c.Progress = func(p Progress) {
			p.Part, p.Parts = part, f.parts
			p.Step, p.Steps = (part-1)*p.Steps+p.Step, f.parts*p.Steps
			tell(p)
		}
	}
	if c.Checkpoint != "" && name != "" {
		c.Checkpoint = foldCheckpoint(c.Checkpoint, name)
	}
	split, err := newSplit(d, &c)
	if err != nil {
		return nil, err
	}
	c.HeadLR *= headPace(len(split.Train.People))
	from, err := f.from(split.Train)
	if err != nil {
		return nil, err
	}
	t, err := train(f.ctx, split, from, &c, candidate-1, trail)
	if err != nil {
		return nil, err
	}
	f.secs += t.Seconds
	if f.cfg.Shrink != 1 {
		t.center()
	}
	return t, nil
}

// headPace is the share of Config.HeadLR that the class weights of so many people move at. The loss is a mean over
// batches, so one of ten class weights is pulled ten times as hard as one of a hundred, and follows its few photos
// before the layer does. LFW at low resolution, TAR at FAR 1e-3 on others: 15 people 17.0 % by the closed form, 16.6 %
// trained at the full rate, 17.5 % at this; twice and half of it did the same.
func headPace(people int) float64 { return min(1, float64(people)/100) }

func foldCheckpoint(path, name string) string {
	ext := filepath.Ext(path)
	return strings.TrimSuffix(path, ext) + "-" + name + ext
}

// RemoveCheckpoints removes a checkpoint and those of CrossFit's folds beside it.
func RemoveCheckpoints(path string) error {
	old, err := filepath.Glob(foldCheckpoint(path, "fold*"))
	if err != nil {
		return fmt.Errorf("finetune: remove the checkpoints: %w", err)
	}
	for _, file := range append(old, path) {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("finetune: remove the checkpoint: %w", err)
		}
	}
	return nil
}

func (f *fitter) judge(chosen []int) *Gate {
	after := make([]Layer, len(chosen))
	for k, c := range chosen {
		after[k] = f.trails[k][c]
	}
	forget := f.cfg.MaxForget
	if forget == 0 {
		forget = 1e-12 // gate.Options has 0 for its default
	}
	return gate.Judge(f.data, f.start, after, f.rounds, &gate.Options{Mirrored: f.cfg.Mirrored, MaxForget: forget})
}

// refused judges one candidate for all rounds, by the layers of the way and epoch that the layer returned has. The
// verdict stays the gate's, with its reasons and their figures: this one's people have chosen what they judge.
func (f *fitter) refused(g *Gate, a Attempt, candidate int) *Gate {
	r := f.judge(slices.Repeat([]int{candidate}, len(f.rounds)))
	what := string(a.Way)
	if a.Way == WayHead {
		what = fmt.Sprintf("%s, epoch %d", what, a.Epoch)
	}
	r.Decision.Better = false
	r.Decision.Reasons = slices.Concat([]string{"the figures of these reasons are of the layers that the folds " +
		"chose, each by the people of the others"}, g.Decision.Reasons, []string{"all other figures of this report " +
		"are of what was written all the same (" + what + "), by layers that had not seen those who judge; as the " +
		"same people chose it, they flatter it a little"})
	return r
}

// headTests trains once more, with the first fold's people as strangers and a photo of each person that has four kept
// out.
func (f *fitter) headTests(candidate int) ([]HeadTest, int, error) {
	t, err := f.train(f.without(0), "fold-heads", candidate, false)
	if err != nil || t.Split.Probe == nil {
		return nil, 0, err
	}
	t.Split.Gate = f.data.Select(func(i int) bool { return f.rounds[0][f.data.Person[i]] })
	tests, err := testHead(t.Split, f.start, t.Layer, t.Head, &f.cfg)
	return tests, len(t.Split.Probe.Photos), err
}
