package main

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// sustain keeps the clients asking for as long as the options say, one request after the other each, and looks at the
// server's memory every second.
func sustain(ctx context.Context, s *served, photos [][]byte, o options, f *figures) error {
	limited, cancel := context.WithTimeout(ctx, o.lasts)
	defer cancel()
	var mu sync.Mutex
	var took []time.Duration
	var first error
	failed := 0
	var all sync.WaitGroup
	for client := range o.clients {
		all.Go(func() {
			for n := client; limited.Err() == nil; n += o.clients - 1 { // each client has photos of both kinds
				var got struct{ Faces []any }
				begin := time.Now()
				refused, err := s.post(limited, identifyPath, photos[n%len(photos)], &got)
				if limited.Err() != nil {
					return
				}
				mu.Lock()
				took = append(took, time.Since(begin))
				if refused || err != nil {
					failed, first = failed+1, err
				}
				mu.Unlock()
			}
		})
	}
	var memory []float64
	for tick := time.NewTicker(time.Second); limited.Err() == nil; {
		select {
		case <-tick.C:
			memory = append(memory, s.rss())
		case <-limited.Done():
			tick.Stop()
		}
	}
	all.Wait()
	if len(took) == 0 {
		return fmt.Errorf("no request was answered: %w", first)
	}
	f.PerS = float64(len(took)) / o.lasts.Seconds()
	f.P50MS, f.P99MS = percentiles(took)
	f.Failed = failed
	if n := len(memory); n >= 8 {
		third, last := median(memory[n/2:n*3/4]), median(memory[n*3/4:])
		f.RSSMB, f.RSSGrowth = last, last/third-1
	}
	fmt.Printf("%d clients for %v with both kinds of photo: %d requests, %.1f a second, p50 %.0f ms, p99 %.0f ms, "+
		"%d failed (%v); %.0f MB, %+.1f %% in the second half\n", o.clients, o.lasts, len(took), f.PerS, f.P50MS,
		f.P99MS, failed, first, f.RSSMB, 100*f.RSSGrowth)
	return nil
}
