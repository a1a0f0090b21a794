package onnxgraph_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"faceid/internal/golden"
	"faceid/internal/ortest"
)

// close32 wants got to be want, to a part of the largest value of want.
func close32(t *testing.T, what string, got, want []float32, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	top := 0.01 // below that a value is next to nothing
	for _, v := range want {
		top = max(top, math.Abs(float64(v)))
	}
	for i := range want {
		if d := math.Abs(float64(got[i]) - float64(want[i])); !(d <= tol*top) {
			t.Fatalf("%s: value %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

func crops() []float32 {
	var x []float32
	for k := range 3 {
		x = append(x, golden.Tensor(golden.Crop(k), [3]int{0, 1, 2}, 127.5, 127.5)...)
	}
	return x
}

// TestGoldenEmbedders: the last layer of each kind is found with its weights, the trunk is tapped, the batch freed,
// and a tuned layer written back; the answers are those of plain loops.
func TestGoldenEmbedders(t *testing.T) {
	for _, e := range golden.ReadONNX(t).Embedders {
		t.Run(e.File, func(t *testing.T) {
			m := parse(t, golden.Read(t, "onnx", e.File))
			d, err := m.LastDense()
			if err != nil {
				t.Fatal(err)
			}
			if d.Op != e.Op || d.Trunk != e.Trunk || d.Dim != e.Dim || d.In != e.In || d.BatchNorm != e.BatchNorm {
				t.Fatalf("%s on %q, %d×%d, norm %v", d.Op, d.Trunk, d.Dim, d.In, d.BatchNorm)
			}
			close32(t, "W", d.W, e.W, 1e-6)
			close32(t, "b", d.B, e.B, 1e-6)
			for i, trunk := range e.Trunks {
				close32(t, "W·t + b", apply(d.W, d.B, trunk), e.Outputs[i], 1e-5)
			}
			if err := m.FreeBatch(); err != nil {
				t.Fatal(err)
			}
			if err := m.Tap(d.Trunk); err != nil {
				t.Fatal(err)
			}
			ask := func(w, b []float32) {
				if !ortest.Started(t) {
					return
				}
				got := ortest.Run(t, m.Bytes(), "input", crops(), []int64{3, 3, 112, 112}, e.Out, e.Trunk)
				close32(t, "trunks of a batch", got[1], slices.Concat(e.Trunks...), 1e-5)
				var want []float32
				for _, trunk := range e.Trunks {
					want = append(want, apply(w, b, trunk)...)
				}
				close32(t, "embeddings of a batch", got[0], want, 1e-5)
			}
			ask(e.W, e.B)
			w, b := slices.Clone(e.W), slices.Clone(e.B)
			for i := range w {
				w[i] = w[(i*7+3)%len(w)] / 2
			}
			for i := range b {
				b[i] = 1 - b[i]
			}
			if err := m.SetDense(w, b); err != nil {
				t.Fatal(err)
			}
			d, err = m.LastDense()
			if err != nil {
				t.Fatal(err)
			}
			close32(t, "W written back", d.W, w, 1e-5)
			close32(t, "b written back", d.B, b, 1e-5)
			ask(w, b)
		})
	}
}

// TestGoldenAnswers runs the detectors and the landmark model alone and, the batch freed, thrice at once.
func TestGoldenAnswers(t *testing.T) {
	want := golden.ReadONNX(t)
	gray := make([]float32, 64*64)
	for i, p := range golden.Gray(0) {
		gray[i] = float32(p) / 256
	}
	scene := golden.Scene()
	high := append(slices.Clone(scene), make([]byte, 3*golden.SceneW*16)...)
	for _, c := range []struct {
		file    string
		x       []float32
		shape   []int64
		answers []golden.Answer
	}{
		{"points68.onnx", gray, []int64{1, 1, 64, 64}, []golden.Answer{want.Points}},
		{"ultraface.onnx", golden.Tensor(scene, [3]int{0, 1, 2}, 127, 128), []int64{1, 3, 48, 64}, want.UltraFace},
		{"yunet.onnx", golden.Tensor(high, [3]int{2, 1, 0}, 0, 1), []int64{1, 3, 64, 64}, want.YuNet},
	} {
		t.Run(c.file, func(t *testing.T) {
			m := parse(t, golden.Read(t, "onnx", c.file))
			var outs []string
			for i, o := range m.Outputs() {
				outs = append(outs, o.Name)
				for k, s := range o.Sizes() {
					if s >= 0 && s != c.answers[i].Shape[k] {
						t.Errorf("%s is %v, want %v", o.Name, o.Sizes(), c.answers[i].Shape)
					}
				}
				if o.Name != c.answers[i].Output {
					t.Errorf("output %d is %s, want %s", i, o.Name, c.answers[i].Output)
				}
			}
			if err := m.FreeBatch(); err != nil {
				t.Fatal(err)
			}
			if !ortest.Started(t) {
				return
			}
			for _, n := range []int{1, 3} {
				b, shape := golden.Read(t, "onnx", c.file), slices.Clone(c.shape)
				if n > 1 {
					b, shape[0] = m.Bytes(), int64(n)
				}
				for i, got := range ortest.Run(t, b, "input", slices.Repeat(c.x, n), shape, outs...) {
					close32(t, fmt.Sprintf("%s, %d at once", outs[i], n), got, slices.Repeat(c.answers[i].Values, n),
						1e-5)
				}
			}
		})
	}
}
