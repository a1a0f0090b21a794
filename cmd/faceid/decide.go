package main

import (
	"fmt"
	"math"

	"github.com/spf13/pflag"

	"faceid/models"
)

// decision says from which cosine similarity on two faces count as one person, and what that costs in false accepts.
type decision struct {
	far       float64 // asked for with --far; 0: the default
	threshold float64 // asked for with --threshold; NaN: none
}

// Defaults: verify compares one pair, identify compares a probe with everybody, so its errors add up with the gallery.
const (
	defaultVerifyFAR   = 1e-3
	defaultIdentifyFAR = 1e-4
)

func (d *decision) flags(f *pflag.FlagSet, far float64) {
	d.threshold = math.NaN()
	f.Float64Var(&d.far, "far", far, "false accept `RATE` a pair: the share of different pairs that may pass")
	f.Float64Var(&d.threshold, "threshold", math.NaN(), "cosine similarity from which two faces count as one person; overrides --far")
	f.Lookup("threshold").DefValue = ""
}

// point is an operating point: its false accept rate is NaN where it is not known.
type point struct {
	Threshold float64
	FAR       float64
	On        string
}

// resolve picks the operating point among those measured for the model.
func (d decision) resolve(e models.Entry) (point, error) {
	if !math.IsNaN(d.threshold) {
		if d.threshold < -1 || d.threshold > 1 {
			return point{}, fmt.Errorf("--threshold %g: a cosine similarity is in [-1, 1]", d.threshold)
		}
		// What a freely chosen threshold costs: the rate of the strictest measured point that is not above it.
		p := point{Threshold: d.threshold, FAR: math.NaN()}
		for _, t := range e.Thresholds {
			if t.Score <= d.threshold && !(t.FAR >= p.FAR) {
				p.FAR, p.On = t.FAR, t.On
			}
		}
		return p, nil
	}
	if !(d.far > 0 && d.far < 1) {
		return point{}, fmt.Errorf("--far %g: a rate is in (0, 1)", d.far)
	}
	best := point{FAR: -1}
	for _, t := range e.Thresholds {
		if t.FAR <= d.far*(1+1e-9) && t.FAR > best.FAR {
			best = point{Threshold: t.Score, FAR: t.FAR, On: t.On}
		}
	}
	if best.FAR < 0 {
		var known []float64
		for _, t := range e.Thresholds {
			known = append(known, t.FAR)
		}
		if len(known) == 0 {
			return point{}, withHint(fmt.Errorf("no threshold is known for the model %s", e.Name), "choose one with --threshold, or measure it: faceid eval pairs FILE")
		}
		return point{}, withHint(fmt.Errorf("no threshold was measured for a false accept rate of %g", d.far), fmt.Sprintf("measured are %v; or give --threshold", known))
	}
	return best, nil
}

// falsePositive is the chance that a stranger passes among n people when one comparison passes with rate far: 1 − (1 − far)^n.
func falsePositive(far float64, n int) float64 {
	return -math.Expm1(float64(n) * math.Log1p(-far))
}

// words says the operating point for people.
func (p point) words() string {
	if math.IsNaN(p.FAR) {
		return "false accept rate not measured"
	}
	return oneIn(p.FAR) + " different pairs passes"
}
