package onnxgraph

import (
	"fmt"
	"math"
	"slices"
)

// ElemType is TensorProto.DataType: the type of a tensor's elements.
type ElemType int32

// The element types that face models use.
const (
	Float32 ElemType = 1
	Uint8   ElemType = 2
	Int8    ElemType = 3
	Int32   ElemType = 6
	Int64   ElemType = 7
	Float16 ElemType = 10
	Float64 ElemType = 11
)

// String returns the ONNX name of the type, or its number.
func (t ElemType) String() string {
	switch t {
	case Float32:
		return "float32"
	case Uint8:
		return "uint8"
	case Int8:
		return "int8"
	case Int32:
		return "int32"
	case Int64:
		return "int64"
	case Float16:
		return "float16"
	case Float64:
		return "float64"
	}
	return fmt.Sprintf("type %d", int32(t))
}

// Dim is one dimension of a shape.
type Dim struct {
	Size   int64  // the size, or -1 where the graph leaves it open
	Symbol string // its name where it is open and named
}

// Value is an input or output of the graph.
type Value struct {
	Name  string
	Type  ElemType // 0 where the graph does not say
	Shape []Dim    // nil where the graph does not say
}

// Sizes returns the shape as numbers, -1 for each open dimension.
func (v Value) Sizes() []int64 {
	if v.Shape == nil {
		return nil
	}
	s := make([]int64, len(v.Shape))
	for i, d := range v.Shape {
		s[i] = d.Size
	}
	return s
}

// value is a ValueInfoProto and where its parts stand.
type value struct {
	Value
	at    field
	chain []field // type, tensor_type, shape and first dimension, as far as they are there
}

// tensor is a TensorProto whose values stay in Model.data.
type tensor struct {
	name    string
	dims    []int64
	typ     ElemType
	raw     []span // raw_data, or the runs of float_data: little-endian values
	floats  bool   // raw are runs of float_data
	ints    []int64
	intAt   []span // where each of ints stands
	rawInts bool   // ints came from raw_data, not int64_data
}

// size returns the number of elements that the dimensions ask for, or -1 if that is impossible.
func (t *tensor) size() int64 {
	n := int64(1)
	for _, d := range t.dims {
		if d < 0 || d > math.MaxInt32 || n > math.MaxInt32 {
			return -1
		}
		n *= d
	}
	if n > math.MaxInt32 {
		return -1
	}
	return n
}

type attr struct {
	name string
	f    float32
	i    int64
	ints []int64
	t    *tensor
}

type node struct {
	op, name, domain string
	in, out          []string
	attrs            []attr
	subgraph         bool // holds a graph in an attribute: If, Loop, Scan
	at               span
}

func (n *node) attr(name string) *attr {
	for i := range n.attrs {
		if n.attrs[i].name == name {
			return &n.attrs[i]
		}
	}
	return nil
}

func (n *node) intAttr(name string, def int64) int64 {
	if a := n.attr(name); a != nil {
		return a.i
	}
	return def
}

func (n *node) floatAttr(name string, def float32) float32 {
	if a := n.attr(name); a != nil {
		return a.f
	}
	return def
}

// standard reports whether the operator is ONNX's own and not one of another domain with the same name.
func (n *node) standard() bool { return n.domain == "" || n.domain == "ai.onnx" }

func (n *node) String() string {
	s := n.op
	if n.name != "" {
		s += " " + n.name
	}
	return fmt.Sprintf("%s%q", s, n.out)
}

// Model is an ONNX file in memory, read as far as this package needs and kept byte for byte.
// It is not safe for concurrent use.
type Model struct {
	data  []byte
	owned bool // data is ours to change

	opset    int64
	graph    field
	nodes    []node
	inits    map[string]*tensor
	infos    []value // value_info
	ins      []value
	outs     []value
	producer map[string]int // tensor to the node that makes it
	sparse   bool           // there is a sparse initializer
}

// Parse reads a model. It keeps b and never changes it: the first edit works on a copy.
// It returns ErrFormat for anything that is not an ONNX model and ErrExternalData for one that is not whole.
func Parse(b []byte) (*Model, error) {
	m := &Model{data: b}
	if err := m.parse(); err != nil {
		return nil, err
	}
	return m, nil
}

// Bytes returns the model as a file. Do not change it: it is the model's own memory or the slice given to Parse.
func (m *Model) Bytes() []byte { return m.data }

// Opset returns the version of the standard operators that the model asks for.
func (m *Model) Opset() int64 { return m.opset }

// Inputs returns what must be fed: the graph's inputs without those that only name an initializer.
func (m *Model) Inputs() []Value {
	var vs []Value
	for _, v := range m.ins {
		if m.inits[v.Name] == nil {
			vs = append(vs, v.copied())
		}
	}
	return vs
}

// Outputs returns the graph's outputs in order.
func (m *Model) Outputs() []Value {
	var vs []Value
	for _, v := range m.outs {
		vs = append(vs, v.copied())
	}
	return vs
}

func (v value) copied() Value {
	c := v.Value
	c.Shape = slices.Clone(c.Shape)
	return c
}

// constant returns the tensor that name stands for when it is an initializer or the output of a Constant node
// (through Identity), else nil.
func (m *Model) constant(name string) *tensor {
	for range 8 {
		if t := m.inits[name]; t != nil {
			return t
		}
		i, ok := m.producer[name]
		if !ok || !m.nodes[i].standard() {
			return nil
		}
		n := &m.nodes[i]
		switch {
		case n.op == "Constant":
			if a := n.attr("value"); a != nil {
				return a.t
			}
			return nil
		case n.op == "Identity" && len(n.in) == 1:
			name = n.in[0]
		default:
			return nil
		}
	}
	return nil
}
