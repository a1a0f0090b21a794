// Package onnxtest builds ONNX files field by field, in the order that exporters write, so that tests know every byte,
// and makers of small models need no exporter.
//
//	g := &onnxtest.Graph{}
//	g.In("x", 1, 3)
//	g.Node("Relu", []string{"x"}, []string{"y"})
//	g.Out("y", 1, 3)
//	file := g.Model()
package onnxtest

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// Graph is a model in the making; the zero value is empty.
type Graph struct {
	Nodes, Inits, Ins, Outs, Infos []byte // encoded fields of the GraphProto

	Opset    int    // 0 means 11
	Producer string // "" means "onnxtest"
}

// Cat joins encoded fields.
func Cat(parts ...[]byte) []byte {
	var b []byte
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

// Msg is a length-delimited field of the parts.
func Msg(num protowire.Number, parts ...[]byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, num, protowire.BytesType), Cat(parts...))
}

// Str is a string field.
func Str(num protowire.Number, s string) []byte { return Msg(num, []byte(s)) }

// Num is a varint field.
func Num(num protowire.Number, v int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, num, protowire.VarintType), uint64(v))
}

// F32 is a float field.
func F32(num protowire.Number, v float32) []byte {
	return protowire.AppendFixed32(protowire.AppendTag(nil, num, protowire.Fixed32Type), math.Float32bits(v))
}

// AttrI is an attribute of a node: an integer.
func AttrI(name string, v int64) []byte { return Msg(5, Str(1, name), Num(3, v), Num(20, 2)) }

// AttrF is a float attribute.
func AttrF(name string, v float32) []byte { return Msg(5, Str(1, name), F32(2, v), Num(20, 1)) }

// AttrT is a tensor attribute, of a tensor's fields.
func AttrT(name string, t ...[]byte) []byte { return Msg(5, Str(1, name), Msg(5, t...), Num(20, 4)) }

// AttrG is a graph attribute, of a graph's fields.
func AttrG(name string, g []byte) []byte { return Msg(5, Str(1, name), Msg(6, g), Num(20, 5)) }

// AttrInts is an attribute of several integers.
func AttrInts(name string, v ...int64) []byte {
	b := Str(1, name)
	for _, x := range v {
		b = append(b, Num(8, x)...)
	}
	return Msg(5, b, Num(20, 7))
}

// Node adds a node, named after its first output.
func (g *Graph) Node(op string, ins, outs []string, attrs ...[]byte) {
	var b []byte
	for _, s := range ins {
		b = append(b, Str(1, s)...)
	}
	for _, s := range outs {
		b = append(b, Str(2, s)...)
	}
	b = append(b, Str(3, "node "+outs[0])...)
	b = append(b, Str(4, op)...)
	g.Nodes = append(g.Nodes, Msg(1, b, Cat(attrs...))...)
}

// Form is how a float tensor's values are stored.
type Form int

const (
	Raw      Form = iota // raw_data
	Packed               // float_data, all in one field
	Unpacked             // float_data, a field each
)

// FloatTensor returns the fields of a float32 TensorProto.
func FloatTensor(name string, how Form, v []float32, dims ...int64) []byte {
	var b []byte
	for _, d := range dims {
		b = append(b, Num(1, d)...)
	}
	b = append(b, Num(2, 1)...)
	switch how {
	case Raw:
		b = append(b, Cat(Str(8, name), Msg(9, LE(v)))...)
	case Packed:
		b = append(b, Cat(Msg(4, LE(v)), Str(8, name))...)
	case Unpacked:
		for _, x := range v {
			b = append(b, F32(4, x)...)
		}
		b = append(b, Str(8, name)...)
	}
	return b
}

// LE returns values as raw_data and packed float_data have them.
func LE(v []float32) []byte {
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

// Floats adds a float32 initializer.
func (g *Graph) Floats(name string, how Form, v []float32, dims ...int64) {
	g.Inits = append(g.Inits, Msg(5, FloatTensor(name, how, v, dims...))...)
}

// IntTensor returns the fields of an int64 TensorProto of rank 1, in raw_data or in int64_data.
func IntTensor(name string, inRaw bool, v ...int64) []byte {
	b := Cat(Num(1, int64(len(v))), Num(2, 7), Str(8, name))
	var values []byte
	for _, x := range v {
		if inRaw {
			values = binary.LittleEndian.AppendUint64(values, uint64(x))
		} else {
			values = protowire.AppendVarint(values, uint64(x))
		}
	}
	if inRaw {
		return Cat(b, Msg(9, values))
	}
	return Cat(b, Msg(7, values))
}

// Ints adds an int64 initializer of rank 1.
func (g *Graph) Ints(name string, inRaw bool, v ...int64) {
	g.Inits = append(g.Inits, Msg(5, IntTensor(name, inRaw, v...))...)
}

// Value returns the fields of a ValueInfoProto of float32; a dimension of -1 is symbolic.
func Value(name string, dims ...int64) []byte {
	var shape []byte
	for _, d := range dims {
		if d < 0 {
			shape = append(shape, Msg(1, Str(2, "any"))...)
		} else {
			shape = append(shape, Msg(1, Num(1, d))...)
		}
	}
	return Cat(Str(1, name), Msg(2, Msg(1, Num(1, 1), Msg(2, shape))))
}

// In adds an input.
func (g *Graph) In(name string, dims ...int64) {
	g.Ins = append(g.Ins, Msg(11, Value(name, dims...))...)
}

// Out adds an output.
func (g *Graph) Out(name string, dims ...int64) {
	g.Outs = append(g.Outs, Msg(12, Value(name, dims...))...)
}

// Info notes the shape of a tensor in between.
func (g *Graph) Info(name string, dims ...int64) {
	g.Infos = append(g.Infos, Msg(13, Value(name, dims...))...)
}

// Body returns the fields of the GraphProto.
func (g *Graph) Body() []byte {
	return Cat(g.Nodes, Str(2, "test graph"), g.Inits, g.Ins, g.Outs, g.Infos)
}

// Model returns the file, with fields that a reader need not know on both sides of the graph.
func (g *Graph) Model() []byte {
	opset, producer := g.Opset, g.Producer
	if opset == 0 {
		opset = 11
	}
	if producer == "" {
		producer = "onnxtest"
	}
	return Cat(Num(1, 6), Str(2, producer), Msg(7, g.Body()), Msg(8, Str(1, ""), Num(2, int64(opset))),
		Msg(14, Str(1, "key"), Str(2, "value")))
}
