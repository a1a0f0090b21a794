package finetune

import (
	"fmt"
	"math"
	"sort"

	"faceid/eval"
)

// Interval is a figure with its 95 % bootstrap interval; people are resampled, not pairs.
type Interval struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

func (v Interval) String() string { return fmt.Sprintf("%.4f [%.4f, %.4f]", v.Value, v.Low, v.High) }

// Change is a figure before and after, and the difference after − before on the same resamples.
type Change struct {
	Before Interval `json:"before"`
	After  Interval `json:"after"`
	Diff   Interval `json:"diff"`
}

// Pair is two photos with their scores before and after.
type Pair struct {
	A      string  `json:"a"` // photo of the probe
	B      string  `json:"b"` // photo of the template
	Before float64 `json:"before"`
	After  float64 `json:"after"`
}

// Domain compares the two layers on the probes of one kind against clean templates.
type Domain struct {
	Kind     string `json:"kind"`
	Photos   int    `json:"photos"`
	Genuine  int64  `json:"genuine"`
	Impostor int64  `json:"impostor"`

	ImpostorBefore Moments `json:"impostor_before"`
	ImpostorAfter  Moments `json:"impostor_after"`

	TAR1e2 Change `json:"tar_1e2"`
	TAR1e3 Change `json:"tar_1e3"`
	EER    Change `json:"eer"` // lower is better
	Rank1  Change `json:"rank1"`

	ROCBefore []Point    `json:"roc_before"`
	ROCAfter  []Point    `json:"roc_after"`
	Scores    Histograms `json:"scores"`
	Misses    []Pair     `json:"misses"` // genuine pairs with the lowest scores after
	Mixups    []Pair     `json:"mixups"` // impostor pairs with the highest scores after
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
	Better  bool     `json:"better"`
	Reasons []string `json:"reasons"` // in words, for the user
}

// minMoments is how many impostor pairs a threshold may be moved by.
const minMoments = 1000

// Threshold moves a threshold on the cosine from the untuned to the tuned layer: to the score that lies as many standard
// deviations above the mean of the clean impostor scores as it did before, and never down. FARs below 1e-3 cannot be
// counted on the few people kept out, but two moments can be told from them. ok is false with too few impostor pairs.
// On LFW a threshold for FAR 1e-4 that let 4.6e-4 pass after training on 60 people lets 0.8e-4 pass once moved.
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
	Decision Decision `json:"decision"`
	Domains  []Domain `json:"domains"` // "clean" first
}

// GateOptions tune Measure; nil means the zero value.
type GateOptions struct {
	Mirrored  bool
	MaxForget float64 // absolute; 0 means 0.003
	Samples   int     // bootstrap resamples; 0 means 400
	MinJudges int     // fewer people with several photos prove nothing; 0 means 5
	Seed      uint64
}

// minProof is the default of GateOptions.MinJudges: two people have three resamples, five have 126.
const minProof = 5

// Measure compares the layers before and after on a dataset of people that neither was trained on, and decides.
//
// After is better if there are MinJudges people with several photos, on the target domains (every test kind but "clean"; "clean" itself if it is the only one), the
// decisive figure rose in sum and the interval of its difference excludes 0 in at least one domain and lies
// wholly below 0 in none, and if on clean views it fell by no more than MaxForget. The decisive figure is TAR at FAR
// 1e-3 with 10,000 or more impostor pairs, TAR at 1e-2 with 1,000 or more, else 1 − EER.
func Measure(d *Dataset, before, after Layer, o *GateOptions) (*Gate, error) {
	if o == nil {
		o = &GateOptions{}
	}
	if err := d.Check(); err != nil {
		return nil, err
	}
	for _, l := range []Layer{before, after} {
		if err := l.check(d.T); err != nil {
			return nil, err
		}
	}
	g := &Gate{People: len(d.People)}
	for _, n := range d.photosOf() {
		if n > 1 {
			g.Judges++
		}
	}
	var gb, ga *embedded
	for _, k := range d.TestKinds() {
		v := d.views(k, o.Mirrored)
		pb, pa := embedViews(v, before), embedViews(v, after)
		if k == KindClean {
			gb, ga = pb, pa
		}
		dom, err := measure(pb, gb, pa, ga, o)
		if err != nil {
			return nil, err
		}
		g.Domains = append(g.Domains, *dom)
	}
	g.decide(o)
	return g, nil
}

func measure(pb, gb, pa, ga *embedded, o *GateOptions) (*Domain, error) {
	hb, ha := compare(pb, gb), compare(pa, ga)
	fb, fa := hb.figures(), ha.figures()
	d := &Domain{
		Kind: fb.Kind, Photos: pb.e.Rows, Genuine: fb.Genuine, Impostor: fb.Impostor,
		TAR1e2: exact(fb.TAR1e2, fa.TAR1e2), TAR1e3: exact(fb.TAR1e3, fa.TAR1e3), EER: exact(fb.EER, fa.EER), Rank1: exact(fb.Rank1, fa.Rank1),
		ImpostorBefore: moments(hb.impostor), ImpostorAfter: moments(ha.impostor),
		ROCBefore: hb.roc(), ROCAfter: ha.roc(),
		Scores: Histograms{coarse(hb.genuine, 50), coarse(hb.impostor, 50), coarse(ha.genuine, 50), coarse(ha.impostor, 50)},
	}
	if fb.Genuine == 0 || fb.Impostor == 0 {
		return d, nil
	}
	d.Misses, d.Mixups = worst(pb, gb, pa, ga)
	samples := o.Samples
	if samples == 0 {
		samples = 400
	}
	bo := &eval.BootstrapOptions{Samples: samples, Seed: o.Seed}
	cb, ca := sampledPairs(pb, gb, fb), sampledPairs(pa, ga, fa)
	fars := []float64{1e-2, 1e-3}
	vb, err := eval.BootstrapPeople(cb, fars, bo)
	if err != nil {
		return nil, err
	}
	va, err := eval.BootstrapPeople(ca, fars, bo)
	if err != nil {
		return nil, err
	}
	for _, x := range []struct {
		c    *Change
		b, a eval.Estimate
	}{{&d.TAR1e2, vb.TAR[0], va.TAR[0]}, {&d.TAR1e3, vb.TAR[1], va.TAR[1]}, {&d.EER, vb.EER, va.EER}} {
		if err := x.c.spread(x.b, x.a); err != nil {
			return nil, err
		}
	}
	ib, err := eval.BootstrapIdentify(hb.trials, nil, bo)
	if err != nil {
		return nil, err
	}
	ia, err := eval.BootstrapIdentify(ha.trials, nil, bo)
	if err != nil {
		return nil, err
	}
	return d, d.Rank1.spread(ib.Rank1, ia.Rank1)
}

func exact(b, a float64) Change {
	at := func(v float64) Interval { return Interval{v, v, v} }
	return Change{at(b), at(a), at(a - b)}
}

// spread adds the intervals. The bootstrap may run on a sample of the pairs, so its intervals are moved to lie
// about the figures of all pairs.
func (c *Change) spread(b, a eval.Estimate) error {
	diff, err := a.Minus(b)
	if err != nil {
		return err
	}
	for _, x := range []struct {
		i *Interval
		e eval.Estimate
	}{{&c.Before, b}, {&c.After, a}, {&c.Diff, diff}} {
		low, high := x.e.Interval(0.95)
		x.i.Low, x.i.High = x.i.Value+low-x.e.Value, x.i.Value+high-x.e.Value
	}
	return nil
}

// Most pairs that go into a bootstrap. FAR 1e-3 of 200,000 impostor pairs is 200: enough for an interval.
const (
	maxGenuinePairs  = 40_000
	maxImpostorPairs = 200_000
)

// sampledPairs lists every k-th genuine and every m-th impostor pair, the same ones whatever the layer.
func sampledPairs(p, g *embedded, f Figures) []eval.Comparison {
	every := func(n, most int64) int64 { return max(1, (n+most-1)/most) }
	kg, ki := every(f.Genuine, maxGenuinePairs), every(f.Impostor, maxImpostorPairs)
	var out []eval.Comparison
	var ng, ni int64
	eachScore(p, g, 1, func(_, i int, scores []float32) {
		for j, s := range scores {
			switch {
			case g.person[j] != p.person[i]:
				if ni%ki == 0 {
					out = append(out, eval.Comparison{A: int(p.person[i]), B: int(g.person[j]), Score: float64(s)})
				}
				ni++
			case g.photo[j] != p.photo[i]:
				if ng%kg == 0 {
					out = append(out, eval.Comparison{A: int(p.person[i]), B: int(p.person[i]), Score: float64(s)})
				}
				ng++
			}
		}
	})
	return out
}

const worstPairs = 12

// worst finds the genuine pairs that score lowest and the impostor pairs that score highest after.
func worst(pb, gb, pa, ga *embedded) (misses, mixups []Pair) {
	type hit struct {
		score float32
		i, j  int
	}
	var low, high []hit
	keep := func(list []hit, h hit) []hit { // ascending by score, at most worstPairs
		if len(list) == worstPairs && h.score >= list[worstPairs-1].score {
			return list
		}
		k := sort.Search(len(list), func(k int) bool { return list[k].score > h.score })
		list = append(list, hit{})
		copy(list[k+1:], list[k:])
		list[k] = h
		return list[:min(len(list), worstPairs)]
	}
	same := pa == ga // clean against clean: each pair comes twice
	eachScore(pa, ga, 1, func(_, i int, scores []float32) {
		for j, s := range scores {
			switch {
			case same && j >= i:
			case ga.person[j] != pa.person[i]:
				if len(high) < worstPairs || -s < high[len(high)-1].score {
					high = keep(high, hit{-s, i, j})
				}
			case ga.photo[j] != pa.photo[i]:
				low = keep(low, hit{s, i, j})
			}
		}
	})
	dot := func(a, b []float32) (s float64) {
		for k, v := range a {
			s += float64(v) * float64(b[k])
		}
		return s
	}
	name := func(list []hit) (out []Pair) {
		for _, h := range list {
			row := func(e *embedded, i int) []float32 { return e.e.Data[i*e.e.Stride:][:e.e.Cols] }
			out = append(out, Pair{
				A: pa.data.Photos[pa.photo[h.i]], B: ga.data.Photos[ga.photo[h.j]],
				Before: dot(row(pb, h.i), row(gb, h.j)), After: dot(row(pa, h.i), row(ga, h.j)),
			})
		}
		return out
	}
	return name(low), name(high)
}

// decisive returns the figure that decides a domain, with its name; higher is better.
func (d *Domain) decisive() (Change, string) {
	switch {
	case d.Impostor >= 10000:
		return d.TAR1e3, "TAR at FAR 1e-3"
	case d.Impostor >= 1000:
		return d.TAR1e2, "TAR at FAR 1e-2"
	}
	flip := func(v Interval) Interval { return Interval{1 - v.Value, 1 - v.High, 1 - v.Low} }
	c := Change{Before: flip(d.EER.Before), After: flip(d.EER.After)}
	c.Diff = Interval{-d.EER.Diff.Value, -d.EER.Diff.High, -d.EER.Diff.Low}
	return c, "1 − EER"
}

func (g *Gate) decide(o *GateOptions) {
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
	rise, proven, refuted, measured := 0.0, false, false, true
	for i := range targets {
		d := &targets[i]
		if d.Genuine == 0 || d.Impostor == 0 {
			say("%s: %d genuine and %d impostor pairs: nothing can be measured", d.Kind, d.Genuine, d.Impostor)
			measured = false
			continue
		}
		c, name := d.decisive()
		rise += c.Diff.Value
		verdict := "no proof either way: the interval of the difference holds 0"
		switch {
		case c.Diff.Low > 0:
			proven, verdict = true, "better beyond chance"
		case c.Diff.High < 0:
			refuted, verdict = true, "worse beyond chance"
		}
		say("%s: %s %.4f → %.4f, difference %+.4f [%+.4f, %+.4f]: %s", d.Kind, name, c.Before.Value, c.After.Value, c.Diff.Value, c.Diff.Low, c.Diff.High, verdict)
	}
	forgot := false
	if len(g.Domains) > 1 && g.Domains[0].Genuine > 0 && g.Domains[0].Impostor > 0 {
		c, name := g.Domains[0].decisive()
		forgot = c.Diff.Value < -forget || math.IsNaN(c.Diff.Value)
		verdict := "within what may be forgotten"
		if forgot {
			verdict = "more than may be forgotten"
		}
		say("clean: %s %.4f → %.4f, difference %+.4f (at most −%.4f is allowed): %s", name, c.Before.Value, c.After.Value, c.Diff.Value, forget, verdict)
	}
	least := o.MinJudges
	if least == 0 {
		least = minProof
	}
	few := g.Judges < least
	if few {
		say("%d people with several photos judge, %d are needed: nothing is proven. Give photos of more people, or keep a larger share of them out of training", g.Judges, least)
	}
	g.Decision.Better = !few && measured && rise > 0 && proven && !refuted && !forgot
}
