package finetune

import (
	"fmt"
	"math"

	"faceid/finetune/dense"
	"faceid/finetune/openset"
	"faceid/internal/hint"
)

// defaultFPIR is that of Head.KnownDistance, where the people suffice.
const defaultFPIR = 0.01

// AtFPIR returns the head with the threshold for an FPIR among its people, in (0, 1); 0 leaves its own. It returns
// ErrTooFew where the people kept out of training do not suffice to say it, see openset.Needed.
func (h *Head) AtFPIR(fpir float64) (*Head, error) {
	if fpir == 0 {
		return h, nil
	}
	d, why, next := h.OpenSet.Pick(fpir, h.Strangers)
	if why != "" {
		return nil, hint.With(fmt.Errorf("%w: %s", ErrTooFew, why), next)
	}
	at := *h
	at.KnownDistance = d
	return &at, nil
}

// FPIR returns the share of strangers who are taken for one of the head's people: 1 for a head that names everybody,
// NaN where it is not known.
func (h *Head) FPIR() openset.Rate {
	if h.KnownDistance == 0 {
		return openset.Rate{FPIR: 1, Low: 1, High: 1}
	}
	return h.OpenSet.At(h.KnownDistance)
}

// openSet gives the head its thresholds by everybody, each a stranger to the layer of its own fold.
func (f *fitter) openSet(candidate int, h *Head) {
	var kinds []*openset.Strangers
	for _, kind := range f.data.TestKinds() {
		s := &openset.Strangers{}
		for round := range f.rounds {
			f.strangers(s, round, candidate, kind)
		}
		if !s.None() {
			kinds = append(kinds, s)
		}
	}
	h.Strangers = len(f.data.People)
	h.OpenSet = openset.Thresholds(kinds, h.Strangers, len(h.Labels))
	h.KnownDistance = h.OpenSet[len(h.OpenSet)-1].Distance
	if at, err := h.AtFPIR(defaultFPIR); err == nil {
		h.KnownDistance = at.KnownDistance
	}
}

// strangers shows the people of a round to the head of all others. Training keeps no class weights but the last, so the
// mean embeddings stand for them.
func (f *fitter) strangers(s *openset.Strangers, round, candidate int, kind string) {
	l, seen := f.trails[round][candidate], f.without(round)
	h := &Head{Labels: seen.People, D: l.D, Weights: classMeans(seen, l), Scale: 1}
	h.Centers = dense.MeanEmbeddings(seen, l)
	unseen := f.data.Select(func(i int) bool { return f.rounds[round][f.data.Person[i]] })
	e := dense.Embed(unseen.Views(kind, f.cfg.Mirrored), l)
	photos := make([]float64, len(unseen.People))
	for _, p := range e.Person {
		photos[p]++
	}
	h.blocks(e, true, func(i int, cos, dist []float32) {
		best := 0
		for j, c := range cos {
			if c > cos[best] {
				best = j
			}
		}
		s.Add(math.Max(float64(dist[best]), 1e-9), 1/photos[e.Person[i]], len(h.Labels))
	})
}
