package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"faceid/embed"
	"faceid/recognize"
)

// compareAll compares for each kind of photo; the worse figures count.
func compareAll(ctx context.Context, r *recognize.Recognizer, s *served, dir string, kinds []kind, o options,
	f *figures) error {
	var py *served
	if !o.noPeer {
		var err error
		if py, err = startPython(ctx, r, dir, o.clients); err != nil {
			return err
		}
		defer py.stop()
	}
	for i, k := range kinds {
		if i > 0 {
			o.rounds = max(o.rounds/2, 2) // they take long
		}
		one := figures{}
		if err := compare(ctx, r, s, py, k, o, &one); err != nil {
			return err
		}
		if err := latency(ctx, s, k, o, &one); err != nil {
			return err
		}
		f.Kinds[k.name] = kindFigures{one.ServeVsCLI, one.VsPython, one.P99OverP50, one.PerS}
		if i == 0 {
			f.ServeVsCLI, f.VsPython, f.P99OverP50 = one.ServeVsCLI, one.VsPython, one.P99OverP50
		}
		f.ServeVsCLI, f.VsPython = min(f.ServeVsCLI, one.ServeVsCLI), min(f.VsPython, one.VsPython)
		f.P99OverP50 = max(f.P99OverP50, one.P99OverP50)
	}
	return nil
}

// compare lets process, server and the Python server answer for the same photos in turns.
func compare(ctx context.Context, r *recognize.Recognizer, s, py *served, k kind, o options, f *figures) error {
	var ratios, peer, times []float64
	for i := range o.rounds + 1 {
		begin := time.Now()
		faces := 0
		for a, err := range r.Identify(ctx, inputs(k.photos)) {
			if err != nil {
				return err
			}
			if a.Face != nil {
				faces++
			}
		}
		here := time.Since(begin)
		begin = time.Now()
		t := s.identify(ctx, k.photos, o.clients)
		there := time.Since(begin)
		if t.faces != faces || t.failed > 0 {
			return fmt.Errorf("%d faces in the process, %d over HTTP, %d requests failed: %v", faces, t.faces, t.failed,
				t.err)
		}
		begin = time.Now()
		if py != nil {
			if t := py.identify(ctx, k.photos, o.clients); t.failed > 0 {
				return fmt.Errorf("the Python server: %w", t.err)
			}
		}
		other := time.Since(begin)
		if i == 0 {
			continue // the warm-up
		}
		ratios, times = append(ratios, here.Seconds()/there.Seconds()), append(times, there.Seconds())
		if py != nil {
			peer = append(peer, other.Seconds()/there.Seconds())
		}
	}
	f.ServeVsCLI, f.PerS = median(ratios), float64(len(k.photos))/median(times)
	fmt.Printf("%s, %d photos a round: %.1f requests a second from %d clients on %d cores; time in the process by "+
		"time over HTTP %.3f\n", k.name, len(k.photos), f.PerS, o.clients, runtime.GOMAXPROCS(0), f.ServeVsCLI)
	if py != nil {
		f.VsPython = median(peer)
		fmt.Printf("%s: time of a Python server by ours %.2f\n", k.name, f.VsPython)
	}
	return nil
}

// latency is measured below saturation: half as many clients as cores, one at least.
func latency(ctx context.Context, s *served, k kind, o options, f *figures) error {
	var all []time.Duration
	for range max(o.rounds/4, 2) {
		t := s.identify(ctx, k.photos, max(runtime.GOMAXPROCS(0)/2, 1))
		if t.failed > 0 {
			return t.err
		}
		all = append(all, t.took...)
	}
	f.P50MS, f.P99MS = percentiles(all)
	f.P99OverP50 = f.P99MS / f.P50MS
	fmt.Printf("%s, below saturation: p50 %.1f ms, p99 %.1f ms of %d requests\n", k.name, f.P50MS, f.P99MS, len(all))
	return nil
}

// percentiles are the median and what 99 of 100 are below, in milliseconds.
func percentiles(all []time.Duration) (p50, p99 float64) {
	slices.Sort(all)
	at := func(p float64) float64 { return float64(all[int(p*float64(len(all)-1))].Microseconds()) / 1000 }
	return at(0.5), at(0.99)
}

func inputs(photos [][]byte) func(func(embed.Input) bool) {
	return func(yield func(embed.Input) bool) {
		for _, b := range photos {
			if !yield(embed.Input{Data: b}) {
				return
			}
		}
	}
}

func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	return s[len(s)/2]
}
