package dense_test

import (
	"bytes"
	"slices"
	"testing"

	"faceid/finetune/dense"
	"faceid/internal/f32"
	"faceid/internal/golden"
	"faceid/internal/ortest"
)

// TestGoldenEmbedders: the layer of each kind of model answers what plain loops computed; a tuned one is written back,
// and ONNX Runtime answers with it on the same trunk.
func TestGoldenEmbedders(t *testing.T) {
	for _, e := range golden.ReadONNX(t).Embedders {
		t.Run(e.File, func(t *testing.T) {
			base := golden.Read(t, "onnx", e.File)
			l, err := dense.LayerOf(base)
			if err != nil {
				t.Fatal(err)
			}
			if l.D != e.Dim || l.T != e.In {
				t.Fatalf("layer %d × %d, want %d × %d", l.D, l.T, e.Dim, e.In)
			}
			golden.Near(t, "W", l.W, e.W, 1e-6)
			golden.Near(t, "b", l.B, e.B, 1e-6)
			tuned := l.Clone()
			for i := range tuned.W {
				tuned.W[i] += float32(i%7-3) / 64
			}
			for i := range tuned.B {
				tuned.B[i] -= float32(i%3) / 8
			}
			before := bytes.Clone(base)
			file, err := dense.Export(base, tuned)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(base, before) || bytes.Equal(file, base) {
				t.Error("Export changed its argument, or nothing")
			}
			if same, err := dense.SameTrunk(base, file); err != nil || !same {
				t.Errorf("the tuned model's trunk is another one: %v", err)
			}
			back, err := dense.LayerOf(file)
			if err != nil {
				t.Fatal(err)
			}
			golden.Near(t, "tuned W", back.W, tuned.W, 1e-5)
			golden.Near(t, "tuned b", back.B, tuned.B, 1e-5)

			ortest.Start(t)
			for k, trunk := range e.Trunks {
				x := golden.Tensor(golden.Crop(k), [3]int{0, 1, 2}, 127.5, 127.5)
				for _, c := range []struct {
					file []byte
					l    dense.Layer
				}{{base, l}, {file, tuned}} {
					got := ortest.Run(t, c.file, "input", x, []int64{1, 3, 112, 112}, e.Out)[0]
					want := make([]float32, e.Dim)
					c.l.Embed(want, trunk)
					raw := slices.Clone(got)
					f32.Unit(got)
					golden.Near(t, "embedding", got, want, 1e-5)
					if &c.file[0] == &base[0] {
						golden.Near(t, "raw output", raw, e.Outputs[k], 1e-4)
					}
				}
			}
		})
	}
}
