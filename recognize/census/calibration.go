package census

import (
	"context"
	"math"
	"time"

	"faceid/gallery"
	"faceid/gallery/snorm"
	"faceid/recognize/calibrate"
	"faceid/recognize/cohort"
)

// Method is the name of what Calibration does, kept with its figures.
const Method = "scores between enrolled people: moments with a prior, and counts"

// Calibration finds the thresholds for all rates that are kept, from the scores between people and from searches for
// those taken out of the gallery, or for strangers, nil where there are none, without those of them who look enrolled.
// It returns calibrate.ErrFew.
func (g *Census) Calibration(ctx context.Context, e gallery.Engine, ref calibrate.Reference, strangers []Stranger,
	n *snorm.Norm) (*gallery.Calibration, error) {

	fit, sample, who, err := g.Fit(ref)
	if err != nil {
		return nil, err
	}
	c := &gallery.Calibration{Made: time.Now().UTC().Truncate(time.Second), Model: g.Info.Model, Method: Method,
		Enrolled: g.Enrolled, Templates: g.Templates, People: sample.People, Pairs: len(sample.Pairs)}
	alone := make([]bool, len(g.ids)) // not enrolled twice, as far as one can see
	for i := range alone {
		alone[i] = true
	}
	for _, t := range sample.Twice {
		a, b := who[t.A], who[t.B]
		c.Twice = append(c.Twice, gallery.LookTwice{A: g.ids[a], B: g.ids[b], Score: float64(t.Score)})
		alone[a], alone[b] = false, false
	}
	c.FAR = ratesOf(fit)
	if err := openSet(ctx, e, g, fit, alone, strangers, c, nil); err != nil || n == nil {
		return c, err
	}
	c.Cohort, err = g.normalised(ctx, e, ref, n, sample, who, alone, strangers)
	return c, err
}

func ratesOf(fit *calibrate.Fit) (list []gallery.CalibratedRate) {
	for _, far := range rates(1e-6) {
		t := fit.Threshold(far)
		rate, low, high := fit.FAR(t)
		addRate(&list, gallery.CalibratedRate{Rate: rate, Low: low, High: high, Threshold: t})
	}
	return list
}

// normalised is what Calibration finds of the same people and strangers with scores normalised by n, which the
// gallery's people join anew.
func (g *Census) normalised(ctx context.Context, e gallery.Engine, ref calibrate.Reference, n *snorm.Norm,
	sample calibrate.Sample, who []int, alone []bool, strangers []Stranger) (*gallery.CalibratedCohort, error) {

	cross, err := cohort.NewCross(n, g.Faces())
	if err != nil {
		return nil, err
	}
	sample.Pairs = cross.Rescore(sample.Pairs, who)
	fit, err := calibrate.New(ref, sample)
	if err != nil {
		return nil, err
	}
	var scored []Stranger
	for _, s := range strangers {
		s.PersonID, s.Score = s.NormalisedID, s.Normalised
		scored = append(scored, s)
	}
	c := &gallery.Calibration{FAR: ratesOf(fit)}
	if err := openSet(ctx, e, g, fit, alone, scored, c, cross); err != nil {
		return nil, err
	}
	return &gallery.CalibratedCohort{People: cross.All.People(), Own: cross.All.Own(), FAR: c.FAR, FPIR: c.FPIR,
		Moments: cross.All.Append(nil)}, nil
}

// alwaysAnew are people up to whom every change calibrates anew, which takes less than the change.
const alwaysAnew = 500

// Outdated says whether the gallery changed so much since c that it is worth the time to calibrate anew.
func Outdated(c *gallery.Calibration, i gallery.Info) bool {
	if !c.Model.Same(i.Model) {
		return true
	}
	people, templates := abs(c.Enrolled-i.People), abs(c.Templates-i.Templates)
	if i.People <= alwaysAnew {
		return people > 0 || templates > 0
	}
	return 20*people > i.People || 5*templates > i.Templates
}

func abs(n int) int { return max(n, -n) }

// rates are those whose thresholds are kept: 0.5, 0.2, 0.1, … down to least. What is asked for between them is
// interpolated.
func rates(least float64) []float64 {
	var r []float64
	for p := 1.0; ; p /= 10 {
		for _, m := range []float64{0.5, 0.2, 0.1} {
			if p*m < least*(1-1e-9) {
				return r
			}
			r = append(r, math.Round(p*m*1e9)/1e9)
		}
	}
}

// addRate keeps rates falling: one that does not, since scores have steps, adds nothing.
func addRate(list *[]gallery.CalibratedRate, r gallery.CalibratedRate) {
	if n := len(*list); n > 0 && (r.Rate >= (*list)[n-1].Rate || r.Threshold < (*list)[n-1].Threshold) {
		return
	}
	*list = append(*list, r)
}
