package train_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"faceid/finetune"
	"faceid/finetune/gate"
	"faceid/models"
	"faceid/recognize/train"
)

// TestThresholds: with enough people the tuned model's thresholds give the rates that were promised, where the base
// model's no longer do; with few they follow mean and deviation; never down.
func TestThresholds(t *testing.T) {
	const lfw = "LFW, ten folds"
	base := models.Entry{Name: "base", Thresholds: []models.Threshold{
		{FAR: 1e-2, Score: 0.26, On: lfw}, {FAR: 1e-3, Score: 0.34, On: lfw}, {FAR: 1e-4, Score: 0.41, On: lfw}}}
	made := func(people int, mean, sd float64) *finetune.Gate {
		rng := rand.New(rand.NewPCG(1, uint64(people)))
		g := &finetune.Gate{People: people, Domains: []gate.Domain{{Impostor: 5000,
			ImpostorBefore: gate.Moments{Mean: 0.01, SD: 0.1}, ImpostorAfter: gate.Moments{Mean: mean, SD: sd}}}}
		for a := range int32(people) {
			for b := a + 1; b < int32(people); b++ {
				z := rng.NormFloat64()
				g.Strangers = append(g.Strangers, gate.Strangers{A: a, B: b, Before: float32(0.01 + 0.1*z),
					After: float32(mean + sd*z)})
			}
		}
		return g
	}
	for _, x := range train.Thresholds(base)(made(200, 0.02, 0.13)) {
		if !(x.After > x.Before+0.02 && x.Tuned.Low <= x.FAR && x.FAR <= x.Tuned.High) ||
			x.Tuned.Value > 1.2*x.FAR || x.Kept.Value < 3*x.Tuned.Value ||
			!strings.HasPrefix(x.How, "200 people kept out of its training, ") {
			t.Errorf("200 people: %+v", x)
		}
	}
	for _, x := range train.Thresholds(base)(made(4, 0.02, 0.13)) {
		if want := 0.02 + (x.Before-0.01)*1.3; x.After < want-1e-9 || x.After > want+2e-4 ||
			!strings.HasPrefix(x.How, "LFW with base, moved ") {
			t.Errorf("four people: %+v, want %v", x, want)
		}
	}
	for _, x := range train.Thresholds(base)(made(200, 0, 0.05)) {
		if x.After != x.Before {
			t.Errorf("a threshold went down: %+v", x)
		}
	}
}
