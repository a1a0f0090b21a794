package onnxgraph_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"faceid/internal/onnxgraph"
	"faceid/internal/onnxgraph/onnxtest"
	"faceid/internal/ortest"
)

// fixedSize is a small convolutional network with the size 10 × 3 × 8 × 8 built in, and another operator at its end if
// one is given.
func fixedSize(last string) []byte {
	var g onnxtest.Graph
	g.In("x", 10, 3, 8, 8)
	w := make([]float32, 2*3*3*3)
	for i := range w {
		w[i] = float32(math.Cos(float64(i)))
	}
	g.Floats("w", onnxtest.Raw, w, 2, 3, 3, 3)
	g.Node("Conv", []string{"x", "w"}, []string{"c"}, onnxtest.AttrInts("pads", 1, 1, 1, 1))
	g.Info("c", 10, 2, 8, 8)
	g.Node(last, []string{"c"}, []string{"y"})
	g.Out("y", 10, 2, 8, 8)
	return g.Model()
}

func TestFreeSize(t *testing.T) {
	m := parse(t, fixedSize("Relu"))
	if err := m.FreeSize(); err != nil {
		t.Fatal(err)
	}
	in, out := m.Inputs()[0], m.Outputs()[0]
	if !slices.Equal(in.Sizes(), []int64{-1, 3, -1, -1}) || !slices.Equal(out.Sizes(), []int64{-1, 2, -1, -1}) {
		t.Fatalf("input %v, output %v", in.Sizes(), out.Sizes())
	}
	if err := parse(t, fixedSize("Flatten")).FreeSize(); !errors.Is(err, onnxgraph.ErrBatch) {
		t.Errorf("a graph that flattens: %v", err)
	}
	if !ortest.Started(t) {
		return
	}
	// A convolution does not know where in the picture it is: a larger picture holds the smaller one's answers.
	small, large := make([]float32, 3*8*8), make([]float32, 3*8*20)
	for c := range 3 {
		for y := range 8 {
			for x := range 20 {
				v := float32(math.Sin(float64(c*100 + y*20 + x)))
				large[(c*8+y)*20+x] = v
				if x < 8 {
					small[(c*8+y)*8+x] = v
				}
			}
		}
	}
	a := ortest.Run(t, m.Bytes(), "x", small, []int64{1, 3, 8, 8}, "y")[0]
	b := ortest.Run(t, m.Bytes(), "x", large, []int64{1, 3, 8, 20}, "y")[0]
	if len(a) != 2*8*8 || len(b) != 2*8*20 {
		t.Fatalf("%d and %d values", len(a), len(b))
	}
	for c := range 2 {
		for y := range 8 {
			for x := range 7 { // the last column of the small one is at an edge
				if d := a[(c*8+y)*8+x] - b[(c*8+y)*20+x]; math.Abs(float64(d)) > 1e-5 {
					t.Fatalf("differ by %v at %d, %d, %d", d, c, y, x)
				}
			}
		}
	}
}
