package onnxgraph_test

import (
	"errors"
	"slices"
	"testing"

	"faceid/internal/onnxgraph"
	"faceid/internal/onnxgraph/onnxtest"
	"faceid/internal/ortest"
)

// TestCut: a graph is cut at a tensor in its middle, and what was behind, with its one size, is gone.
func TestCut(t *testing.T) {
	var g onnxtest.Graph
	g.In("x", 1, 2, 2, 2)
	g.Node("Relu", []string{"x"}, []string{"a"})
	g.Info("a", 1, 2, 2, 2)
	g.Node("Neg", []string{"a"}, []string{"side"})
	g.Node("Constant", nil, []string{"two"}, onnxtest.AttrT("value", onnxtest.FloatTensor("", onnxtest.Raw,
		[]float32{2})))
	g.Node("Mul", []string{"a", "two"}, []string{"b"})
	g.Node("Constant", nil, []string{"many"}, onnxtest.AttrT("value", onnxtest.FloatTensor("", onnxtest.Raw,
		[]float32{1, 2, 3, 4}, 2, 2)))
	g.Node("Mul", []string{"b", "many"}, []string{"y"})
	g.Out("y", 1, 2, 2, 2)
	m := parse(t, g.Model())
	if err := m.FreeSize(); !errors.Is(err, onnxgraph.ErrBatch) {
		t.Errorf("a graph with a size built in: %v", err)
	}
	if err := m.Cut("b", "z"); !errors.Is(err, onnxgraph.ErrNoTensor) {
		t.Errorf("a tensor that nothing makes: %v", err)
	}
	if err := m.Cut("b", "a"); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, o := range m.Outputs() {
		names = append(names, o.Name)
	}
	if !slices.Equal(names, []string{"b", "a"}) {
		t.Errorf("outputs %v", names)
	}
	if _, err := m.LastDense(); !errors.Is(err, onnxgraph.ErrNoDense) {
		t.Errorf("last dense layer: %v", err)
	}
	if err := m.Tap("side"); !errors.Is(err, onnxgraph.ErrNoTensor) {
		t.Errorf("a node that was left out is there: %v", err)
	}
	if err := m.FreeSize(); err != nil {
		t.Fatal(err)
	}
	if ortest.Started(t) {
		got := ortest.Run(t, m.Bytes(), "x", []float32{-1, 2, 3, -4, 5, 6}, []int64{1, 2, 1, 3}, "b", "a")
		if !slices.Equal(got[0], []float32{0, 4, 6, 0, 10, 12}) || !slices.Equal(got[1], []float32{0, 2, 3, 0, 5, 6}) {
			t.Errorf("%v", got)
		}
	}
}
