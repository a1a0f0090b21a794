package finetune

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"faceid/finetune/gate"
)

// Split is how a dataset was divided. People in Val and Gate are never trained on.
type Split struct {
	Train *Dataset
	Val   *Dataset // people who choose the best epoch; nil where there are too few
	Gate  *Dataset // people who judge the result; Val itself where there are too few to have both
	Probe *Dataset // photos of training people kept out of training, to test the head; nil if there are none

	Warnings []string // what the data could not give, in words for the user

	val   []*gate.Panel // of Val, one per test kind
	clean *float64      // strict figure of the untuned layer on clean views
}

// minJudges is how many people with several photos Val and Gate must each have before the kept-out people are
// divided between them: below that both figures would be noise.
const minJudges = 20

// maxValPhotos is how many photos of a person go into the validation figure, which is computed after every epoch: more
// of one person say little that is new. The gate takes every photo.
const maxValPhotos = 8

// fewPhotos drops the photos of each person beyond the first most.
func fewPhotos(d *Dataset, most int) *Dataset {
	keep := make([]bool, len(d.Photos))
	seen := make([]bool, len(d.Photos))
	n := make([]int, len(d.People))
	for i, ph := range d.Photo {
		if p := d.Person[i]; !seen[ph] {
			seen[ph] = true
			keep[ph] = n[p] < most
			n[p]++
		}
	}
	return d.Select(func(i int) bool { return keep[d.Photo[i]] })
}

// survey counts the people with several photos, and says what is missing.
func survey(d *Dataset) (warnings []string, judges int, err error) {
	single, people := 0, 0
	for _, n := range d.PhotosOf() {
		switch {
		case n > 1:
			judges++
			people++
		case n == 1:
			single++
			people++
		}
	}
	if people < 2 {
		return nil, 0, fmt.Errorf("%w: %d with a photo, at least 2 are needed to tell people apart", ErrTooFew, people)
	}
	if single > 0 {
		warnings = append(warnings, fmt.Sprintf("%d of %d people have one photo only: they are trained on, and "+
			"serve as strangers in the measurements, but cannot be verified", single, people))
	}
	return warnings, judges, nil
}

func newSplit(d *Dataset, c *Config) (*Split, error) {
	warnings, several, err := survey(d)
	if err != nil {
		return nil, err
	}
	photos := d.PhotosOf()
	s := &Split{Warnings: warnings}
	warn := func(format string, a ...any) { s.Warnings = append(s.Warnings, fmt.Sprintf(format, a...)) }
	var out []bool
	if c.ValPeople > 0 && several >= 4 {
		out = d.ChoosePeople(c.ValPeople, c.Seed)
		judges, stay := 0, 0
		for p, o := range out {
			switch {
			case photos[p] > 1 && o:
				judges++
			case photos[p] > 1:
				stay++
			}
		}
		// Two people with two photos each are the least that has genuine and impostor pairs, gate.MinJudges the least
		// that the gate takes for a proof; but most people are to train.
		least := max(2, min(gate.MinJudges, several/3))
		for p := 0; p < len(out) && judges < least; p++ {
			if photos[p] > 1 && !out[p] && stay > 2 {
				out[p] = true
				judges, stay = judges+1, stay-1
			}
		}
		// Rounding may have taken nearly everybody: two people at least have to be told apart in training.
		for p, stay := 0, remaining(out, photos); p < len(out) && stay < 2; p++ {
			if out[p] && photos[p] > 0 {
				out[p] = false
				stay++
				if photos[p] > 1 {
					judges--
				}
			}
		}
		held := d.Select(func(i int) bool { return out[d.Person[i]] })
		s.Val, s.Gate = held, held
		if judges >= 2*minJudges {
			s.Val, s.Gate = held.SplitPeople(0.5, c.Seed+1)
		} else {
			warn("only %d people with several photos are kept out of training: they both choose the best epoch and "+
				"judge the result, so the figures flatter it a little", judges)
		}
	} else if c.ValPeople > 0 {
		warn("only %d people have several photos, 4 are needed to keep some out: the last epoch is taken and "+
			"nothing can be proven about it", several)
	}
	train := d
	if out != nil {
		train = d.Select(func(i int) bool { return !out[d.Person[i]] })
	}
	if c.ProbeShare > 0 {
		train, s.Probe = holdProbes(train, c)
	}
	s.Train = train
	if s.Val != nil {
		s.val = gate.Panels(fewPhotos(s.Val, maxValPhotos), c.Mirrored, nil)
	}
	return s, nil
}

// remaining counts the people with photos that are not out.
func remaining(out []bool, photos []int) (n int) {
	for p, o := range out {
		if !o && photos[p] > 0 {
			n++
		}
	}
	return n
}

// holdProbes takes one photo each of a share of the people with four or more.
func holdProbes(d *Dataset, c *Config) (train, probes *Dataset) {
	rng := rand.New(rand.NewPCG(c.Seed, 0x70726f6265))
	of := make([][]int32, len(d.People))
	seen := make([]bool, len(d.Photos))
	clean := slices.Index(d.Kinds, KindClean)
	for i := range d.Len() {
		if ph := d.Photo[i]; int(d.Kind[i]) == clean && !seen[ph] {
			seen[ph] = true
			of[d.Person[i]] = append(of[d.Person[i]], ph)
		}
	}
	out, any := make([]bool, len(d.Photos)), false
	for _, list := range of {
		if len(list) >= 4 && rng.Float64() < c.ProbeShare {
			out[list[rng.IntN(len(list))]] = true
			any = true
		}
	}
	if !any {
		return d, nil
	}
	return d.Select(func(i int) bool { return !out[d.Photo[i]] }), d.Select(func(i int) bool { return out[d.Photo[i]] })
}

// valFigures measures a layer on the validation people, one test kind per line, people weighing alike.
func (s *Split) valFigures(l Layer) []gate.Figures {
	f := make([]gate.Figures, len(s.val))
	for i, p := range s.val {
		f[i] = p.Figures(l)
	}
	return f
}

// valScore is Epoch.Val.
func (s *Split) valScore(f []gate.Figures, c *Config) float64 {
	targets := f
	if len(f) > 1 {
		targets = f[1:]
	}
	var sum float64
	for _, g := range targets {
		sum += merit(&g)
	}
	score := sum / float64(len(targets))
	if len(f) > 1 {
		score -= 10 * max(0, s.cleanStart(f[0])-strict(&f[0])-c.MaxForget-s.cleanNoise(f[0]))
	}
	return score
}

// merit is the mean of TAR at FAR 1e-2 and 1e-3, of those that ten or more impostor pairs decide; else 1 − EER.
func merit(f *gate.Figures) float64 {
	switch {
	case f.Impostor >= 10000:
		return (f.TAR1e2 + f.TAR1e3) / 2
	case f.Impostor >= 1000:
		return f.TAR1e2
	}
	return 1 - f.EER
}

// strict is the figure that MaxForget bounds: TAR at FAR 1e-3 where it can be told, else the next that can.
func strict(f *gate.Figures) float64 {
	switch {
	case f.Impostor >= 10000:
		return f.TAR1e3
	case f.Impostor >= 1000:
		return f.TAR1e2
	}
	return 1 - f.EER
}

// cleanNoise is one standard error of the clean figure with as many independent trials as there are clean photos:
// without it a single pair of a small set would overrule everything that the target kinds say.
func (s *Split) cleanNoise(f gate.Figures) float64 {
	n := float64(s.val[0].Templates())
	miss := 1 - s.cleanStart(f)
	return math.Sqrt((miss + 1/n) / n)
}

// cleanStart remembers the first clean figure seen, that of the untuned layer.
func (s *Split) cleanStart(f gate.Figures) float64 {
	if s.clean == nil {
		v := strict(&f)
		s.clean = &v
	}
	return *s.clean
}
