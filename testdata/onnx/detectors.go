package main

import (
	"fmt"
	"math"

	"faceid/internal/golden"
	"faceid/internal/onnxgraph/onnxtest"
)

// points68 answers 68 points of a face box, x and y each in 0 to 1: those of a fixed face, moved a little by what it
// sees.
func points68() (golden.Answer, []byte) {
	seed(100)
	w, b := weights(136*16, 1.0/64), face68()
	g := &onnxtest.Graph{Producer: "faceid testdata"}
	g.In("input", 1, 1, 64, 64)
	g.Node("AveragePool", []string{"input"}, []string{"small"}, square(16), onnxtest.AttrInts("strides", 16, 16))
	g.Node("Flatten", []string{"small"}, []string{"flat"})
	g.Floats("W", onnxtest.Raw, w, 136, 16)
	g.Floats("b", onnxtest.Raw, b, 136)
	g.Node("Gemm", []string{"flat", "W", "b"}, []string{"output"}, onnxtest.AttrI("transB", 1))
	g.Out("output", 1, 136)
	in := newMaps(1, 64, 64)
	for i, p := range golden.Gray(0) {
		in.v[i] = float64(p) / 256
	}
	y := dense(w, b, averagePool(in, 16, 16, 0).v)
	return golden.Answer{Output: "output", Shape: []int64{1, 136}, Values: to32(y)}, g.Model()
}

// face68 has the eyes, the nose and the mouth where five points are taken from, and the rest on a circle.
func face68() []float32 {
	at := map[int][2]float64{30: {0.5, 0.6}, 48: {0.35, 0.8}, 54: {0.65, 0.8}}
	for i := range 6 {
		a := float64(i) * math.Pi / 3
		x, y := 0.06*math.Cos(a), 0.03*math.Sin(a)
		at[36+i], at[42+i] = [2]float64{0.3 + x, 0.4 + y}, [2]float64{0.7 + x, 0.4 + y}
	}
	var b []float32
	for i := range 68 {
		p, ok := at[i]
		if !ok {
			a := float64(i) * 2 * math.Pi / 68
			p = [2]float64{0.5 + 0.45*math.Cos(a), 0.5 + 0.45*math.Sin(a)}
		}
		for _, v := range p {
			b = append(b, float32(math.Round(v*1024)/1024)) // so that every machine writes the same
		}
	}
	return b
}

// level is what a detector sees with windows of four strides round each cell.
type level struct {
	g      *onnxtest.Graph
	in     maps
	stride int
}

// newLevel adds the windows' means to the graph as the tensor pool_STRIDE.
func newLevel(g *onnxtest.Graph, in maps, stride int) level {
	k, s := int64(4*stride), int64(stride)
	g.Node("AveragePool", []string{"input"}, []string{fmt.Sprint("pool_", stride)}, square(k),
		onnxtest.AttrInts("strides", s, s), onnxtest.AttrInts("pads", 3*s/2, 3*s/2, 3*s/2, 3*s/2),
		onnxtest.AttrI("count_include_pad", 1))
	return level{g, averagePool(in, 4*stride, stride, 3*stride/2), stride}
}

// head adds a 1×1 convolution, of which the tensor name has the channels of each cell side by side, and returns them.
func (l level) head(name string, w, b []float32) []float64 {
	c := int64(len(b))
	l.g.Floats(name+"_w", onnxtest.Raw, w, c, 3, 1, 1)
	l.g.Floats(name+"_b", onnxtest.Raw, b, c)
	l.g.Node("Conv", []string{fmt.Sprint("pool_", l.stride), name + "_w", name + "_b"},
		[]string{name + "_map"}, square(1))
	l.g.Node("Transpose", []string{name + "_map"}, []string{name + "_last"}, onnxtest.AttrInts("perm", 0, 2, 3, 1))
	l.g.Ints(name+"_shape", true, 1, -1, c)
	l.g.Node("Reshape", []string{name + "_last", name + "_shape"}, []string{name})
	return cells(conv(l.in, w, b, 1, 1))
}

// ultraFace has the outputs of UltraFace, for an input of 64 × 48: scores, n × 2 after a softmax, and boxes, n × 4,
// corners in 0 to 1. A cell's face is a window that is red from side to side.
func ultraFace() ([]golden.Answer, []byte) {
	seed(200)
	const w, h = golden.SceneW, golden.SceneH
	in := fromTensor(golden.Tensor(golden.Scene(), [3]int{0, 1, 2}, 127, 128), 3, h, w)
	g := &onnxtest.Graph{Producer: "faceid testdata"}
	g.In("input", 1, 3, h, w)
	var scores, boxes []float64
	var priors []float32
	var scoreParts, boxParts []string
	for _, stride := range []int{8, 16} {
		l := newLevel(g, in, stride)
		name := fmt.Sprint("score_", stride)
		scoreParts = append(scoreParts, name)
		scores = append(scores, l.head(name, []float32{0, 0, 0, 16, -16, 0}, []float32{0, -22})...)
		name = fmt.Sprint("box_", stride)
		boxParts = append(boxParts, name)
		boxes = append(boxes, l.head(name, weights(12, 1.0/256), weights(4, 1.0/256))...)
		for y := range h / stride {
			for x := range w / stride {
				cx, cy, half := (float64(x)+0.5)*float64(stride), (float64(y)+0.5)*float64(stride), 2*float64(stride)
				for _, v := range []float64{(cx - half) / w, (cy - half) / h, (cx + half) / w, (cy + half) / h} {
					priors = append(priors, float32(v))
				}
			}
		}
	}
	n := int64(len(scores) / 2)
	g.Node("Concat", scoreParts, []string{"logits"}, onnxtest.AttrI("axis", 1))
	g.Node("Softmax", []string{"logits"}, []string{"scores"}, onnxtest.AttrI("axis", 2))
	g.Node("Concat", boxParts, []string{"moves"}, onnxtest.AttrI("axis", 1))
	g.Floats("priors", onnxtest.Raw, priors, 1, n, 4)
	g.Node("Add", []string{"moves", "priors"}, []string{"boxes"})
	g.Out("scores", 1, n, 2)
	g.Out("boxes", 1, n, 4)
	for i := range int(n) {
		p := sigmoid([]float64{scores[2*i] - scores[2*i+1], scores[2*i+1] - scores[2*i]})
		copy(scores[2*i:], p)
	}
	for i, p := range priors {
		boxes[i] += float64(p)
	}
	return []golden.Answer{
		{Output: "scores", Shape: []int64{1, n, 2}, Values: to32(scores)},
		{Output: "boxes", Shape: []int64{1, n, 4}, Values: to32(boxes)},
	}, g.Model()
}

// yuNet has the outputs of YuNet, for any input whose sides are multiples of 32: for each stride cls, obj, bbox and
// kps.
func yuNet() ([]golden.Answer, []byte) {
	seed(300)
	const w, h = golden.SceneW, golden.SceneH + 16
	rgb := append(golden.Scene(), make([]byte, 3*w*(h-golden.SceneH))...)
	in := fromTensor(golden.Tensor(rgb, [3]int{2, 1, 0}, 0, 1), 3, h, w)
	g := &onnxtest.Graph{Producer: "faceid testdata"}
	g.In("input", 1, 3, -1, -1)
	answers := map[string]golden.Answer{}
	// Channels are blue, green, red. Eyes, nose and mouth of a face that is four strides wide.
	red := func(f float32) []float32 { return []float32{0, -f, f} }
	five := []float32{-0.25, 0, 1.25, 0, 0.5, 0.75, 0, 1.5, 1, 1.5}
	for _, stride := range []int{8, 16, 32} {
		l := newLevel(g, in, stride)
		add := func(name string, c int64, squash bool, w, b []float32) {
			name = fmt.Sprint(name, "_", stride)
			head := name
			if squash {
				head += "_raw"
			}
			v := l.head(head, w, b)
			if squash {
				g.Node("Sigmoid", []string{head}, []string{name})
				v = sigmoid(v)
			}
			answers[name] = golden.Answer{Output: name, Shape: []int64{1, int64(len(v)) / c, c}, Values: to32(v)}
		}
		add("cls", 1, true, red(0.125), []float32{-22})
		add("obj", 1, true, red(0.0625), []float32{-8})
		add("bbox", 4, false, weights(12, 1.0/8192), []float32{0.5, 0.5, 1.375, 1.375})
		add("kps", 10, false, weights(30, 1.0/8192), five)
	}
	var out []golden.Answer
	for _, name := range []string{"cls", "obj", "bbox", "kps"} {
		for _, stride := range []int{8, 16, 32} {
			a := answers[fmt.Sprint(name, "_", stride)]
			g.Out(a.Output, 1, -1, a.Shape[2])
			out = append(out, a)
		}
	}
	return out, g.Model()
}
