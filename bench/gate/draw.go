package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"

	"faceid/bench/internal/lfw"
	"faceid/finetune"
	"faceid/finetune/gate"
)

type bench struct {
	options
	start finetune.Layer
	data  *finetune.Dataset // of one kind
	null  share
	power map[int]*share // by people given, of draws with a true gain above five points
	few   [2]share       // TAR at FAR 1e-3 of few people's others, untuned and as decided
}

// line is what the draws of one number of people and one kind came to.
type line struct {
	accepted, large, before, kept share
	worse                         int
	change                        []float64 // of the weights, of each fit: its norm
}

// folder draws n people with three to eight photos each, and up to six hundred others as the truth.
func (b *bench) folder(rng *rand.Rand, n int) (given, others *finetune.Dataset) {
	return lfw.Folder(b.data, rng, n, 8, 600)
}

func config(seed uint64) *finetune.Config {
	c := finetune.Defaults("")
	c.Mirrored, c.ProbeShare, c.Seed = true, 0, seed
	return c
}

// draw fits folder after folder and asks everybody else about each.
func (b *bench) draw(ctx context.Context, kind string, n int) (*line, error) {
	l := &line{}
	var gain, gain3, figure, estimate, width, held share
	ways := map[finetune.Way]int{}
	type outcome struct {
		fit   *finetune.Fitted
		truth *finetune.Gate
	}
	out := make([]outcome, b.draws)
	err := each(b.draws, func(k int) error {
		given, others := b.folder(stream(b.seed, kind, n, k), n)
		fit, err := finetune.CrossFit(ctx, given, b.start, config(uint64(k)))
		if err != nil {
			return err
		}
		truth, err := gate.Measure(others, b.start, fit.Layer, &gate.Options{Mirrored: true})
		out[k] = outcome{fit, truth}
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, o := range out {
		fit, d := o.fit, o.fit.Gate.Decision
		spoilt := o.truth.Domains[len(o.truth.Domains)-1]
		t, target := spoilt.TAR1e2.Diff.Value, spoilt.TAR1e3
		gain.put(t)
		gain3.put(target.Diff.Value)
		truth := o.truth.Decision.Change.Diff.Value
		figure.put(truth)
		estimate.put(d.Change.Diff.Value)
		held.put(one(d.Change.Diff.Low <= truth && truth <= d.Change.Diff.High))
		width.put((d.Change.Diff.High - d.Change.Diff.Low) / 2)
		ways[fit.Way]++
		l.accepted.put(one(d.Better))
		if t > 0.05 {
			l.large.put(one(d.Better))
		}
		l.before.put(target.Before.Value)
		if d.Better {
			l.kept.put(target.After.Value)
			if t < 0 {
				l.worse++
			}
		} else {
			l.kept.put(target.Before.Value)
		}
		l.change = append(l.change, distance(fit.Layer.W, b.start.W))
	}
	var words []string
	for _, w := range []finetune.Way{finetune.WayNone, finetune.WayWCCN, finetune.WayHead} {
		if ways[w] > 0 {
			words = append(words, fmt.Sprintf("%s %d", w, ways[w]))
		}
	}
	fmt.Printf("%-8s %6d  %+9.1f %+9.1f  %+9.1f %+9.1f %10.1f %5.2f  %8.2f %8.2f %6d  %s\n", kind, n, 100*gain.mean(),
		100*gain3.mean(), 100*figure.mean(), 100*estimate.mean(), 100*width.mean(), held.mean(),
		l.accepted.mean(), l.large.mean(), l.worse, strings.Join(words, ", "))
	return l, nil
}

func distance(a, b []float32) float64 {
	var s float64
	for i, v := range a {
		s += float64(v-b[i]) * float64(v-b[i])
	}
	return math.Sqrt(s)
}

// nulls moves the layer by noise as large as a fit's change, and fits to shuffled labels.
func (b *bench) nulls(ctx context.Context, kind string, n int, l *line) error {
	moved := make([]float64, len(l.change))
	if err := each(len(moved), func(k int) error {
		rng := stream(b.seed+1, kind, n, k)
		given, _ := b.folder(rng, n)
		layer := b.start.Clone()
		f := l.change[k] / math.Sqrt(float64(len(layer.W)))
		for i := range layer.W {
			layer.W[i] += float32(f * rng.NormFloat64())
		}
		g, err := gate.Measure(given, b.start, layer, &gate.Options{Mirrored: true})
		if err == nil {
			moved[k] = one(g.Decision.Better)
		}
		return err
	}); err != nil {
		return err
	}
	var passed []float64
	if n <= 30 {
		passed = make([]float64, b.shuffled)
	}
	err := each(len(passed), func(k int) error {
		rng := stream(b.seed+2, kind, n, k)
		given, _ := b.folder(rng, n)
		fit, err := finetune.CrossFit(ctx, shuffle(given, rng), b.start, config(uint64(k)))
		if err == nil {
			passed[k] = one(fit.Gate.Decision.Better)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, v := range append(moved, passed...) {
		b.null.put(v)
	}
	return nil
}

// each calls f for 0 … n−1, as many at once as there are cores: the matrices of a few people keep one busy.
func each(n int, f func(k int) error) error {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for k := range n {
		g.Go(func() error { return f(k) })
	}
	return g.Wait()
}

// shuffle deals the photos to the people by chance.
func shuffle(d *finetune.Dataset, rng *rand.Rand) *finetune.Dataset {
	owner := make([]int32, len(d.Photos))
	for i, ph := range d.Photo {
		owner[ph] = d.Person[i]
	}
	rng.Shuffle(len(owner), func(i, j int) { owner[i], owner[j] = owner[j], owner[i] })
	s := *d
	s.Person = make([]int32, d.Len())
	for i, ph := range d.Photo {
		s.Person[i] = owner[ph]
	}
	return &s
}
