//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"faceid/bench/internal/peers"
	"faceid/internal/gemm"
)

func main() {
	threads := flag.Int("threads", 2, "threads of either side")
	rounds := flag.Int("rounds", 9, "measured steps at 100,000 classes; three times as many of the smaller ones")
	child := flag.Bool("serve", false, "answer the peer's protocol on standard input (the memory run uses it)")
	flag.Parse()
	runtime.GOMAXPROCS(*threads)
	var err error
	if *child {
		err = serve()
	} else {
		err = run(*threads, *rounds)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/losses:", err)
		os.Exit(2)
	}
}

// result is the last line.
type result struct {
	ArcFace10k  float64 `json:"arcface_10k_vs_torch"`
	ArcFace100k float64 `json:"arcface_100k_vs_torch"`
	Partial100k float64 `json:"partialfc_100k_vs_torch"`
	Memory100k  float64 `json:"memory_100k_vs_torch"`
	Sgemm       float64 `json:"sgemm_vs_torch"`
}

func run(threads, rounds int) error {
	py, err := peers.Python("venv-torch", "torch, numpy", "torch", "numpy")
	if err != nil {
		return err
	}
	torch, version, err := startTorch(py, threads)
	if err != nil {
		return err
	}
	fmt.Printf("kernel %s, %s %s, GOMAXPROCS %d; torch: %s threads\n", gemm.Kernel(), runtime.GOOS, runtime.GOARCH,
		threads, version)
	fmt.Printf("%-44s %12s %12s %8s\n", "median of interleaved runs", "ours", "torch", "ratio")
	var r result

	// In the order of size, so that the machine is not paging when the small ones run.
	const m, n, k = 512, 4096, 512
	prod := newProduct(m, n, k)
	t, err := duel(torch, 6*rounds, fmt.Sprintf("sgemm %d %d %d", m, n, k), prod.step)
	if err != nil {
		return err
	}
	r.Sgemm = t[0] / t[1]
	row(fmt.Sprintf("sgemm %d×%d×%d, GFLOP/s", m, k, n), 2*m*n*k/1e9/t[1], 2*m*n*k/1e9/t[0], r.Sgemm)

	p := newProblem(10_000)
	if t, err = duel(torch, 3*rounds, "arcface 10000", p.step); err != nil {
		return err
	}
	r.ArcFace10k = t[0] / t[1]
	row("ArcFace step, 10,000 classes, ms", t[1]*1e3, t[0]*1e3, r.ArcFace10k)

	p = newProblem(100_000)
	if t, err = duel(torch, rounds, "arcface 100000", p.step, p.partial); err != nil {
		return err
	}
	r.ArcFace100k, r.Partial100k = t[0]/t[1], t[0]/t[2]
	row("ArcFace step, 100,000 classes, ms", t[1]*1e3, t[0]*1e3, r.ArcFace100k)
	row("Partial FC 0.1 of them; torch: full step, ms", t[2]*1e3, t[0]*1e3, r.Partial100k)
	if err := torch.close(); err != nil {
		return err
	}
	p = nil
	runtime.GC()

	self, err := os.Executable()
	if err != nil {
		return err
	}
	ours, err := memory(start(self, "-serve", "-threads", fmt.Sprint(threads)))
	if err != nil {
		return err
	}
	peer, _, err := startTorch(py, threads)
	theirs, err := memory(peer, err)
	if err != nil {
		return err
	}
	r.Memory100k = theirs.growth / ours.growth
	row("peak growth at 100,000 classes, MB", ours.growth/1e6, theirs.growth/1e6, r.Memory100k)
	row("whole process at its peak, MB", ours.peak/1e6, theirs.peak/1e6, theirs.peak/ours.peak)

	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	fmt.Println(string(line))
	return nil
}

func row(name string, ours, theirs, ratio float64) {
	fmt.Printf("%-44s %12.1f %12.1f %8.2f\n", name, ours, theirs, ratio)
}

// duel runs the peer's step and each of ours in turn and returns the medians in seconds, the peer's first.
func duel(p *peer, rounds int, setup string, ours ...func()) ([]float64, error) {
	if _, err := p.ask("%s", setup); err != nil {
		return nil, err
	}
	times := make([][]float64, 1+len(ours))
	for round := -2; round < rounds; round++ { // two to warm up
		const pause = 5 * time.Millisecond // before every step, so that the other side's threads have stopped spinning
		time.Sleep(pause)
		t, err := p.ask("step")
		if err != nil {
			return nil, err
		}
		all := []float64{t}
		for _, f := range ours {
			time.Sleep(pause)
			t0 := time.Now()
			f()
			all = append(all, time.Since(t0).Seconds())
		}
		if round >= 0 {
			for i, t := range all {
				times[i] = append(times[i], t)
			}
		}
	}
	medians := make([]float64, len(times))
	for i, t := range times {
		slices.Sort(t)
		medians[i] = t[len(t)/2]
	}
	return medians, nil
}

// usage is memory in bytes: the growth since the inputs began to be made, and the whole.
type usage struct{ growth, peak float64 }

// memory runs two steps at 100,000 classes in a fresh process.
func memory(p *peer, err error) (usage, error) {
	if err != nil {
		return usage{}, err
	}
	before, err1 := p.ask("rss")
	_, err2 := p.ask("arcface 100000")
	_, err3 := p.ask("step")
	_, err4 := p.ask("step")
	peak, err5 := p.ask("rss")
	if err := errors.Join(err1, err2, err3, err4, err5, p.close()); err != nil {
		return usage{}, err
	}
	return usage{peak - before, peak}, nil
}
