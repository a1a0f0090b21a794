package finetune_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"faceid/finetune"
	"faceid/finetune/dense"
	"faceid/finetune/internal/synthetic"
	"faceid/internal/f32"
	"faceid/internal/golden"
	"faceid/internal/onnxgraph"
	"faceid/internal/onnxgraph/onnxtest"
	"faceid/internal/ortest"
)

// onlyIn fails unless a and b are equal outside the places of the given byte strings, which stand in a once each.
func onlyIn(t *testing.T, a, b []byte, places ...[]byte) {
	t.Helper()
	if len(a) != len(b) {
		t.Fatalf("the file went from %d to %d bytes", len(a), len(b))
	}
	free := make([]bool, len(a))
	for i, p := range places {
		at := bytes.Index(a, p)
		if at < 0 || bytes.Contains(a[at+1:], p) {
			t.Fatalf("place %d does not stand in the file once", i)
		}
		for k := range p {
			free[at+k] = true
		}
	}
	for i := range a {
		if a[i] != b[i] && !free[i] {
			t.Fatalf("byte %d changed, and it is not of the layer", i)
		}
	}
}

// TestExportDefault puts a changed layer into the default embedder and compares ONNX Runtime with Layer.Embed.
func TestExportDefault(t *testing.T) {
	ortest.Start(t)
	entry, base := ortest.Load(t, ortest.Store(t).Packs()[0].Embedder)
	l, err := finetune.LayerOf(base)
	if err != nil {
		t.Fatal(err)
	}
	tunedLayer := l.Clone()
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range tunedLayer.W {
		tunedLayer.W[i] += float32(0.01 * rng.NormFloat64())
	}
	for i := range tunedLayer.B {
		tunedLayer.B[i] += float32(0.1 * rng.NormFloat64())
	}
	before := bytes.Clone(base)
	tuned, err := dense.Export(base, tunedLayer)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(base, before) {
		t.Fatal("Export changed its argument")
	}
	onlyIn(t, base, tuned, onnxtest.LE(l.W), onnxtest.LE(l.B))
	if again, err := dense.Export(tuned, l); err != nil || !bytes.Equal(again, base) {
		t.Errorf("putting the old layer back does not give the old file: %v", err)
	}

	m, err := onnxgraph.Parse(bytes.Clone(tuned))
	if err != nil {
		t.Fatal(err)
	}
	d, err := m.LastDense()
	if err != nil {
		t.Fatal(err)
	}
	in, out := m.Inputs()[0].Name, m.Outputs()[0].Name
	if err := m.Tap(d.Trunk); err != nil {
		t.Fatal(err)
	}
	x := make([]float32, 3*entry.Input.Width*entry.Input.Height)
	for range 3 {
		for i := range x {
			x[i] = float32(2*rng.Float64() - 1)
		}
		shape := []int64{1, 3, int64(entry.Input.Height), int64(entry.Input.Width)}
		got := ortest.Run(t, m.Bytes(), in, x, shape, d.Trunk, out)
		plain := ortest.Run(t, tuned, in, x, shape, out)[0]
		want := make([]float32, l.D)
		tunedLayer.Embed(want, got[0])
		f32.Unit(got[1])
		f32.Unit(plain)
		golden.Near(t, "tapped", got[1], want, 1e-4)
		golden.Near(t, "as written", plain, want, 1e-4)
	}
}

// gemmNorm is a model x → Relu → Gemm → BatchNormalization → y, as many face models end.
func gemmNorm(dim, in int, init map[string][]float32) []byte {
	g := &onnxtest.Graph{}
	g.Node("Relu", []string{"x"}, []string{"trunk"})
	g.Node("Gemm", []string{"trunk", "W", "b"}, []string{"z"}, onnxtest.AttrI("transB", 1))
	g.Node("BatchNormalization", []string{"z", "scale", "shift", "mean", "variance"}, []string{"y"})
	g.Floats("W", onnxtest.Raw, init["W"], int64(dim), int64(in))
	for _, name := range []string{"b", "scale", "shift", "mean", "variance"} {
		g.Floats(name, onnxtest.Raw, init[name], int64(dim))
	}
	g.In("x", -1, int64(in))
	g.Out("y", -1, int64(dim))
	return g.Model()
}

// testModel returns a Gemm + BatchNormalization model with random weights, and their values.
func testModel(dim, in int) ([]byte, map[string][]float32) {
	rng := rand.New(rand.NewPCG(5, 5))
	init := map[string][]float32{}
	for _, p := range []struct {
		name string
		n    int
	}{{"W", dim * in}, {"b", dim}, {"scale", dim}, {"shift", dim}, {"mean", dim}, {"variance", dim}} {
		v := make([]float32, p.n)
		for i := range v {
			v[i] = float32(rng.NormFloat64())
			if p.name == "variance" || p.name == "scale" {
				v[i] = v[i]*v[i] + 0.2
			}
		}
		init[p.name] = v
	}
	return gemmNorm(dim, in, init), init
}

// TestExportGemmNorm trains the layer of a Gemm + BatchNormalization model by Run and compares ONNX Runtime on the
// file written with the embeddings of the layer.
func TestExportGemmNorm(t *testing.T) {
	const dim, in = 12, 24
	model, init := testModel(dim, in)
	d, _ := synthetic.World{People: 60, T: in, D: dim, Photos: synthetic.Each(5),
		Kinds: []string{"noisy"}, Seed: 30}.Make(t)
	for i, v := range d.X { // behind a Relu
		d.X[i] = max(v, 0)
	}
	out := filepath.Join(t.TempDir(), "new", "folder")
	c := small()
	c.Force = true
	if _, err := finetune.Run(context.Background(), d, model, c, &finetune.RunOptions{Out: out}); err != nil {
		t.Fatal(err)
	}
	tuned, err := os.ReadFile(filepath.Join(out, finetune.TunedFile))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(tuned, model) {
		t.Fatal("training changed nothing")
	}
	onlyIn(t, model, tuned, onnxtest.LE(init["W"]), onnxtest.LE(init["b"]))
	if same, err := dense.SameTrunk(model, tuned); err != nil || !same {
		t.Errorf("the tuned model's trunk is another one: %v", err)
	}
	init["scale"][3] *= 1.01
	if same, err := dense.SameTrunk(gemmNorm(dim, in, init), tuned); err != nil || same {
		t.Errorf("a model with another normalisation passes for the same: %v", err)
	}
	ortest.Start(t)
	l, err := finetune.LayerOf(tuned)
	if err != nil {
		t.Fatal(err)
	}
	n := 50
	got := ortest.Run(t, tuned, "x", d.X[:n*in], []int64{int64(n), in}, "y")[0]
	want := make([]float32, n*dim)
	l.Embed(want, d.X[:n*in])
	for i := range n {
		f32.Unit(got[i*dim : (i+1)*dim])
	}
	golden.Near(t, "embeddings", got, want, 1e-4)
}
