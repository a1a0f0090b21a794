package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"faceid/bench/internal/peers"
	"faceid/finetune"
	"faceid/internal/safetensors"
)

//go:embed peer.py
var peerScript string

// job is what both sides train on; the arrays lie beside it.
type job struct {
	Config  *finetune.Config `json:"config"`
	D       int              `json:"d"`
	Threads int              `json:"threads"`
}

// againstTorch trains with the default settings in a process of ours and in one of PyTorch's, in turn: from the cached
// features to the trained layer, with a look at the validation people after each epoch. The best of each side counts.
func againstTorch(o options, train *finetune.Dataset, start finetune.Layer) (float64, error) {
	py, err := peers.Python("venv-torch", "torch, numpy", "torch", "numpy")
	if err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "faceid-bench-torch")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	c := config("arcface", o.trainSeed)
	c.Patience = 0 // the same number of epochs on both sides
	if err := writeJob(dir, c, train, start); err != nil {
		return 0, err
	}
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	script := filepath.Join(dir, "peer.py")
	if err := os.WriteFile(script, []byte(peerScript), 0o600); err != nil {
		return 0, err
	}
	type answer struct {
		Loop    float64 `json:"loop_s"`
		Low     float64 `json:"lowres_tar_1e2"`
		Version string  `json:"version"`
		whole   float64
	}
	ask := func(name string, args ...string) (a answer, err error) {
		cmd := exec.Command(name, args...)
		cmd.Stderr = os.Stderr
		began := time.Now()
		out, err := cmd.Output()
		a.whole = time.Since(began).Seconds()
		if err != nil {
			return a, fmt.Errorf("%s: %w", filepath.Base(name), err)
		}
		return a, json.Unmarshal(out, &a)
	}
	best := [2]answer{{whole: math.Inf(1), Loop: math.Inf(1)}, {whole: math.Inf(1), Loop: math.Inf(1)}}
	for range o.rounds {
		for side, args := range [2][]string{{self, "-train", dir}, {py, script, dir}} {
			a, err := ask(args[0], args[1:]...)
			if err != nil {
				return 0, err
			}
			a.whole, a.Loop = min(a.whole, best[side].whole), min(a.Loop, best[side].Loop)
			best[side] = a
		}
	}
	fmt.Printf("\nThe same training (%d epochs), best of %d, %d threads; validation TAR at FAR 1e-2 on "+
		"low-resolution probes at the end\n", c.Epochs, o.rounds, runtime.GOMAXPROCS(0))
	for side, name := range [2]string{"faceid", "PyTorch " + best[1].Version} {
		a := best[side]
		fmt.Printf("  %-24s whole process %6.1f s, training loop %6.1f s, validation %.3f\n", name, a.whole, a.Loop,
			a.Low)
	}
	fmt.Printf("  ours is %.2f × as fast as a process, %.2f × in the loop alone\n", best[1].whole/best[0].whole,
		best[1].Loop/best[0].Loop)
	return best[1].whole / best[0].whole, nil
}

func writeJob(dir string, c *finetune.Config, train *finetune.Dataset, start finetune.Layer) error {
	if err := train.Save(filepath.Join(dir, "train.safetensors"), "bench"); err != nil {
		return err
	}
	s := safetensors.File{Tensors: map[string]safetensors.Tensor{
		"w": {Shape: []int{start.D, start.T}, F32: start.W}, "b": {Shape: []int{start.D}, F32: start.B},
	}}
	f, err := os.Create(filepath.Join(dir, "layer.safetensors"))
	if err != nil {
		return err
	}
	_, err = s.WriteTo(f)
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	js, err := json.Marshal(job{c, start.D, runtime.GOMAXPROCS(0)})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "job.json"), js, 0o600)
}

// trainChild is our side of againstTorch.
func trainChild(dir string) error {
	js, err := os.ReadFile(filepath.Join(dir, "job.json"))
	if err != nil {
		return err
	}
	var j job
	if err := json.Unmarshal(js, &j); err != nil {
		return err
	}
	runtime.GOMAXPROCS(j.Threads)
	d, err := finetune.LoadDataset(filepath.Join(dir, "train.safetensors"), "bench")
	if err != nil {
		return err
	}
	b, err := os.ReadFile(filepath.Join(dir, "layer.safetensors"))
	if err != nil {
		return err
	}
	s, err := safetensors.Parse(b)
	if err != nil {
		return err
	}
	w := s.Tensors["w"]
	began := time.Now()
	t, err := finetune.Train(context.Background(), d, finetune.Layer{D: w.Shape[0], T: w.Shape[1], W: w.F32,
		B: s.Tensors["b"].F32}, j.Config)
	if err != nil {
		return err
	}
	last := t.History[len(t.History)-1]
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"loop_s": time.Since(began).Seconds(),
		"lowres_tar_1e2": last.Points[1].TAR1e2, "version": "Go"})
}
