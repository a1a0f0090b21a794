package onnxgraph_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"faceid/internal/onnxgraph"
	"faceid/internal/ortest"
)

// checkBatch runs three images at once and each alone: the outputs must be the same.
func checkBatch(t *testing.T, single, freed []byte) {
	t.Helper()
	m := parse(t, freed)
	in := m.Inputs()[0]
	for _, v := range append(m.Inputs(), m.Outputs()...) {
		if v.Shape[0].Size != -1 {
			t.Errorf("%s is %v", v.Name, v.Sizes())
		}
	}
	if !ortest.Started(t) {
		return
	}
	shape := in.Sizes()
	size := int64(1)
	for i, d := range shape[1:] {
		if d < 0 {
			shape[i+1] = 64
		}
		size *= shape[i+1]
	}
	const n = 3
	x := make([]float32, n*size)
	for i := range x {
		x[i] = float32(math.Sin(float64(i) * 0.7))
	}
	var outs []string
	for _, o := range m.Outputs() {
		outs = append(outs, o.Name)
	}
	shape[0] = n
	all := ortest.Run(t, freed, in.Name, x, shape, outs...)
	shape[0] = 1
	for k := range int64(n) {
		one := ortest.Run(t, single, in.Name, x[k*size:(k+1)*size], shape, outs...)
		for o := range outs {
			part := all[o][int(k)*len(one[o]):][:len(one[o])]
			if len(all[o]) != n*len(one[o]) {
				t.Fatalf("%s: %d values for three images, %d for one", outs[o], len(all[o]), len(one[o]))
			}
			for i, want := range one[o] {
				if d := math.Abs(float64(part[i] - want)); !(d <= 1e-4*(1+math.Abs(float64(want)))) {
					t.Fatalf("%s: value %d of image %d is %g in the batch, %g alone", outs[o], i, k, part[i], want)
				}
			}
		}
	}
}

func TestFreeBatch(t *testing.T) {
	for name, build := range map[string]func(g *graph){
		"a Reshape with raw_data": func(g *graph) {
			g.Ints("s", true, 1, -1)
			g.In("x", 1, 2, 3, 4)
			g.Node("Reshape", []string{"x", "s"}, []string{"y"})
			g.Out("y", 1, 24)
		},
		"a Reshape with int64_data, used twice": func(g *graph) {
			g.Ints("s", false, 1, 6, -1)
			g.In("x", 1, 2, 3, 4)
			g.Node("Reshape", []string{"x", "s"}, []string{"z"})
			g.Node("Relu", []string{"z"}, []string{"u"})
			g.Node("Reshape", []string{"u", "s"}, []string{"y"})
			g.Info("z", 1, 6, 4)
			g.Info("u", -1, 6, 4)
			g.Out("y", 1, 6, 4)
		},
		"a Constant node": func(g *graph) {
			g.In("x", 1, 2, 3, 4)
			g.Node("Constant", nil, []string{"s"}, attrT("value", int64s("", true, 1, 4, 6)))
			g.Node("Reshape", []string{"x", "s"}, []string{"y"})
			g.Out("y", 1, 4, 6)
		},
		"an open Reshape": func(g *graph) {
			g.Ints("s", true, -1, 24)
			g.In("x", 1, 2, 3, 4)
			g.Node("Reshape", []string{"x", "s"}, []string{"y"})
			g.Out("y", 1, 24)
		},
		"a shape that follows the batch": func(g *graph) {
			g.Ints("zero", true, 0)
			g.Ints("rest", true, -1)
			g.In("x", 1, 2, 3, 4)
			g.Node("Shape", []string{"x"}, []string{"n"})
			g.Node("Gather", []string{"n", "zero"}, []string{"first"}, attrI("axis", 0))
			g.Node("Concat", []string{"first", "rest"}, []string{"s"}, attrI("axis", 0))
			g.Node("Reshape", []string{"x", "s"}, []string{"y"})
			g.Out("y", 1, 24)
		},
		"open inputs, and the batch built in behind": func(g *graph) {
			g.Ints("s", true, 1, -1)
			g.In("x", -1, 2, 3, 4)
			g.Node("Relu", []string{"x"}, []string{"u"})
			g.Node("Reshape", []string{"u", "s"}, []string{"y"})
			g.Info("u", 1, 2, 3, 4)
			g.Out("y", 1, 24)
		},
		"open inputs, and axes moved to and fro": func(g *graph) {
			g.In("x", -1, 2, 3, 4)
			g.Node("Transpose", []string{"x"}, []string{"u"}, attrInts("perm", 1, 0, 2, 3))
			g.Node("Transpose", []string{"u"}, []string{"y"}, attrInts("perm", 1, 0, 2, 3))
			g.Out("y", -1, 2, 3, 4)
		},
		"weights that are reshaped": func(g *graph) {
			g.Ints("s", true, 1, 2, 1, 1)
			g.Floats("w", raw, []float32{3, 5}, 2)
			g.In("x", 1, 2, 3, 4)
			g.Node("Reshape", []string{"w", "s"}, []string{"w4"})
			g.Node("Mul", []string{"x", "w4"}, []string{"y"})
			g.Out("y", 1, 2, 3, 4)
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := &graph{}
			build(g)
			m := parse(t, g.Model())
			if err := m.FreeBatch(); err != nil {
				t.Fatal(err)
			}
			checkBatch(t, g.Model(), m.Bytes())
			once := bytes.Clone(m.Bytes())
			if err := m.FreeBatch(); err != nil || !bytes.Equal(once, m.Bytes()) {
				t.Errorf("a second FreeBatch: %v", err)
			}
			// The fields round the graph stay.
			for _, part := range [][]byte{cat(num(1, 6), str(2, "onnxtest")), msg(14, str(1, "key"), str(2, "value"))} {
				if !bytes.Contains(m.Bytes(), part) {
					t.Error("a field outside the graph is gone")
				}
			}
		})
	}
}

func TestFreeBatchRefused(t *testing.T) {
	for says, build := range map[string]func(g *graph){
		"flattens the batch away": func(g *graph) {
			g.Ints("s", true, -1)
			g.Node("Reshape", []string{"x", "s"}, []string{"y"})
		},
		"reshapes to [2 12]": func(g *graph) {
			g.Ints("s", true, 2, 12)
			g.Node("Reshape", []string{"x", "s"}, []string{"y"})
		},
		"moves the first dimension": func(g *graph) {
			g.Node("Transpose", []string{"x"}, []string{"y"}, attrInts("perm", 1, 0, 2, 3))
		},
		"another axis than 1": func(g *graph) {
			g.Node("Flatten", []string{"x"}, []string{"y"}, attrI("axis", 2))
		},
		"adds or removes": func(g *graph) { g.Node("Squeeze", []string{"x"}, []string{"y"}) },
		"joins along the batch": func(g *graph) {
			g.Node("Concat", []string{"x", "x"}, []string{"y"}, attrI("axis", 0))
		},
		"works along the batch":  func(g *graph) { g.Node("Split", []string{"x"}, []string{"y"}) },
		"reduces over the batch": func(g *graph) { g.Node("ReduceMean", []string{"x"}, []string{"y"}) },
		"control flow": func(g *graph) {
			g.Node("If", []string{"x"}, []string{"y"}, attrG("then_branch", str(2, "g")))
		},
		"allowzero": func(g *graph) {
			g.Ints("s", true, 1, 24)
			g.Node("Reshape", []string{"x", "s"}, []string{"y"}, attrI("allowzero", 1))
		},
		"feeds": func(g *graph) {
			g.Ints("s", true, 1, 24)
			g.Node("Reshape", []string{"x", "s"}, []string{"y"})
			g.Node("Cast", []string{"s"}, []string{"z"}, attrI("to", 1))
		},
	} {
		t.Run(says, func(t *testing.T) {
			g := &graph{}
			g.In("x", 1, 2, 3, 4)
			build(g)
			g.Out("y", 1, 24)
			m := parse(t, g.Model())
			if err := m.FreeBatch(); !errors.Is(err, onnxgraph.ErrBatch) || !strings.Contains(err.Error(), says) {
				t.Errorf("got %v", err)
			}
			if !bytes.Equal(m.Bytes(), g.Model()) {
				t.Error("a refused FreeBatch changed the model")
			}
		})
	}
	g := &graph{}
	g.In("x", 4, 3)
	g.Node("Relu", []string{"x"}, []string{"y"})
	g.Out("y", 4, 3)
	if err := parse(t, g.Model()).FreeBatch(); !errors.Is(err, onnxgraph.ErrBatch) ||
		!strings.Contains(err.Error(), "batch 4") {
		t.Errorf("a batch of four: %v", err)
	}
}

func TestTap(t *testing.T) {
	for _, noted := range []bool{false, true} {
		g := &graph{}
		g.In("x", 1, 2, 3, 4)
		g.Node("Relu", []string{"x"}, []string{"u"})
		g.Node("Neg", []string{"u"}, []string{"y"})
		if noted {
			g.Info("u", 1, 2, 3, 4)
		}
		g.Out("y", 1, 2, 3, 4)
		m := parse(t, g.Model())
		for range 2 { // the second changes nothing
			if err := m.Tap("u"); err != nil {
				t.Fatal(err)
			}
		}
		if err := m.Tap("y"); err != nil {
			t.Error(err)
		}
		outs := m.Outputs()
		if len(outs) != 2 || outs[0].Name != "y" || outs[1].Name != "u" {
			t.Fatalf("outputs %v", outs)
		}
		for _, name := range []string{"", "x", "nobody"} {
			if err := m.Tap(name); !errors.Is(err, onnxgraph.ErrNoTensor) {
				t.Errorf("%q: %v", name, err)
			}
		}
		if err := m.FreeBatch(); err != nil {
			t.Fatal(err)
		}
		if ortest.Started(t) {
			x := []float32{-1, 2, -3, 4, -5, 6, -7, 8, -9, 10, -11, 12, 13, 14, -15, 16, -17, 18, -19, 20, -21, 22, -23,
				24}
			got := ortest.Run(t, m.Bytes(), "x", x, []int64{1, 2, 3, 4}, "u", "y")
			if got[0][0] != 0 || got[0][1] != 2 || got[1][1] != -2 {
				t.Errorf("u %v, y %v", got[0], got[1])
			}
		}
	}
}

func TestFreeBatchRealModels(t *testing.T) {
	for _, name := range []string{"mobilefacenet", "landmarks68", "ultraface", "yunet-2023mar", "yunet"} {
		t.Run(name, func(t *testing.T) {
			_, b := ortest.Load(t, name)
			m := parse(t, b)
			if err := m.FreeBatch(); err != nil {
				t.Fatal(err)
			}
			checkBatch(t, b, m.Bytes())
		})
	}
}

func TestDenseRealModels(t *testing.T) {
	for _, c := range []struct {
		model, op, trunk string
		dim, in          int
		norm             bool
	}{
		{"mobilefacenet", "Conv", "662", 512, 512, false},
		{"landmarks68", "Gemm", "364", 136, 512, true},
	} {
		t.Run(c.model, func(t *testing.T) {
			_, b := ortest.Load(t, c.model)
			m := parse(t, b)
			d, err := m.LastDense()
			if err != nil {
				t.Fatal(err)
			}
			if d.Op != c.op || d.Trunk != c.trunk || d.Dim != c.dim || d.In != c.in || d.BatchNorm != c.norm {
				t.Fatalf("%s on %q, %d×%d, norm %v", d.Op, d.Trunk, d.Dim, d.In, d.BatchNorm)
			}
			checkMap(t, m, d.Trunk, d.W, d.B)
			if err := m.SetDense(d.W, d.B); err != nil {
				t.Fatal(err)
			}
			if !c.norm && !bytes.Equal(m.Bytes(), b) {
				t.Error("writing the same weights changed the file")
			}
			for i := range d.W {
				d.W[i] = -d.W[i] / 2
			}
			for i := range d.B {
				d.B[i] = 1 - d.B[i]
			}
			if err := m.SetDense(d.W, d.B); err != nil {
				t.Fatal(err)
			}
			if len(m.Bytes()) != len(b) {
				t.Errorf("%d bytes became %d", len(b), len(m.Bytes()))
			}
			checkMap(t, m, d.Trunk, d.W, d.B)
		})
	}
}
