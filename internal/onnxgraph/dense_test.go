package onnxgraph_test

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"faceid/internal/onnxgraph"
	"faceid/internal/ortest"
)

const dim, in = 5, 7 // of the test layers

// layer is a small graph that ends in a dense layer.
type layer struct {
	name  string
	op    string
	norm  bool
	noB   bool     // neither a bias nor a BatchNormalization: b must be zero
	where []string // initializers that SetDense may change
	build func(l *builder)
}

// builder makes a layer with random weights and remembers their bytes.
type builder struct {
	graph
	r    *rand.Rand
	vals map[string][]float32
}

func (l *builder) random(name string, how form, dims ...int64) {
	l.Floats(name, how, l.values(name, dims...), dims...)
}

func (l *builder) values(name string, dims ...int64) []float32 {
	n := int64(1)
	for _, d := range dims {
		n *= d
	}
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(l.r.NormFloat64())
		if name == "variance" {
			v[i] = v[i]*v[i] + 0.1
		}
	}
	l.vals[name] = v
	return v
}

// bn adds a BatchNormalization with random parameters.
func (l *builder) bn(from, to string) {
	for _, p := range []string{"scale", "shift", "mean", "variance"} {
		l.random(p, raw, dim)
	}
	l.Node("BatchNormalization", []string{from, "scale", "shift", "mean", "variance"}, []string{to},
		attrF("epsilon", 2e-5))
}

// flat begins with a Flatten, so that the trunk is [N, in].
func (l *builder) flat() {
	l.In("x", 1, in, 1, 1)
	l.Node("Flatten", []string{"x"}, []string{"trunk"}, attrI("axis", 1))
}

// pooled begins with a global pooling, so that the trunk is [N, in, 1, 1].
func (l *builder) pooled() {
	l.In("x", 1, in, 2, 3)
	l.Node("GlobalAveragePool", []string{"x"}, []string{"trunk"})
}

var layers = []layer{
	{"Gemm", "Gemm", false, false, []string{"W", "b"}, func(l *builder) {
		l.flat()
		l.random("W", raw, dim, in)
		l.random("b", raw, dim)
		l.Node("Gemm", []string{"trunk", "W", "b"}, []string{"y"}, attrI("transB", 1))
	}},
	{"Gemm alpha beta, not transposed", "Gemm", false, false, []string{"W", "b"}, func(l *builder) {
		l.flat()
		l.random("W", packed, in, dim)
		l.random("b", unpacked, 1, dim)
		l.Node("Gemm", []string{"trunk", "W", "b"}, []string{"y"}, attrF("alpha", 0.5), attrF("beta", -3))
	}},
	{"Gemm without bias but with beta, and Add", "Gemm", false, false, []string{"W", "b"}, func(l *builder) {
		l.flat()
		l.random("W", raw, dim, in)
		l.random("b", raw, dim)
		l.Node("Gemm", []string{"trunk", "W"}, []string{"z"}, attrI("transB", 1), attrF("beta", 3))
		l.Node("Add", []string{"z", "b"}, []string{"y"})
	}},
	{"Gemm + BatchNormalization", "Gemm", true, false, []string{"W", "b"}, func(l *builder) {
		l.flat()
		l.random("W", raw, dim, in)
		l.random("b", raw, dim)
		l.Node("Gemm", []string{"trunk", "W", "b"}, []string{"z"}, attrI("transB", 1))
		l.bn("z", "y")
	}},
	{"Gemm without bias + BatchNormalization", "Gemm", true, false, []string{"W", "shift"}, func(l *builder) {
		l.flat()
		l.random("W", raw, dim, in)
		l.Node("Gemm", []string{"trunk", "W"}, []string{"z"}, attrI("transB", 1), attrF("alpha", 2))
		l.bn("z", "y")
	}},
	{"MatMul + Add", "MatMul", false, false, []string{"W", "b"}, func(l *builder) {
		l.flat()
		l.random("W", raw, in, dim)
		l.random("b", raw, dim)
		l.Node("MatMul", []string{"trunk", "W"}, []string{"z"})
		l.Node("Add", []string{"z", "b"}, []string{"y"})
	}},
	{"Add + MatMul, the bias first and packed", "MatMul", false, false, []string{"W", "b"}, func(l *builder) {
		l.flat()
		l.random("W", packed, in, dim)
		l.random("b", packed, dim)
		l.Node("MatMul", []string{"trunk", "W"}, []string{"z"})
		l.Node("Add", []string{"b", "z"}, []string{"y"})
	}},
	{"MatMul + Add + BatchNormalization", "MatMul", true, false, []string{"W", "b"}, func(l *builder) {
		l.flat()
		l.random("W", raw, in, dim)
		l.random("b", raw, dim)
		l.Node("MatMul", []string{"trunk", "W"}, []string{"z"})
		l.Node("Add", []string{"z", "b"}, []string{"u"})
		l.bn("u", "y")
	}},
	{"MatMul alone", "MatMul", false, true, []string{"W"}, func(l *builder) {
		l.flat()
		l.random("W", raw, in, dim)
		l.Node("MatMul", []string{"trunk", "W"}, []string{"y"})
	}},
	{"Conv + Reshape", "Conv", false, false, []string{"W", "b"}, func(l *builder) {
		l.pooled()
		l.random("W", raw, dim, in, 1, 1)
		l.random("b", raw, dim)
		l.Ints("shape", true, 1, -1)
		l.Node("Conv", []string{"trunk", "W", "b"}, []string{"z"}, attrInts("kernel_shape", 1, 1))
		l.Node("Reshape", []string{"z", "shape"}, []string{"y"})
	}},
	{"Conv + BatchNormalization + Flatten", "Conv", true, false, []string{"W", "b"}, func(l *builder) {
		l.pooled()
		l.random("W", unpacked, dim, in, 1, 1)
		l.random("b", packed, dim)
		l.Node("Conv", []string{"trunk", "W", "b"}, []string{"z"}, attrInts("kernel_shape", 1, 1),
			attrInts("pads", 0, 0, 0, 0))
		l.bn("z", "u")
		l.Node("Flatten", []string{"u"}, []string{"y"})
	}},
	{"Conv without bias + Squeeze + BatchNormalization", "Conv", true, false, []string{"W", "shift"}, func(l *builder) {
		l.pooled()
		l.random("W", raw, dim, in, 1, 1)
		l.Node("Conv", []string{"trunk", "W"}, []string{"z"}, attrInts("kernel_shape", 1, 1))
		l.Node("Squeeze", []string{"z"}, []string{"u"}, attrInts("axes", 2, 3))
		l.bn("u", "y")
	}},
	{"Dropout, Identity, Constant weights", "Gemm", false, false, []string{"W", "b"}, func(l *builder) {
		l.flat()
		l.Node("Constant", nil, []string{"W"}, attrT("value", floats("", raw, l.values("W", in, dim), in, dim)))
		l.random("b", raw, dim)
		l.Node("Identity", []string{"b"}, []string{"b2"})
		l.Node("Gemm", []string{"trunk", "W", "b2"}, []string{"z"})
		l.Node("Dropout", []string{"z"}, []string{"u"})
		l.Node("Identity", []string{"u"}, []string{"y"})
	}},
}

func (l layer) make(seed uint64) *builder {
	b := &builder{r: rand.New(rand.NewPCG(seed, 1)), vals: map[string][]float32{}}
	l.build(b)
	b.Out("y", 1, dim)
	return b
}

func parse(t testing.TB, b []byte) *onnxgraph.Model {
	t.Helper()
	m, err := onnxgraph.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// near reports whether two values agree to float32 rounding of a sum of some terms of size scale.
func near(a, b float32, scale float64) bool { return math.Abs(float64(a-b)) <= 1e-5*(1+scale) }

// apply computes w·x + b for one trunk feature.
func apply(w, b, x []float32) []float32 {
	y := make([]float32, len(b))
	for i := range y {
		s := float64(b[i])
		for j, v := range x {
			s += float64(w[i*len(x)+j]) * float64(v)
		}
		y[i] = float32(s)
	}
	return y
}

// checkMap runs the model and compares its output with w·trunk + b.
func checkMap(t *testing.T, m *onnxgraph.Model, trunk string, w, b []float32) {
	t.Helper()
	if !ortest.Started(t) {
		return
	}
	tapped := parse(t, m.Bytes())
	if err := tapped.Tap(trunk); err != nil {
		t.Fatal(err)
	}
	shape := tapped.Inputs()[0].Sizes()
	shape[0] = 1
	x := make([]float32, shape[1]*shape[2]*shape[3])
	for i := range x {
		x[i] = float32(math.Sin(float64(3*i + 1)))
	}
	got := ortest.Run(t, tapped.Bytes(), tapped.Inputs()[0].Name, x, shape, tapped.Outputs()[0].Name, trunk)
	for i, want := range apply(w, b, got[1]) {
		if !near(got[0][i], want, 10*math.Abs(float64(want))) {
			t.Errorf("output %d is %g, want %g", i, got[0][i], want)
		}
	}
}

func TestDense(t *testing.T) {
	for seed, l := range layers {
		t.Run(l.name, func(t *testing.T) {
			g := l.make(uint64(seed))
			file := g.Model()
			before := bytes.Clone(file)
			m := parse(t, file)
			d, err := m.LastDense()
			if err != nil {
				t.Fatal(err)
			}
			if d.Op != l.op || d.BatchNorm != l.norm || d.Trunk != "trunk" || d.Dim != dim || d.In != in {
				t.Fatalf("got %+v", d)
			}
			checkMap(t, m, d.Trunk, d.W, d.B)

			w, b := make([]float32, dim*in), make([]float32, dim)
			for i := range w {
				w[i] = float32(g.r.NormFloat64())
			}
			for i := range b {
				if !l.noB {
					b[i] = float32(g.r.NormFloat64())
				}
			}
			if err := m.SetDense(w, b); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(file, before) {
				t.Error("the caller's bytes were changed")
			}
			checkBytes(t, file, m.Bytes(), g.vals, l.where)
			checkMap(t, m, d.Trunk, w, b)
			again, err := parse(t, m.Bytes()).LastDense()
			if err != nil {
				t.Fatal(err)
			}
			for i := range w {
				if !near(again.W[i], w[i], math.Abs(float64(w[i]))) {
					t.Errorf("W[%d] reads back as %g, not %g", i, again.W[i], w[i])
				}
			}
			for i := range b {
				if !near(again.B[i], b[i], 10) {
					t.Errorf("b[%d] reads back as %g, not %g", i, again.B[i], b[i])
				}
			}
		})
	}
}

// checkBytes fails if the files differ anywhere but in the values of the initializers named.
func checkBytes(t *testing.T, old, new []byte, vals map[string][]float32, where []string) {
	t.Helper()
	if len(old) != len(new) {
		t.Fatalf("%d bytes became %d", len(old), len(new))
	}
	allowed := make([]bool, len(old))
	for _, name := range where {
		changed := false
		for _, part := range places(t, old, vals[name]) {
			for i := part; i < part+4; i++ {
				allowed[i] = true
				changed = changed || old[i] != new[i]
			}
		}
		if !changed {
			t.Errorf("the values of %s did not change", name)
		}
	}
	for i := range old {
		if old[i] != new[i] && !allowed[i] {
			t.Fatalf("byte %d changed, which belongs to none of %q", i, where)
		}
	}
}

// places returns where each of the values stands in the file: side by side, or each behind its own tag.
func places(t *testing.T, file []byte, v []float32) []int {
	t.Helper()
	var at []int
	if i := bytes.Index(file, le(v)); i >= 0 {
		for k := range v {
			at = append(at, i+4*k)
		}
		return at
	}
	for _, x := range v {
		i := bytes.Index(file, f32(4, x))
		if i < 0 {
			t.Fatalf("value %g is not in the file", x)
		}
		at = append(at, i+1)
	}
	return at
}

// TestZeroScale has a BatchNormalization that shuts off channels 1 and 3. Left as they are they change no byte; wanted
// otherwise, channel 3 gets the scale that makes its factor 1.
func TestZeroScale(t *testing.T) {
	for _, bias := range []bool{true, false} {
		l := &builder{r: rand.New(rand.NewPCG(1, 2)), vals: map[string][]float32{}}
		l.flat()
		l.random("W", raw, dim, in)
		ins := []string{"trunk", "W"}
		if bias {
			l.random("b", raw, dim)
			ins = append(ins, "b")
		}
		l.Node("Gemm", ins, []string{"z"}, attrI("transB", 1))
		for _, p := range []string{"shift", "mean", "variance"} {
			l.random(p, raw, dim)
		}
		scale := []float32{1.5, 0, -2, 0, 0.25}
		l.Floats("scale", raw, scale, dim)
		l.Node("BatchNormalization", []string{"z", "scale", "shift", "mean", "variance"}, []string{"y"})
		l.Out("y", 1, dim)
		m := parse(t, l.Model())
		d, err := m.LastDense()
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range []int{1, 3} {
			for j := range in {
				if d.W[i*in+j] != 0 {
					t.Errorf("W[%d,%d] is %g", i, j, d.W[i*in+j])
				}
			}
		}
		w, b := bytesOf(d)
		for j := range in {
			w[3*in+j] = float32(j) - 2.5
		}
		w[0]++
		if err := m.SetDense(w, b); err != nil {
			t.Fatal(err)
		}
		checkMap(t, m, d.Trunk, w, b)
		at := bytes.Index(l.Model(), le(scale))
		got := m.Bytes()[at : at+20]
		for i := range scale {
			same := bytes.Equal(got[4*i:4*i+4], le(scale[i:i+1]))
			if same == (i == 3) {
				t.Errorf("bias %v: scale %d: same %v", bias, i, same)
			}
		}
	}
}

// bytesOf returns copies of the layer's weights.
func bytesOf(d *onnxgraph.Dense) (w, b []float32) {
	return append([]float32(nil), d.W...), append([]float32(nil), d.B...)
}

func TestSetDenseRefused(t *testing.T) {
	g := layers[0].make(9)
	m := parse(t, g.Model())
	d, err := m.LastDense()
	if err != nil {
		t.Fatal(err)
	}
	nan, inf := bytesOf(d)
	nan[3], inf[2] = float32(math.NaN()), float32(math.Inf(-1))
	for name, c := range map[string][2][]float32{
		"short W": {d.W[1:], d.B}, "short b": {d.W, d.B[1:]}, "nothing": {nil, nil}, "NaN": {nan, d.B},
		"an infinity": {d.W, inf},
	} {
		if err := m.SetDense(c[0], c[1]); !errors.Is(err, onnxgraph.ErrWeights) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !bytes.Equal(m.Bytes(), g.Model()) {
		t.Error("a refused SetDense changed the model")
	}
	alone := parse(t, layers[8].make(9).Model())
	if d, err = alone.LastDense(); err != nil {
		t.Fatal(err)
	}
	if err := alone.SetDense(d.W, []float32{0, 0, 1, 0, 0}); !errors.Is(err, onnxgraph.ErrWeights) {
		t.Errorf("a bias with nowhere to go: %v", err)
	}
	// The same weights used twice.
	l := &builder{r: rand.New(rand.NewPCG(3, 4)), vals: map[string][]float32{}}
	l.In("x", 1, dim, 1, 1)
	l.Node("Flatten", []string{"x"}, []string{"f"})
	l.random("W", raw, dim, dim)
	l.Node("Gemm", []string{"f", "W"}, []string{"trunk"})
	l.Node("Gemm", []string{"trunk", "W"}, []string{"y"})
	l.Out("y", 1, dim)
	twice := parse(t, l.Model())
	if err := twice.SetDense(make([]float32, dim*dim), make([]float32, dim)); !errors.Is(err, onnxgraph.ErrWeights) ||
		!strings.Contains(err.Error(), "another place") {
		t.Errorf("shared weights: %v", err)
	}
}

func TestNoDense(t *testing.T) {
	for name, c := range map[string]struct {
		build func(l *builder)
		says  []string
	}{
		"an activation at the end": {func(l *builder) {
			l.flat()
			l.Node("Relu", []string{"trunk"}, []string{"u"})
			l.Node("Identity", []string{"u"}, []string{"y"})
		}, []string{"Identity", `Relu node u["u"]`}},
		"a depthwise convolution": {func(l *builder) {
			l.pooled()
			l.random("W", raw, dim, 1, 1, 1)
			l.Node("Conv", []string{"trunk", "W"}, []string{"y"}, attrI("group", dim))
		}, []string{"groups", "Conv"}},
		"a map larger than a pixel": {func(l *builder) {
			l.In("x", 1, in, 2, 2)
			l.random("W", raw, dim, in, 1, 1)
			l.Node("Conv", []string{"x", "W"}, []string{"u"})
			l.Node("Flatten", []string{"u"}, []string{"y"})
			l.Info("u", 1, dim, 2, 2)
		}, []string{"1×1", "Flatten", "Conv"}},
		"half precision": {func(l *builder) {
			l.flat()
			l.Inits = append(l.Inits, msg(5, num(1, in), num(1, dim), num(2, 10), str(8, "W"),
				msg(9, make([]byte, 2*in*dim)))...)
			l.Node("MatMul", []string{"trunk", "W"}, []string{"y"})
		}, []string{"float16", "MatMul"}},
		"too few values": {func(l *builder) {
			l.flat()
			l.Floats("W", raw, make([]float32, 3), in, dim)
			l.Node("MatMul", []string{"trunk", "W"}, []string{"y"})
		}, []string{"12 bytes"}},
		"a huge shape": {func(l *builder) {
			l.flat()
			l.Floats("W", raw, nil, 1<<31, 1<<31)
			l.Node("MatMul", []string{"trunk", "W"}, []string{"y"})
		}, []string{"weights of shape"}},
		"computed weights": {func(l *builder) {
			l.flat()
			l.Node("Exp", []string{"trunk"}, []string{"W"})
			l.Node("MatMul", []string{"trunk", "W"}, []string{"y"})
		}, []string{`"W" are not stored`}},
		"another BatchNormalization": {func(l *builder) {
			l.flat()
			l.random("W", raw, in, dim)
			l.Node("MatMul", []string{"trunk", "W"}, []string{"z"})
			for _, p := range []string{"scale", "shift", "mean", "variance"} {
				l.random(p, raw, dim-1)
			}
			l.Node("BatchNormalization", []string{"z", "scale", "shift", "mean", "variance"}, []string{"y"})
		}, []string{"4 channels behind 5 outputs"}},
		"another domain": {func(l *builder) {
			l.flat()
			l.random("W", raw, in, dim)
			l.Nodes = append(l.Nodes, msg(1, str(1, "trunk"), str(1, "W"), str(2, "y"), str(4, "MatMul"),
				str(7, "com.example"))...)
		}, []string{"MatMul"}},
		"the input itself": {func(l *builder) {
			l.In("y", 1, dim)
			l.Node("Relu", []string{"y"}, []string{"z"})
		}, []string{"not made by a node"}},
		"a circle": {func(l *builder) {
			l.Node("Identity", []string{"y"}, []string{"y"})
		}, []string{"last 32 nodes"}},
	} {
		t.Run(name, func(t *testing.T) {
			l := &builder{r: rand.New(rand.NewPCG(5, 6)), vals: map[string][]float32{}}
			c.build(l)
			l.Out("y", 1, -1)
			_, err := parse(t, l.Model()).LastDense()
			if !errors.Is(err, onnxgraph.ErrNoDense) {
				t.Fatalf("got %v", err)
			}
			for _, s := range c.says {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("the error lacks %q: %v", s, err)
				}
			}
		})
	}
}
