package main

import (
	"math"

	"faceid/internal/golden"
	"faceid/internal/onnxgraph/onnxtest"
)

const (
	dim   = 8
	trunk = 16
	eps   = 1e-3 // of BatchNormalization
)

// embedder makes a model that pools a crop, convolves it, and ends in a dense layer of the kind op, with or without a
// BatchNormalization behind it. The trunk is the same in all.
func embedder(file, op string, norm bool) (golden.Embedder, []byte) {
	seed(1)
	kernel, bias := weights(trunk*3*3*3, 1), weights(trunk, 0.5)
	g := &onnxtest.Graph{Producer: "faceid testdata"}
	g.In("input", 1, 3, 112, 112)
	g.Node("AveragePool", []string{"input"}, []string{"small"}, square(16), onnxtest.AttrInts("strides", 16, 16))
	g.Floats("kernel", onnxtest.Raw, kernel, trunk, 3, 3, 3)
	g.Floats("bias", onnxtest.Raw, bias, trunk)
	g.Node("Conv", []string{"small", "kernel", "bias"}, []string{"conv"}, square(3), onnxtest.AttrInts("strides", 2, 2))
	g.Node("Relu", []string{"conv"}, []string{"relu"})
	g.Node("GlobalAveragePool", []string{"relu"}, []string{"pooled"})

	seed(2 + len(file))
	w, b := weights(dim*trunk, 1), weights(dim, 0.25)
	e := golden.Embedder{File: file, Op: op, BatchNorm: norm, Out: "output", Dim: dim, In: trunk}
	y := "output"
	if norm {
		y = "raw"
	}
	switch op {
	case "Gemm":
		e.Trunk = "flat"
		g.Node("Flatten", []string{"pooled"}, []string{"flat"})
		g.Floats("W", onnxtest.Raw, w, dim, trunk)
		g.Floats("b", onnxtest.Raw, b, dim)
		g.Node("Gemm", []string{"flat", "W", "b"}, []string{y}, onnxtest.AttrI("transB", 1))
	case "MatMul":
		e.Trunk = "flat"
		g.Ints("shape", true, 1, -1)
		g.Node("Reshape", []string{"pooled", "shape"}, []string{"flat"})
		g.Floats("W", onnxtest.Raw, transpose(w, dim, trunk), trunk, dim)
		g.Floats("b", onnxtest.Raw, b, dim)
		g.Node("MatMul", []string{"flat", "W"}, []string{"product"})
		g.Node("Add", []string{"product", "b"}, []string{y})
	case "Conv":
		e.Trunk = "pooled"
		g.Floats("W", onnxtest.Raw, w, dim, trunk, 1, 1)
		g.Floats("b", onnxtest.Raw, b, dim)
		y = "dense"
		g.Node("Conv", []string{"pooled", "W", "b"}, []string{y}, square(1))
	}
	e.W, e.B = w, b
	if norm {
		e.W, e.B = batchNorm(g, y, op, w, b)
	}
	if op == "Conv" {
		last := "dense"
		if norm {
			last = "normed"
		}
		g.Ints("shape", true, 1, -1)
		g.Node("Reshape", []string{last, "shape"}, []string{"output"})
	}
	g.Out("output", 1, dim)
	for k := range 3 {
		in := fromTensor(golden.Tensor(golden.Crop(k), [3]int{0, 1, 2}, 127.5, 127.5), 3, 112, 112)
		t := means(relu(conv(averagePool(in, 16, 16, 0), kernel, bias, 3, 2)))
		e.Trunks = append(e.Trunks, to32(t))
		e.Outputs = append(e.Outputs, to32(dense(e.W, e.B, t)))
	}
	return e, g.Model()
}

// batchNorm adds one behind y and returns the layer with it folded in.
func batchNorm(g *onnxtest.Graph, y, op string, w, b []float32) (fw, fb []float32) {
	p := [4][]float32{weights(dim, 1), weights(dim, 0.25), weights(dim, 0.5), weights(dim, 1)}
	for i := range dim {
		p[0][i] = 1.5 + p[0][i]/2 // scale
		p[3][i] = 1.5 + p[3][i]/2 // variance
	}
	names := []string{y}
	for i, n := range []string{"scale", "shift", "mean", "variance"} {
		g.Floats(n, onnxtest.Raw, p[i], dim)
		names = append(names, n)
	}
	out := "output"
	if op == "Conv" {
		out = "normed"
	}
	g.Node("BatchNormalization", names, []string{out}, onnxtest.AttrF("epsilon", eps))
	for i := range dim {
		f := float64(p[0][i]) / math.Sqrt(float64(p[3][i])+float64(float32(eps)))
		for j := range trunk {
			fw = append(fw, float32(f*float64(w[i*trunk+j])))
		}
		fb = append(fb, float32(f*(float64(b[i])-float64(p[2][i]))+float64(p[1][i])))
	}
	return fw, fb
}

func transpose(w []float32, rows, cols int) []float32 {
	o := make([]float32, len(w))
	for i := range rows {
		for j := range cols {
			o[j*rows+i] = w[i*cols+j]
		}
	}
	return o
}
