package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/spf13/pflag"

	"faceid/models"
)

// decision says from which cosine similarity on two faces count as one person, and what that costs in false accepts.
type decision struct {
	far       float64    // asked for with --far; 0: the default
	threshold cosineFlag // asked for with --threshold; NaN: none
}

// Defaults: verify compares one pair, identify compares a probe with everybody, so its errors add up with the gallery.
const (
	defaultVerifyFAR   = 1e-3
	defaultIdentifyFAR = 1e-4
)

func (d *decision) flags(f *pflag.FlagSet, far float64) {
	d.threshold = cosineFlag(nan)
	f.Float64Var(&d.far, "far", far, "false accept `RATE` a pair: the share of different pairs that may pass")
	f.Var(&d.threshold, "threshold", "cosine similarity from which two faces count as one person; overrides --far")
}

// cosineFlag is the value of a flag: a cosine similarity, or NaN where it was not given. pflag's own float would show that default.
type cosineFlag float64

// Set refuses NaN, which would pass for not given.
func (c *cosineFlag) Set(s string) error {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !(v >= -1 && v <= 1) {
		return errors.New("a cosine similarity is a number in [-1, 1]")
	}
	*c = cosineFlag(v)
	return nil
}

func (c *cosineFlag) String() string {
	if math.IsNaN(float64(*c)) {
		return ""
	}
	return strconv.FormatFloat(float64(*c), 'g', -1, 64)
}

// Type is the word that stands for the value in the help.
func (c *cosineFlag) Type() string { return "float" }

// point is an operating point: its false accept rate is NaN where it is not known.
type point struct {
	Threshold float64
	FAR       float64
	On        string
}

// resolve picks the operating point among those measured for the model.
func (d decision) resolve(e models.Entry) (point, error) {
	if at := float64(d.threshold); !math.IsNaN(at) {
		// What a freely chosen threshold costs: the rate of the strictest measured point that is not above it.
		p := point{Threshold: at, FAR: math.NaN()}
		for _, t := range e.Thresholds {
			if t.Score <= at && !(t.FAR >= p.FAR) {
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
