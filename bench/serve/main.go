// Command serve measures faceid serve beside package recognize in this process, which is what the command line runs:
// the same photos of LFW against the same gallery, on the same cores, in turns.
//
//	go run ./bench/serve [-lfw DIR] [-people 100000] [-clients 64] [-rounds 20] [-batch 120] [-minutes 10]
//
// The last line is JSON: serve_vs_cli is the median over the rounds of the time in the process by the time over HTTP,
// serve_vs_python of the time of a plain Python server with the same models (pyserver.py) by ours,
// p99_over_p50 is of the latency below saturation, rss_growth is what the server's memory grew by in the second half of
// the run as a share, lost are enrolments that were acknowledged under twice the load that can be carried and are not
// there, ready_s is the time from the start of the process until it is ready. Refused is the share of requests that
// were told to come back meanwhile; failed are answers that were neither right nor that.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"faceid/bench/internal/peers"
	"faceid/embed"
	"faceid/recognize"
)

type options struct {
	people, clients, rounds, batch int
	lasts                          time.Duration
}

// figures are what is measured.
type figures struct {
	ServeVsCLI float64 `json:"serve_vs_cli"`
	VsPython   float64 `json:"serve_vs_python"`
	P99OverP50 float64 `json:"p99_over_p50"`
	RSSGrowth  float64 `json:"rss_growth"`
	Lost       int     `json:"lost"`
	ReadyS     float64 `json:"ready_s"`
	PerS       float64 `json:"requests_per_s"`
	P50MS      float64 `json:"p50_ms"`
	P99MS      float64 `json:"p99_ms"`
	RSSMB      float64 `json:"rss_mb"`
	Acked      int     `json:"acknowledged"`
	Refused    float64 `json:"refused"`
	Failed     int     `json:"failed"`
}

func main() {
	log.SetFlags(0)
	var o options
	lfw := flag.String("lfw", "", "folder of LFW's photos (default FACEID_SHARED/data/lfw/images, else ../shared/…)")
	flag.IntVar(&o.people, "people", 100_000, "people in the gallery")
	flag.IntVar(&o.clients, "clients", 64, "clients at once")
	flag.IntVar(&o.rounds, "rounds", 20, "rounds of the comparison")
	flag.IntVar(&o.batch, "batch", 120, "photos per round")
	minutes := flag.Float64("minutes", 10, "how long the overload lasts")
	flag.Parse()
	o.lasts = time.Duration(*minutes * float64(time.Minute))
	files, err := peers.LFW(*lfw, o.batch)
	if err != nil {
		log.Fatal(err)
	}
	if err := run(context.Background(), files, o); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, files []string, o options) error {
	dir, err := os.MkdirTemp("", "faceid-bench-serve-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	photos, err := read(files, o.batch)
	if err != nil {
		return err
	}
	db := filepath.Join(dir, "g.db")
	r, err := recognize.Open(ctx, &recognize.Options{Gallery: db})
	if err != nil {
		return err
	}
	defer r.Close()
	if err := fill(ctx, r, photos, o.people); err != nil {
		return err
	}
	s, err := start(ctx, dir, db, 2*o.clients)
	if err != nil {
		return err
	}
	defer s.stop()
	py, err := startPython(ctx, r, dir, o.clients)
	if err != nil {
		return err
	}
	defer py.stop()
	f := figures{ReadyS: s.ready.Seconds()}
	fmt.Printf("ready after %.2f s with %d people\n", f.ReadyS, o.people)
	if err := compare(ctx, r, s, py, photos, o, &f); err != nil {
		return err
	}
	py.stop()
	if err := latency(ctx, s, photos, o, &f); err != nil {
		return err
	}
	if err := overload(ctx, s, photos, o, &f); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(f)
}

// read reads photos spread over all.
func read(files []string, n int) ([][]byte, error) {
	var out [][]byte
	for i := range n {
		b, err := os.ReadFile(files[i*len(files)/n])
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

// compare lets process, server and the Python server answer for the same photos in turns.
func compare(ctx context.Context, r *recognize.Recognizer, s, py *served, photos [][]byte, o options,
	f *figures) error {
	var ratios, peer, times []float64
	for i := range o.rounds + 1 {
		begin := time.Now()
		faces := 0
		for a, err := range r.Identify(ctx, inputs(photos)) {
			if err != nil {
				return err
			}
			if a.Face != nil {
				faces++
			}
		}
		here := time.Since(begin)
		begin = time.Now()
		t := s.identify(ctx, photos, o.clients)
		there := time.Since(begin)
		if t.faces != faces || t.failed > 0 {
			return fmt.Errorf(
				"%d faces in the process, %d over HTTP, %d requests failed: %v",
				faces,
				t.faces,
				t.failed,
				t.err,
			)
		}
		begin = time.Now()
		if t := py.identify(ctx, photos, o.clients); t.failed > 0 {
			return fmt.Errorf("the Python server: %w", t.err)
		}
		other := time.Since(begin)
		if i == 0 {
			continue // the warm-up
		}
		ratios, times = append(ratios, here.Seconds()/there.Seconds()), append(times, there.Seconds())
		peer = append(peer, other.Seconds()/there.Seconds())
	}
	f.ServeVsCLI, f.VsPython, f.PerS = median(ratios), median(peer), float64(len(photos))/median(times)
	fmt.Printf(
		"%d photos, %d faces a round: %.1f requests a second from %d clients on %d cores; time in the process by time "+
			"over HTTP %.3f, time of a Python server by ours %.2f\n",
		len(photos),
		len(photos),
		f.PerS,
		o.clients,
		runtime.GOMAXPROCS(0),
		f.ServeVsCLI,
		f.VsPython,
	)
	return nil
}

// latency is measured below saturation: half as many clients as cores, one at least.
func latency(ctx context.Context, s *served, photos [][]byte, o options, f *figures) error {
	var all []time.Duration
	for range max(o.rounds/4, 2) {
		t := s.identify(ctx, photos, max(runtime.GOMAXPROCS(0)/2, 1))
		if t.failed > 0 {
			return t.err
		}
		all = append(all, t.took...)
	}
	slices.Sort(all)
	at := func(p float64) float64 { return float64(all[int(p*float64(len(all)-1))].Microseconds()) / 1000 }
	f.P50MS, f.P99MS = at(0.5), at(0.99)
	f.P99OverP50 = f.P99MS / f.P50MS
	fmt.Printf("below saturation p50 %.1f ms, p99 %.1f ms\n", f.P50MS, f.P99MS)
	return nil
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
