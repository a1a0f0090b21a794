// Package census reads from a gallery what its people say of scores: of how alike different people are, and of how
// often a stranger is taken for somebody. Package calibrate estimates from scores alone; here are the galleries that
// they come from. Package recognize decides what is asked of them and kept.
package census

import (
	"context"
	"math/rand/v2"
	"slices"

	"faceid/gallery"
	"faceid/recognize/calibrate"
)

const (
	people         = 2000 // compared at most: two million pairs
	photos         = 8    // of each
	takenOutAtMost = 1000 // people taken out in turn
)

// Census is the gallery as far as a calibration needs it.
type Census struct {
	Info      gallery.Info
	ids       []int64       // of the people with a template, drawn at random where they are many
	photos    [][][]float32 // of each, the first few embeddings
	Enrolled  int           // people with a template
	Templates int
}

// Take reads a gallery; the people whose ids are aside stand for nobody, and are passed over.
func Take(ctx context.Context, e gallery.Engine, aside map[int64]bool) (*Census, error) {
	info, err := e.Info(ctx)
	if err != nil {
		return nil, err
	}
	r := &Census{Info: info}
	for c, err := range gallery.Counts(ctx, e) {
		if err != nil {
			return nil, err
		}
		if !aside[c.PersonID] {
			r.Templates += c.Templates
			r.ids = append(r.ids, c.PersonID)
		}
	}
	if r.Enrolled = len(r.ids); r.Enrolled > people {
		rng := rand.New(rand.NewPCG(1, uint64(r.Enrolled))) // the same people for the same gallery
		rng.Shuffle(len(r.ids), func(i, j int) { r.ids[i], r.ids[j] = r.ids[j], r.ids[i] })
		r.ids = r.ids[:people]
		slices.Sort(r.ids)
	}
	for _, id := range r.ids {
		var p [][]float32
		for t, err := range e.Templates(ctx, id) {
			if err != nil {
				return nil, err
			}
			if p = append(p, t.Embedding); len(p) == photos {
				break
			}
		}
		r.photos = append(r.photos, p)
	}
	return r, nil
}

// Fit estimates the scores between different people, given what is known of the model. sample has the pairs, who maps
// its numbers to places among the people read, and alone says of each of these that they do not look enrolled twice. It
// returns calibrate.ErrFew where the people are too few, or nearly all look like one.
func (g *Census) Fit(ref calibrate.Reference) (fit *calibrate.Fit, sample calibrate.Sample, who []int, err error) {
	if sample, who, err = calibrate.Pairs(g.photos, nil); err != nil {
		return nil, sample, nil, err
	}
	sample.LeaveOut()
	fit, err = calibrate.New(ref, sample)
	return fit, sample, who, err
}

// Faces are a photo of each person read; nil of those without one.
func (g *Census) Faces() [][]float32 {
	out := make([][]float32, len(g.photos))
	for i, p := range g.photos {
		if len(p) > 0 {
			out[i] = p[0]
		}
	}
	return out
}

// Photos are the first few of each person who has one.
func (g *Census) Photos() [][][]float32 {
	return slices.DeleteFunc(slices.Clone(g.photos), func(p [][]float32) bool { return len(p) == 0 })
}
