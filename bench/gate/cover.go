package main

import (
	"context"
	"fmt"

	"faceid/bench/internal/lfw"
	"faceid/finetune"
	"faceid/finetune/gate"
)

// cover draws judges of one tuned layer, and counts how often their intervals hold the figure of everybody.
func (b *bench) cover(ctx context.Context) (float64, error) {
	lowest := 1.0
	if b.coverage == 0 {
		return 0, nil
	}
	given, _ := b.folder(stream(b.seed, "tuned", 80, 0), 80)
	fit, err := finetune.CrossFit(ctx, given, b.start, config(1))
	if err != nil {
		return 0, err
	}
	tuned := fit.Layer
	// Everybody with three photos or more, but for nobody: the layer is given, whom it was trained on plays no part.
	whole, _ := b.folder(stream(b.seed, "whole", 0, 0), len(b.data.People))
	truth, err := gate.Measure(whole, b.start, tuned, &gate.Options{Mirrored: true})
	if err != nil {
		return 0, err
	}
	fmt.Printf("\nshare of 95 %% intervals that hold the figure of all %d people\n%6s  %8s %8s %8s  %s\n",
		len(whole.People), "judges", "clean", "spoilt", "gain", "without an error on clean photos")
	for _, n := range []int{5, 10, 20, 50, 100} {
		judged := make([]*gate.Gate, b.coverage)
		err := each(b.coverage, func(k int) (err error) {
			in := make([]bool, len(whole.People))
			for _, p := range stream(b.seed, "coverage", n, k).Perm(len(in))[:n] {
				in[p] = true
			}
			some := whole.Select(func(i int) bool { return in[whole.Person[i]] })
			judged[k], err = gate.Measure(some, b.start, tuned, &gate.Options{Mirrored: true})
			return err
		})
		if err != nil {
			return 0, err
		}
		var held [3]share
		free := 0
		for _, g := range judged {
			last := len(g.Domains) - 1
			for i, x := range [][2]gate.Interval{
				{g.Domains[0].TAR1e2.After, truth.Domains[0].TAR1e2.After},
				{g.Domains[last].TAR1e2.After, truth.Domains[last].TAR1e2.After},
				{g.Decision.Change.Diff, truth.Decision.Change.Diff},
			} {
				held[i].put(one(x[0].Low <= x[1].Value && x[1].Value <= x[0].High))
			}
			if g.Domains[0].TAR1e2.After.Value == 1 {
				free++
			}
		}
		fmt.Printf("%6d  %8.3f %8.3f %8.3f  %d of %d\n", n, held[0].mean(), held[1].mean(), held[2].mean(), free,
			b.coverage)
		for _, h := range held {
			lowest = min(lowest, h.mean())
		}
	}
	return lowest, nil
}

// gainPower is how often ten judges prove a true gain of DecidingFigure, in [0, 1].
type gainPower struct {
	Gain  float64 `json:"gain"`
	Power float64 `json:"power"`
}

// ten asks again and again ten people about layers that were tuned on more and more others: how large a gain is proven
// by so few. The judges meet all at once, as cross-fitting on them would not have them do: there folds take some power.
func (b *bench) ten(ctx context.Context) (out []gainPower, err error) {
	if b.coverage == 0 {
		return nil, nil
	}
	fmt.Printf("\nten judges of a layer tuned on others, gains of the %s in points\n%8s  %9s %9s %10s %8s\n",
		gate.DecidingFigure, "tuned on", "true gain", "estimated", "half width", "accepted")
	for _, n := range []int{10, 30, 80, 300} {
		given, _ := b.folder(stream(b.seed, "ten", n, 0), n)
		fit, err := finetune.CrossFit(ctx, given, b.start, config(1))
		if err != nil {
			return nil, err
		}
		in := map[string]bool{}
		for _, p := range given.People {
			in[p] = true
		}
		rest := b.data.Select(func(i int) bool { return !in[b.data.People[b.data.Person[i]]] })
		whole, _ := lfw.Folder(rest, stream(b.seed, "ten", 0, 0), len(rest.People), 8, 0)
		truth, err := gate.Measure(whole, b.start, fit.Layer, &gate.Options{Mirrored: true})
		if err != nil {
			return nil, err
		}
		judged := make([]gate.Decision, b.coverage)
		if err := each(b.coverage, func(k int) error {
			some, _ := lfw.Folder(rest, stream(b.seed, "judges", n, k), 10, 8, 0)
			g, err := gate.Measure(some, b.start, fit.Layer, &gate.Options{Mirrored: true})
			if err == nil {
				judged[k] = g.Decision
			}
			return err
		}); err != nil {
			return nil, err
		}
		var estimate, half, accepted share
		for _, d := range judged {
			estimate.put(d.Change.Diff.Value)
			half.put((d.Change.Diff.High - d.Change.Diff.Low) / 2)
			accepted.put(one(d.Better))
		}
		gain := truth.Decision.Change.Diff.Value
		fmt.Printf("%8d  %+9.1f %+9.1f %10.1f %8.2f\n", n, 100*gain, 100*estimate.mean(), 100*half.mean(),
			accepted.mean())
		out = append(out, gainPower{gain, accepted.mean()})
	}
	return out, nil
}
