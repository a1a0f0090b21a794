package train

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"faceid/finetune"
	"faceid/finetune/gate"
	"faceid/models"
	"faceid/recognize"
	"faceid/recognize/calibrate"
)

// AddTuned puts the tuned model that a run wrote to the folder out on the list of models under a name, with the
// report's thresholds. It does nothing if the run wrote none, or the base model itself.
func AddTuned(ctx context.Context, r *recognize.Recognizer, base models.Entry, report *finetune.Report,
	out, name string) error {
	if !report.Written || report.TunedSHA256 == base.SHA256 {
		return nil
	}
	e := base
	e.Name, e.File, e.Aliases, e.Sources, e.SHA256, e.Size, e.SelfTest = name, "", nil, nil, "", 0, nil
	e.Thresholds = nil
	for i, t := range base.Thresholds {
		how := of(base, t) + ", not measured for the tuned model"
		if i < len(report.Thresholds) {
			t.Score, t.TAR, how = report.Thresholds[i].After, 0, report.Thresholds[i].How
		}
		t.On = how + "; measured for " + base.Name + " on: " + t.On // up to a comma it follows "passes on"
		e.Thresholds = append(e.Thresholds, t)
	}
	if _, err := r.Models().Add(ctx, filepath.Join(out, finetune.TunedFile), e); err != nil {
		return fmt.Errorf("the tuned model is written, but not on the list of models: %w", err)
	}
	return nil
}

// Thresholds gives finetune.RunOptions the thresholds of the model tuned from base: as a gallery of the people kept out
// would be calibrated, by their scores under layers that had not seen them; from fewer than recognize.MinCalibrated
// people, moved as mean and deviation of the scores. None is lower than the base model's.
func Thresholds(base models.Entry) func(*finetune.Gate) []finetune.Threshold {
	return func(g *finetune.Gate) (out []finetune.Threshold) {
		before, after, err := fits(base, g)
		calibrated := err == nil && before.People >= recognize.MinCalibrated
		for _, t := range base.Thresholds {
			x := finetune.Threshold{FAR: t.FAR, Before: t.Score, After: t.Score,
				How: of(base, t) + ", not measured for the tuned model"}
			if calibrated {
				x.After = after.Threshold(t.FAR)
				x.How = fmt.Sprintf("%d people kept out of its training, calibrated by %d of their pairs", after.People,
					after.Pairs)
			} else if score, ok := g.Threshold(t.Score); ok {
				x.After = score
				x.How = fmt.Sprintf("%s, moved as the mean and standard deviation of %d impostor scores of %d people "+
					"kept out", of(base, t), g.Domains[0].Impostor, g.People)
			}
			if x.After = math.Ceil(min(x.After, 1)*1e4) / 1e4; x.After < t.Score+1e-4 {
				x.After = t.Score
			}
			if err == nil {
				x.Base, x.Kept, x.Tuned = rate(before, t.Score), rate(after, t.Score), rate(after, x.After)
			}
			x.Found = g.Found(t.Score, x.After)
			out = append(out, x)
		}
		return out
	}
}

// of is what the base model's threshold was measured on: "LFW with mobilefacenet".
func of(base models.Entry, t models.Threshold) string {
	on, _, _ := strings.Cut(t.On, ",")
	return on + " with " + base.Name
}

func rate(f *calibrate.Fit, t float64) gate.Interval {
	v, low, high := f.FAR(t)
	return gate.Interval{Value: v, Low: low, High: high}
}

// fits are what strangers score before and after. Pairs that look like one person before are left out of both.
func fits(base models.Entry, g *finetune.Gate) (before, after *calibrate.Fit, err error) {
	var points []calibrate.Point
	for _, t := range base.Thresholds {
		points = append(points, calibrate.Point{FAR: t.FAR, Score: t.Score})
	}
	ref, err := calibrate.NewReference(points)
	if err != nil {
		ref = calibrate.Reference{} // a manifest of somebody's own; then the people speak for themselves
	}
	b, a := calibrate.Sample{People: g.People}, calibrate.Sample{People: g.People}
	for _, p := range g.Strangers {
		b.Pairs = append(b.Pairs, calibrate.Pair{A: p.A, B: p.B, Score: p.Before})
	}
	b.LeaveOut()
	twice := map[[2]int32]bool{}
	for _, p := range b.Twice {
		twice[[2]int32{p.A, p.B}] = true
	}
	for _, p := range g.Strangers {
		if !twice[[2]int32{p.A, p.B}] {
			a.Pairs = append(a.Pairs, calibrate.Pair{A: p.A, B: p.B, Score: p.After})
		}
	}
	if before, err = calibrate.New(ref, b); err != nil {
		return nil, nil, err
	}
	after, err = calibrate.New(ref, a)
	return before, after, err
}
