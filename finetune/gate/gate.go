package gate

import (
	"fmt"
	"math"
	"strings"

	"faceid/finetune/dense"
)

// Domain compares the two layers on the probes of one kind against clean templates. Every person weighs the same.
type Domain struct {
	Kind    string `json:"kind"`
	Photos  int    `json:"photos"`
	Genuine int64  `json:"genuine"` // pairs; two clean photos are one
	// in cross-fitting a pair is scored by the layer that has not seen the probe's person
	Impostor int64 `json:"impostor"`

	ImpostorBefore Moments `json:"impostor_before"`
	ImpostorAfter  Moments `json:"impostor_after"`

	MeanTAR Change `json:"mean_tar"` // [DecidingFigure]
	TAR1e2  Change `json:"tar_1e2"`
	TAR1e3  Change `json:"tar_1e3"`
	EER     Change `json:"eer"` // lower is better
	Rank1   Change `json:"rank1"`

	ROCBefore []Point    `json:"roc_before"`
	ROCAfter  []Point    `json:"roc_after"`
	Scores    Histograms `json:"scores"`
	Misses    []Pair     `json:"misses"` // genuine pairs with the lowest scores after
	Mixups    []Pair     `json:"mixups"` // impostor pairs with the highest scores after

	fine [2][]float64 // scores of genuine pairs before and after, by bin
}

// Moments are the mean and the standard deviation of scores.
type Moments struct {
	Mean float64 `json:"mean"`
	SD   float64 `json:"sd"`
}

// Histograms are shares of scores in 50 equal bars on [-1, 1].
type Histograms struct {
	GenuineBefore  []float64 `json:"genuine_before"`
	ImpostorBefore []float64 `json:"impostor_before"`
	GenuineAfter   []float64 `json:"genuine_after"`
	ImpostorAfter  []float64 `json:"impostor_after"`
}

// Decision is the gate's verdict.
type Decision struct {
	Better bool `json:"better"`
	// Figure is the name of what decides, the same for any number of people: it was chosen before anybody looked.
	Figure  string   `json:"figure"`
	Kinds   []string `json:"kinds"`   // test kinds that it is the mean over
	Change  Change   `json:"change"`  // of the figure; what Better rests on
	Reasons []string `json:"reasons"` // in words, for the user
}

// minMoments is how many impostor pairs a threshold may be moved by.
const minMoments = 1000

// Threshold moves a threshold on the cosine from the untuned to the tuned layer: to the score that lies as many
// standard deviations above the mean of the clean impostor scores as it did before, and never down. FARs below 1e-3
// cannot be counted on the few people kept out, but two moments can be told from them. ok is false with too few
// impostor pairs. On LFW a threshold for FAR 1e-4 that let 4.6e-4 pass after training on 60 people lets 0.8e-4 pass
// once moved.
func (g *Gate) Threshold(before float64) (after float64, ok bool) {
	d := &g.Domains[0]
	if d.Impostor < minMoments || d.ImpostorBefore.SD == 0 {
		return before, false
	}
	after = d.ImpostorAfter.Mean + (before-d.ImpostorBefore.Mean)*d.ImpostorAfter.SD/d.ImpostorBefore.SD
	return min(max(before, after), 1), true
}

// Gate is the comparison of two layers on people that neither was trained on.
type Gate struct {
	People   int      `json:"people"`
	Judges   int      `json:"judges"` // people with several photos: those whom genuine pairs come from
	Folds    int      `json:"folds"`  // above 1 by cross-fitting: each person is judged by a layer trained without it
	Decision Decision `json:"decision"`
	Domains  []Domain `json:"domains"` // "clean" first

	Strangers []Strangers `json:"-"` // one clean pair of every two people that met, for whoever calibrates thresholds
}

// Options tune Measure; nil means the zero value.
type Options struct {
	Mirrored  bool
	MaxForget float64 // absolute; 0 means 0.003
	MinJudges int     // fewer people with several photos prove nothing; 0 means 5
}

// MinJudges is how many people with several photos must judge where Options does not say.
const MinJudges = 5

// Measure compares the layers before and after on a dataset of people that neither was trained on, and decides.
//
// After is better if there are MinJudges people with several photos, the mean of DecidingFigure over the target
// domains (every test kind but "clean"; "clean" itself if it is the only one) rose by more than its 95 % interval, in
// none of them it fell by more than its interval, and TAR at FAR 1e-3 on clean views is not proven to have fallen by
// more than MaxForget. Every person weighs the same. Intervals are Student's over people, with each person's pull on
// the common threshold.
func Measure(d *dense.Dataset, before, after dense.Layer, o *Options) (*Gate, error) {
	if o == nil {
		o = &Options{}
	}
	if err := d.Check(); err != nil {
		return nil, err
	}
	for _, l := range []dense.Layer{before, after} {
		if err := l.Check(d.T); err != nil {
			return nil, err
		}
	}
	return Judge(d, before, []dense.Layer{after}, nil, o), nil
}

// Judge compares one layer before with those after, each on the people of its round; nil is one round of all.
func Judge(d *dense.Dataset, before dense.Layer, after []dense.Layer, rounds [][]bool, o *Options) *Gate {
	g := &Gate{People: len(d.People), Folds: len(after)}
	for _, n := range d.PhotosOf() {
		if n > 1 {
			g.Judges++
		}
	}
	var target [2][]figure
	all := Panels(d, o.Mirrored, rounds)
	for k, p := range all {
		b, a := p.with(before), p.with(after...)
		rb, ra := b.read(), a.read()
		g.Domains = append(g.Domains, *domain(b, a, rb, ra))
		if k == 0 {
			g.Strangers = p.strangers(before, a)
		}
		if k > 0 || len(all) == 1 {
			target[0], target[1] = append(target[0], rb.mean), append(target[1], ra.mean)
			g.Decision.Kinds = append(g.Decision.Kinds, p.kind)
		}
	}
	g.Decision.Figure, g.Decision.Change = DecidingFigure, change(mean(target[0]), mean(target[1]))
	g.decide(o)
	return g
}

func domain(b, a *Panel, rb, ra *readings) *Domain {
	d := &Domain{
		Kind: b.kind, Genuine: rb.genuine, Impostor: rb.impostor,
		MeanTAR: change(rb.mean, ra.mean), TAR1e2: change(rb.tar1e2, ra.tar1e2), TAR1e3: change(rb.tar1e3, ra.tar1e3),
		EER: change(rb.eer, ra.eer), Rank1: change(rb.rank1, ra.rank1),
		ImpostorBefore: moments(rb.h.impostor), ImpostorAfter: moments(ra.h.impostor),
		fine:      [2][]float64{rb.h.genuine, ra.h.genuine},
		ROCBefore: rb.h.roc(), ROCAfter: ra.h.roc(),
		Scores: Histograms{coarse(rb.h.genuine, 50), coarse(rb.h.impostor, 50), coarse(ra.h.genuine, 50),
			coarse(ra.h.impostor, 50)},
	}
	photos := map[int32]bool{}
	for _, r := range b.rounds {
		for _, ph := range r.probes.Photo {
			photos[ph] = true
		}
	}
	d.Photos = len(photos)
	if d.Measured() {
		d.Misses, d.Mixups = worst(b.layers[0], a)
	}
	return d
}

// Measured says whether there are pairs of both kinds; without, all rates are 0.
func (d *Domain) Measured() bool { return d.Genuine > 0 && d.Impostor > 0 }

func (g *Gate) decide(o *Options) {
	forget := o.MaxForget
	if forget == 0 {
		forget = 0.003
	}
	say := func(format string, a ...any) {
		g.Decision.Reasons = append(g.Decision.Reasons, fmt.Sprintf(format, a...))
	}
	targets := g.Domains
	if len(targets) > 1 {
		targets = targets[1:]
	}
	measured, refuted := true, false
	for i := range targets {
		d := &targets[i]
		if !d.Measured() {
			say("%s: %d genuine and %d impostor pairs: nothing can be measured", d.Kind, d.Genuine, d.Impostor)
			measured = false
		} else if len(targets) > 1 && d.MeanTAR.Diff.High < 0 {
			refuted = true
			say("%s: %s: worse beyond chance", d.Kind, points(DecidingFigure, d.MeanTAR))
		}
	}
	c := g.Decision.Change
	proven := false
	if measured {
		verdict := "no proof either way: the interval of the difference holds 0"
		switch {
		case c.Diff == Interval{}:
			verdict = "the very same"
		case c.Diff.Low > 0:
			proven, verdict = true, "better beyond chance"
		case c.Diff.High < 0:
			refuted, verdict = true, "worse beyond chance"
		}
		say("%s: %s: %s", strings.Join(g.Decision.Kinds, " and "), points(DecidingFigure, c), verdict)
	}
	forgot := false
	if d := &g.Domains[0]; len(g.Domains) > 1 && d.Measured() {
		// A loss above MaxForget is held against the layer where it is proven: on few people a single pair may be more.
		forgot = d.TAR1e3.Diff.High < -forget || math.IsNaN(d.TAR1e3.Diff.Value)
		verdict := fmt.Sprintf("no loss is proven, one of up to %.1f points cannot be ruled out",
			max(0, -100*d.TAR1e3.Diff.Low))
		switch {
		case forgot:
			verdict = fmt.Sprintf("more than the %.1f points that may be forgotten", 100*forget)
		case d.TAR1e3.Diff.High < 0:
			verdict = fmt.Sprintf("a loss, not proven to be above the %.1f points that may be forgotten", 100*forget)
		}
		say("clean: %s: %s", points("TAR at FAR 1e-3", d.TAR1e3), verdict)
	}
	least := o.MinJudges
	if least == 0 {
		least = MinJudges
	}
	few := g.Judges < least
	if few {
		say("%d people with several photos judge, %d are needed: nothing is proven. Give photos of more people",
			g.Judges, least)
	}
	g.Decision.Better = !few && measured && proven && !refuted && !forgot
}

// points writes a change of a rate in per cent, and the difference in points with its interval.
func points(name string, c Change) string {
	return fmt.Sprintf("%s %.1f %% → %.1f %%, difference %+.1f points [%+.1f, %+.1f]", name, 100*c.Before.Value,
		100*c.After.Value,
		100*c.Diff.Value, 100*c.Diff.Low, 100*c.Diff.High)
}
