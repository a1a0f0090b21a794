package finetune_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	ort "github.com/yalue/onnxruntime_go"
	"google.golang.org/protobuf/encoding/protowire"

	"faceid/finetune"
	"faceid/internal/onnxgraph"
	"faceid/models"
)

func missing(t testing.TB, err error) {
	t.Helper()
	if os.Getenv("FACEID_REQUIRE_ORT") == "1" {
		t.Fatal(err)
	}
	t.Skipf("no ONNX Runtime library or model at hand: %v", err)
}

// atHand returns the store of models without a network, with ONNX Runtime started.
func atHand(t testing.TB) *models.Store {
	t.Helper()
	s, err := models.Open(&models.Options{Offline: true})
	if err != nil {
		t.Fatal(err)
	}
	if ort.IsInitialized() {
		return s
	}
	lib, err := s.Runtime(t.Context(), "")
	if err != nil {
		missing(t, err)
	}
	ort.SetSharedLibraryPath(lib)
	if err := ort.InitializeEnvironment(); err != nil {
		t.Fatal(err)
	}
	return s
}

// defaultEmbedder is the name of the first embedder of the catalogue.
func defaultEmbedder(t testing.TB, s *models.Store) string {
	t.Helper()
	for _, e := range s.Entries() {
		if e.Role == models.RoleEmbedder {
			return e.Name
		}
	}
	t.Fatal("the catalogue has no embedder")
	return ""
}

// infer runs a model on x and returns its outputs, flattened.
func infer(t testing.TB, onnx []byte, in string, x []float32, shape []int64, outs ...string) [][]float32 {
	t.Helper()
	s, err := ort.NewDynamicAdvancedSessionWithONNXData(onnx, []string{in}, outs, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Destroy()
	v, err := ort.NewTensor(ort.NewShape(shape...), x)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Destroy()
	got := make([]ort.Value, len(outs))
	if err := s.Run([]ort.Value{v}, got); err != nil {
		t.Fatal(err)
	}
	var all [][]float32
	for _, g := range got {
		all = append(all, append([]float32(nil), g.(*ort.Tensor[float32]).GetData()...))
		g.Destroy()
	}
	return all
}

func normalise(v []float32) {
	var s float64
	for _, x := range v {
		s += float64(x) * float64(x)
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(s))
	}
}

func near(t *testing.T, what string, got, want []float32, most float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i := range got {
		if d := math.Abs(float64(got[i] - want[i])); !(d <= most) {
			t.Fatalf("%s: value %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

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

func le(v []float32) []byte {
	var b []byte
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

// TestExportDefault puts a changed layer into the default embedder and compares ONNX Runtime with Layer.Embed.
func TestExportDefault(t *testing.T) {
	s := atHand(t)
	entry, base, err := s.Load(t.Context(), defaultEmbedder(t, s))
	if err != nil {
		missing(t, err)
	}
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
	tuned, err := finetune.Export(base, tunedLayer)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(base, before) {
		t.Fatal("Export changed its argument")
	}
	onlyIn(t, base, tuned, le(l.W), le(l.B))
	if again, err := finetune.Export(tuned, l); err != nil || !bytes.Equal(again, base) {
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
		got := infer(t, m.Bytes(), in, x, shape, d.Trunk, out)
		plain := infer(t, tuned, in, x, shape, out)[0]
		want := make([]float32, l.D)
		tunedLayer.Embed(want, got[0])
		normalise(got[1])
		normalise(plain)
		near(t, "tapped", got[1], want, 1e-4)
		near(t, "as written", plain, want, 1e-4)
	}
}

// pb helps to write a ModelProto by hand.
func pb(num protowire.Number, parts ...[]byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, num, protowire.BytesType), bytes.Join(parts, nil))
}
func pbs(num protowire.Number, s string) []byte { return pb(num, []byte(s)) }
func pbv(num protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, num, protowire.VarintType), v)
}

// gemmNorm is a model x → Relu → Gemm → BatchNormalization → y, as many face models end.
func gemmNorm(dim, in int, init map[string][]float32) []byte {
	node := func(op, out string, attr []byte, ins ...string) []byte {
		var b []byte
		for _, s := range ins {
			b = append(b, pbs(1, s)...)
		}
		return pb(1, b, pbs(2, out), pbs(4, op), attr)
	}
	value := func(num protowire.Number, name string, n int) []byte {
		shape := pb(2, pb(1, pbs(2, "N")), pb(1, pbv(1, uint64(n))))
		return pb(num, pbs(1, name), pb(2, pb(1, pbv(1, 1), shape)))
	}
	graph := bytes.Join([][]byte{
		node("Relu", "trunk", nil, "x"),
		node("Gemm", "z", pb(5, pbs(1, "transB"), pbv(3, 1), pbv(20, 2)), "trunk", "W", "b"),
		node("BatchNormalization", "y", nil, "z", "scale", "shift", "mean", "variance"),
		pbs(2, "test"),
	}, nil)
	for _, name := range []string{"W", "b", "scale", "shift", "mean", "variance"} {
		dims := pbv(1, uint64(dim))
		if name == "W" {
			dims = append(dims, pbv(1, uint64(in))...)
		}
		graph = append(graph, pb(5, dims, pbv(2, 1), pbs(8, name), pb(9, le(init[name])))...)
	}
	graph = append(graph, value(11, "x", in)...)
	graph = append(graph, value(12, "y", dim)...)
	return bytes.Join([][]byte{pbv(1, 6), pbs(2, "finetune test"), pb(7, graph), pb(8, pbs(1, ""), pbv(2, 11))}, nil)
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
	d, _ := world{people: 60, t: in, d: dim, photos: each(5), kinds: []string{"noisy"}, seed: 30}.make(t)
	for i, v := range d.X { // behind a Relu
		d.X[i] = max(v, 0)
	}
	out := filepath.Join(t.TempDir(), "new", "folder")
	if _, err := finetune.Run(context.Background(), d, model, small(), &finetune.RunOptions{Out: out, Force: true}); err != nil {
		t.Fatal(err)
	}
	tuned, err := os.ReadFile(filepath.Join(out, finetune.TunedFile))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(tuned, model) {
		t.Fatal("training changed nothing")
	}
	onlyIn(t, model, tuned, le(init["W"]), le(init["b"]))
	if same, err := finetune.SameTrunk(model, tuned); err != nil || !same {
		t.Errorf("the tuned model's trunk is another one: %v", err)
	}
	init["scale"][3] *= 1.01
	if same, err := finetune.SameTrunk(gemmNorm(dim, in, init), tuned); err != nil || same {
		t.Errorf("a model with another normalisation passes for the same: %v", err)
	}
	atHand(t)
	l, err := finetune.LayerOf(tuned)
	if err != nil {
		t.Fatal(err)
	}
	n := 50
	got := infer(t, tuned, "x", d.X[:n*in], []int64{int64(n), in}, "y")[0]
	want := make([]float32, n*dim)
	l.Embed(want, d.X[:n*in])
	for i := range n {
		normalise(got[i*dim : (i+1)*dim])
	}
	near(t, "embeddings", got, want, 1e-4)
}
