package finetune_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"faceid/finetune"
	"faceid/internal/gemm"
	"faceid/internal/golden"
)

// features opens the golden cache.
func features(t *testing.T) (*finetune.Dataset, *golden.Training) {
	t.Helper()
	want := golden.ReadTraining(t)
	d, err := finetune.LoadDataset(golden.Path(t, "formats", "features-1.safetensors"), want.Features.Key)
	if err != nil {
		t.Fatal(err)
	}
	return d, want
}

// TestGoldenFeatures opens a cache of version 1: the same rows in the same order, bit for bit, and as it would be
// written today.
func TestGoldenFeatures(t *testing.T) {
	d, want := features(t)
	var rows []golden.View
	for i := range d.Len() {
		rows = append(rows, golden.View{
			Person: d.People[d.Person[i]], Photo: d.Photos[d.Photo[i]], Kind: d.Kinds[d.Kind[i]],
		})
	}
	if !slices.Equal(rows, want.Features.Rows) {
		t.Errorf("%d rows, want %d, or other ones", len(rows), len(want.Features.Rows))
	}
	w := want.Features
	if d.T != w.Trunk || !slices.Equal(d.X[:d.T], w.First) || golden.Digest(d.X) != w.Values {
		t.Error("other trunk features")
	}
	if _, err := finetune.LoadDataset(golden.Path(t, "formats", "features-1.safetensors"), "another key"); err == nil {
		t.Error("it opens with another key")
	}
	path := filepath.Join(t.TempDir(), "again")
	if err := d.Save(path, want.Features.Key); err != nil {
		t.Fatal(err)
	}
	asWritten(t, path, "features-1.safetensors")
}

// asWritten wants the file to be the golden, byte for byte.
func asWritten(t *testing.T, path, name string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, golden.Read(t, "formats", name)) {
		t.Errorf("%s is written otherwise now: if it is to be, raise the format's version and add a golden", name)
	}
}

// TestGoldenHead opens a head of version 1: the same people, bits and answers.
func TestGoldenHead(t *testing.T) {
	want := golden.ReadTraining(t).Head
	h, err := finetune.LoadHead(golden.Path(t, "formats", "head-1.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	got := golden.Head{
		Labels: h.Labels, Dim: h.D, Weights: golden.Digest(h.Weights), Centers: golden.Digest(h.Centers),
		Loss: string(h.Loss), Margin: h.Margin, Scale: h.Scale, KnownDistance: h.KnownDistance, Model: h.Model,
		Probe: want.Probe, Found: want.Found,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	sum := sha256.Sum256(golden.Read(t, "formats", "tuned-1.onnx"))
	if h.Model != hex.EncodeToString(sum[:]) {
		t.Errorf("it belongs to the model %s", h.Model)
	}
	found, err := h.Identify(want.Probe, len(want.Found))
	if err != nil || len(found) != len(want.Found) {
		t.Fatalf("%v, %v", found, err)
	}
	for i, w := range want.Found { // kernels add in different orders
		f := found[i]
		if f.Label != w.Label || f.Known != w.Known || math.Abs(f.Cosine-w.Cosine) > 1e-5 ||
			math.Abs(f.Distance-w.Distance) > 1e-5 || math.Abs(f.Probability-w.Probability) > 1e-5 {
			t.Errorf("place %d: %+v, want %+v", i, f, w)
		}
	}
	path := filepath.Join(t.TempDir(), "again")
	if err := h.Save(path); err != nil {
		t.Fatal(err)
	}
	asWritten(t, path, "head-1.safetensors")
}

// TestGoldenCheckpoint goes on from a checkpoint of version 1, with every kernel: it is taken, the curve up to the
// break is its own, and the end is that of the training that nobody broke off. A new setting must leave the
// checkpoint's key as it is: give it omitzero in JSON, and zero the meaning of what was done before.
func TestGoldenCheckpoint(t *testing.T) {
	defer gemm.Use(gemm.Kernel())
	for _, kernel := range gemm.Kernels() {
		t.Run(kernel, func(t *testing.T) {
			gemm.Use(kernel)
			goldenCheckpoint(t)
		})
	}
}

func goldenCheckpoint(t *testing.T) {
	t.Helper()
	d, r := features(t)
	want := r.Checkpoint
	l, err := finetune.LayerOf(golden.Read(t, "onnx", "embedder-gemm-bn.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	var c finetune.Config
	if err := json.Unmarshal(want.Config, &c); err != nil {
		t.Fatal(err)
	}
	c.Checkpoint, c.Resume = golden.Copy(t, "formats", "checkpoint-1.safetensors"), true
	first := 0
	c.Progress = func(p finetune.Progress) {
		if first == 0 {
			first = p.Step
		}
	}
	got := train(t, d, l, &c)
	if first != want.Step+1 {
		t.Errorf("it goes on with step %d, want %d", first, want.Step+1)
	}
	var history []finetune.Epoch
	if err := json.Unmarshal(want.History, &history); err != nil {
		t.Fatal(err)
	}
	if len(got.History) != len(history) || got.Best != want.Best {
		t.Fatalf("%d epochs, the best is %d; want %d and %d", len(got.History), got.Best, len(history), want.Best)
	}
	for i, w := range history {
		g := got.History[i]
		if i < want.Epochs && fmt.Sprint(g) != fmt.Sprint(w) {
			t.Errorf("epoch %d of the checkpoint is %+v, want %+v", i, g, w)
		}
		if i > 0 && math.Abs(g.Loss-w.Loss) > 1e-3*w.Loss {
			t.Errorf("epoch %d: loss %v, want %v", i, g.Loss, w.Loss)
		}
	}
	golden.Near(t, "W at the end", got.Layer.W, want.W, 1e-3) // kernels add in different orders
	golden.Near(t, "b at the end", got.Layer.B, want.B, 1e-3)
}

// TestGoldenReport reads a report of version 1 and writes it again: every field and figure is there.
func TestGoldenReport(t *testing.T) {
	b := golden.Read(t, "formats", "report-1.json")
	var r finetune.Report
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	if r.Version != 1 || !r.Written || r.Gate == nil || r.TunedSHA256 != golden.ReadTraining(t).Head.Model {
		t.Errorf("version %d, written %v, gate %v, tuned model %s", r.Version, r.Written, r.Gate, r.TunedSHA256)
	}
	again, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var got, want any
	if err := json.Unmarshal(again, &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	holds(t, "report", got, want)
}

// holds wants everything in want to be in got; got may have more fields.
func holds(t *testing.T, at string, got, want any) {
	t.Helper()
	switch w := want.(type) {
	case map[string]any:
		g, _ := got.(map[string]any)
		for k := range w {
			if _, ok := g[k]; !ok {
				t.Errorf("%s has no %s any more", at, k)
				continue
			}
			holds(t, at+"."+k, g[k], w[k])
		}
	case []any:
		g, _ := got.([]any)
		if len(g) != len(w) {
			t.Errorf("%s has %d elements, want %d", at, len(g), len(w))
			return
		}
		for i := range w {
			holds(t, fmt.Sprintf("%s[%d]", at, i), g[i], w[i])
		}
	default:
		if got != want {
			t.Errorf("%s is %v, want %v", at, got, want)
		}
	}
}
