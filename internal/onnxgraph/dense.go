package onnxgraph

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Dense is the last dense layer of a graph: the affine map y = W·x + b from the trunk feature x to the output,
// with a BatchNormalization behind the layer already multiplied in.
type Dense struct {
	Op        string // "Gemm", "MatMul" or "Conv"
	Node      string // the node's name; may be empty
	BatchNorm bool   // a BatchNormalization follows, folded into W and B
	Trunk     string // name of the tensor x, to be tapped; [N, In] or [N, In, 1, 1]
	Result    string // name of the tensor y; [N, Dim] or [N, Dim, 1, 1]
	Dim, In   int

	W []float32 // Dim × In, row-major: one output per row
	B []float32 // Dim values; zero where the graph has no bias
}

// place is where a Dense stands in the file.
type place struct {
	Dense
	w, b  *tensor // b is nil where there is none
	inDim bool    // w is In × Dim
	alpha float64 // y = alpha·W·x + beta·b in front of the BatchNormalization
	beta  float64
	bn    *norm
}

// norm is a BatchNormalization: y = scale/√(variance+eps)·(x − mean) + shift.
type norm struct {
	scale, shift, mean, variance []float32
	eps                          float64
	scaleT, shiftT               *tensor
}

// factor returns the multiplier of channel i.
func (n *norm) factor(i int) float64 {
	return float64(n.scale[i]) / math.Sqrt(float64(n.variance[i])+n.eps)
}

// LastDense finds the last dense layer in front of the first output: Gemm, MatMul with or without Add, or a 1×1
// convolution on a 1×1 map, each with or without a BatchNormalization behind. Nodes that only change the shape
// (Reshape, Flatten, Squeeze, Unsqueeze, Identity, Dropout) are passed. It returns ErrNoDense with the nodes seen last
// if there is none.
func (m *Model) LastDense() (*Dense, error) {
	p, err := m.lastDense()
	if err != nil {
		return nil, err
	}
	return &p.Dense, nil
}

func (m *Model) lastDense() (*place, error) {
	var seen []string
	fail := func(why string) (*place, error) {
		return nil, fmt.Errorf("%w: %s; nodes seen from the output %q back: %s", ErrNoDense, why, m.outs[0].Name,
			strings.Join(seen, ", "))
	}
	p := &place{alpha: 1, beta: 1}
	var bn, add *node
	var addB *tensor
	name := m.outs[0].Name
	result := name
	for range maxTail {
		i, ok := m.producer[name]
		if !ok {
			return fail(fmt.Sprintf("%q is not made by a node", name))
		}
		n := &m.nodes[i]
		seen = append(seen, n.String())
		if !n.standard() || len(n.in) == 0 || n.out[0] != name {
			return fail("a node that cannot be passed")
		}
		if m.consumers(name) > 1 {
			return fail(fmt.Sprintf("%q feeds more than one node", name))
		}
		switch n.op {
		case "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Dropout":
			if bn == nil && add == nil {
				result = n.in[0]
			}
			name = n.in[0]
			continue
		case "BatchNormalization":
			if bn != nil || add != nil {
				return fail("a second normalisation")
			}
			bn, name = n, n.in[0]
			continue
		case "Add":
			if add != nil || len(n.in) != 2 {
				return fail("a second Add")
			}
			add = n
			if addB, name = m.constant(n.in[1]), n.in[0]; addB == nil {
				addB, name = m.constant(n.in[0]), n.in[1]
			}
			if addB == nil {
				return fail("an Add of two computed tensors")
			}
			continue
		case "Gemm", "MatMul", "Conv":
			if add != nil {
				p.b = addB
			}
			if why := m.dense(p, n); why != "" {
				return fail(why)
			}
			if n.op != "MatMul" && add != nil && len(n.in) > 2 && n.in[2] != "" {
				return fail("an Add behind a layer that has a bias")
			}
			if add != nil {
				p.beta = 1 // Gemm's scales Gemm's own bias
			}
		default:
			return fail("a node that cannot be passed")
		}
		if bn != nil {
			if why := m.norm(p, bn); why != "" {
				return fail(why)
			}
		}
		p.Result = result
		if why := m.fold(p); why != "" {
			return fail(why)
		}
		return p, nil
	}
	return fail(fmt.Sprintf("not among the last %d nodes", maxTail))
}

// maxTail is how many nodes LastDense goes back.
const maxTail = 32

// consumers counts the nodes that read a tensor.
func (m *Model) consumers(name string) int {
	c := 0
	for i := range m.nodes {
		if slices.Contains(m.nodes[i].in, name) {
			c++
		}
	}
	return c
}

// dense fills p from a Gemm, MatMul or Conv; it returns why it cannot.
func (m *Model) dense(p *place, n *node) string {
	if len(n.in) < 2 {
		return "a layer without weights"
	}
	p.Op, p.Node, p.Trunk = n.op, n.name, n.in[0]
	if p.w = m.constant(n.in[1]); p.w == nil {
		return fmt.Sprintf("the weights %q are not stored in the graph", n.in[1])
	}
	if len(n.in) > 2 && n.in[2] != "" {
		if p.b = m.constant(n.in[2]); p.b == nil {
			return fmt.Sprintf("the bias %q is not stored in the graph", n.in[2])
		}
	}
	d := p.w.dims
	switch n.op {
	case "Gemm":
		p.alpha, p.beta = float64(n.floatAttr("alpha", 1)), float64(n.floatAttr("beta", 1))
		if p.alpha == 0 || p.beta == 0 || n.intAttr("transA", 0) != 0 {
			return "a Gemm with alpha or beta 0, or transA"
		}
		p.inDim = n.intAttr("transB", 0) == 0
	case "MatMul":
		p.inDim = true
	case "Conv":
		if len(d) != 4 || d[2] != 1 || d[3] != 1 || n.intAttr("group", 1) != 1 {
			return fmt.Sprintf("a convolution with kernel %d and %d groups is not a dense layer", d,
				n.intAttr("group", 1))
		}
		if a := n.attr("pads"); a != nil && slices.ContainsFunc(a.ints, func(v int64) bool { return v != 0 }) {
			return "a padded convolution"
		}
		if !m.onePixel(n, d[0]) {
			return "a 1×1 convolution on a map that is not known to be 1×1"
		}
		d = d[:2]
	}
	if len(d) != 2 || p.w.size() <= 0 {
		return fmt.Sprintf("weights of shape %d", d)
	}
	p.Dim, p.In = int(d[0]), int(d[1])
	if p.inDim {
		p.Dim, p.In = p.In, p.Dim
	}
	for _, t := range []*tensor{p.w, p.b} {
		if why := m.floats(t); t != nil && why != "" {
			return why
		}
	}
	if p.b != nil && p.b.size() != int64(p.Dim) {
		return fmt.Sprintf("a bias of shape %d for %d outputs", p.b.dims, p.Dim)
	}
	return ""
}

// onePixel reports whether the output of a convolution with c channels is known to be [N, c, 1, 1]: from the shape
// that the graph notes for it, from a global pooling in front of it, or because the graph's output has c values an
// image.
func (m *Model) onePixel(n *node, c int64) bool {
	for _, v := range m.infos {
		if v.Name == n.out[0] && len(v.Shape) == 4 && v.Shape[2].Size > 0 && v.Shape[3].Size > 0 {
			return v.Shape[2].Size == 1 && v.Shape[3].Size == 1
		}
	}
	if i, ok := m.producer[n.in[0]]; ok && (m.nodes[i].op == "GlobalAveragePool" || m.nodes[i].op == "GlobalMaxPool") {
		return true
	}
	s := m.outs[0].Shape
	if len(s) < 2 {
		return false
	}
	size := int64(1)
	for _, d := range s[1:] {
		if d.Size <= 0 || size > math.MaxInt32 {
			return false
		}
		size *= d.Size
	}
	return size == c
}

// floats returns why t is not a whole float32 tensor; nil is well.
func (m *Model) floats(t *tensor) string {
	if t == nil {
		return ""
	}
	n := 0
	for _, s := range t.raw {
		n += s.len()
	}
	if t.typ != Float32 {
		return fmt.Sprintf("tensor %q is of type %v; only float32 can be trained", t.name, t.typ)
	}
	if t.size() < 0 || int64(n) != 4*t.size() {
		return fmt.Sprintf("tensor %q of shape %d has %d bytes of values", t.name, t.dims, n)
	}
	return ""
}

// norm fills p.bn; it returns why it cannot.
func (m *Model) norm(p *place, n *node) string {
	if len(n.in) != 5 {
		return "a BatchNormalization without its four parameters"
	}
	if n.intAttr("training_mode", 0) != 0 {
		return "a BatchNormalization in training mode"
	}
	bn := &norm{eps: float64(n.floatAttr("epsilon", 1e-5))}
	for i, dst := range []*[]float32{&bn.scale, &bn.shift, &bn.mean, &bn.variance} {
		t := m.constant(n.in[i+1])
		if t == nil {
			return fmt.Sprintf("parameter %q is not stored in the graph", n.in[i+1])
		}
		if why := m.floats(t); why != "" {
			return why
		}
		if t.size() != int64(p.Dim) {
			return fmt.Sprintf("a BatchNormalization over %d channels behind %d outputs", t.size(), p.Dim)
		}
		*dst = m.read(t)
		switch i {
		case 0:
			bn.scaleT = t
		case 1:
			bn.shiftT = t
		}
	}
	for _, v := range bn.variance {
		if !(float64(v)+bn.eps > 0) {
			return "a BatchNormalization with a variance below zero"
		}
	}
	p.bn, p.BatchNorm = bn, true
	return ""
}
