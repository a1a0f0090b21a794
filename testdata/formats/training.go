package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"faceid/finetune"
	"faceid/internal/golden"
)

const baseModel = "embedder-gemm-bn.onnx"

// makeTraining writes what fine-tuning leaves: a cache of features, a checkpoint, and the head, report and tuned model
// of a whole run; and what a reader must find in them.
func makeTraining(ctx context.Context, dir string) error {
	base, err := os.ReadFile(filepath.Join("testdata", "onnx", baseModel))
	if err != nil {
		return fmt.Errorf("run it at the top of the repository: %w", err)
	}
	var want golden.Training
	d, err := makeFeatures(filepath.Join(dir, "features-1.safetensors"), &want.Features)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "checkpoint-1.safetensors")
	if err := makeCheckpoint(ctx, path, d, base, &want.Checkpoint); err != nil {
		return err
	}
	if err := makeRun(ctx, dir, d, base, &want.Head); err != nil {
		return err
	}
	return writeJSON(dir, "training-1.json", want)
}

// makeFeatures draws people whose spoilt views carry noise in two directions that a layer can learn to leave out.
func makeFeatures(path string, want *golden.Features) (*finetune.Dataset, error) {
	*want = golden.Features{Key: "golden features", Trunk: trunk}
	d := &finetune.Dataset{}
	var ix finetune.Index
	noise := [][]float32{normal(trunk), normal(trunk)}
	for p := range 60 {
		person := fmt.Sprintf("Person %02d é", p)
		self := normal(trunk)
		for ph := range 3 + p%3 {
			photo := fmt.Sprintf("photos/%02d/%d.jpg", p, ph)
			clean, mirror := normal(trunk), normal(trunk)
			for i, v := range self {
				clean[i] = v + 0.4*clean[i]
				mirror[i] = clean[i] + 0.1*mirror[i]
			}
			spoilt := append([]float32(nil), clean...)
			for _, n := range noise {
				a := 2.5 * float32(rng.NormFloat64())
				for i, v := range n {
					spoilt[i] += a * v
				}
			}
			for _, v := range []struct {
				kind string
				x    []float32
			}{{finetune.KindClean, clean}, {finetune.KindMirror, mirror}, {"lowres", spoilt}} {
				if err := d.Add(&ix, person, photo, v.kind, v.x); err != nil {
					return nil, err
				}
				want.Rows = append(want.Rows, golden.View{Person: person, Photo: photo, Kind: v.kind})
			}
		}
	}
	want.First, want.Values = d.X[:trunk], golden.Digest(d.X)
	return d, d.Save(path, want.Key)
}

func settings() *finetune.Config {
	c := finetune.Defaults("")
	c.Epochs, c.BatchPeople, c.HeadLR = 4, 12, 0.1
	return c
}

// makeCheckpoint breaks a training off in its third epoch; and lets another go to its end.
func makeCheckpoint(ctx context.Context, path string, d *finetune.Dataset, base []byte, want *golden.Checkpoint) error {
	l, err := finetune.LayerOf(base)
	if err != nil {
		return err
	}
	c := settings()
	c.Optimizer, c.CenterLambda = finetune.AdamW, 0.1 // so that the file has every tensor that it may have
	c.LR, c.HeadLR = 0.01, 0.01
	if want.Config, err = json.Marshal(c); err != nil {
		return err
	}
	whole, err := finetune.Train(ctx, d, l, c)
	if err != nil {
		return err
	}
	broken := *c
	broken.Checkpoint, broken.CheckpointSteps = path, 1
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	broken.Progress = func(p finetune.Progress) {
		if p.Epoch == 3 && p.Step > 2*p.Steps/p.Epochs+1 {
			want.Step = p.Step
			stop()
		}
	}
	if _, err := finetune.Train(ctx, d, l, &broken); !errors.Is(err, context.Canceled) {
		return fmt.Errorf("the training did not stop: %v", err)
	}
	if want.History, err = json.Marshal(whole.History); err != nil {
		return err
	}
	want.Epochs, want.Best, want.W, want.B = 3, whole.Best, whole.Layer.W, whole.Layer.B
	return nil
}

// makeRun trains by the defaults and keeps what Run writes.
func makeRun(ctx context.Context, dir string, d *finetune.Dataset, base []byte, want *golden.Head) error {
	tmp, err := os.MkdirTemp(dir, "run-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	o := &finetune.RunOptions{Out: tmp, Model: baseModel, Notes: []string{"a note"}}
	c := settings()
	c.Force = true
	r, err := finetune.Run(ctx, d, base, c, o)
	if err != nil {
		return err
	}
	for from, to := range map[string]string{
		finetune.TunedFile:  "tuned-1.onnx",
		finetune.HeadFile:   "head-1.safetensors",
		finetune.ReportFile: "report-1.json",
	} {
		if err := os.Rename(filepath.Join(tmp, from), filepath.Join(dir, to)); err != nil {
			return err
		}
	}
	h, err := finetune.LoadHead(filepath.Join(dir, "head-1.safetensors"))
	if err != nil {
		return err
	}
	*want = golden.Head{
		Labels: h.Labels, Dim: h.D, Weights: golden.Digest(h.Weights), Centers: golden.Digest(h.Centers),
		Loss: string(h.Loss), Margin: h.Margin, Scale: h.Scale, KnownDistance: h.KnownDistance, Model: r.TunedSHA256,
		Probe: normal(h.D),
	}
	found, err := h.Identify(want.Probe, 3)
	if err != nil {
		return err
	}
	for _, f := range found {
		want.Found = append(want.Found, golden.Candidate{
			Label: f.Label, Cosine: f.Cosine, Probability: f.Probability, Distance: f.Distance, Known: f.Known,
		})
	}
	return nil
}
