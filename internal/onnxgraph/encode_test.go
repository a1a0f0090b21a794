package onnxgraph_test

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// graph builds a ModelProto field by field, in the order that exporters write, so that the tests know every byte.
type graph struct {
	nodes, inits, ins, outs, infos []byte
	opset                          int
}

func cat(parts ...[]byte) []byte {
	var b []byte
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

func msg(num protowire.Number, parts ...[]byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, num, protowire.BytesType), cat(parts...))
}

func str(num protowire.Number, s string) []byte { return msg(num, []byte(s)) }

func num(n protowire.Number, v int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, n, protowire.VarintType), uint64(v))
}

func f32(n protowire.Number, v float32) []byte {
	return protowire.AppendFixed32(protowire.AppendTag(nil, n, protowire.Fixed32Type), math.Float32bits(v))
}

// Attributes: name, value and the type that AttributeProto wants.
func attrI(name string, v int64) []byte     { return msg(5, str(1, name), num(3, v), num(20, 2)) }
func attrF(name string, v float32) []byte   { return msg(5, str(1, name), f32(2, v), num(20, 1)) }
func attrT(name string, t ...[]byte) []byte { return msg(5, str(1, name), msg(5, t...), num(20, 4)) }
func attrG(name string, g []byte) []byte    { return msg(5, str(1, name), msg(6, g), num(20, 5)) }
func attrInts(name string, v ...int64) []byte {
	b := str(1, name)
	for _, x := range v {
		b = append(b, num(8, x)...)
	}
	return msg(5, b, num(20, 7))
}

// node adds a node; ins and outs are separated by the empty-bodied call's slices.
func (g *graph) node(op string, ins, outs []string, attrs ...[]byte) {
	var b []byte
	for _, s := range ins {
		b = append(b, str(1, s)...)
	}
	for _, s := range outs {
		b = append(b, str(2, s)...)
	}
	b = append(b, str(3, "node "+outs[0])...)
	b = append(b, str(4, op)...)
	g.nodes = append(g.nodes, msg(1, b, cat(attrs...))...)
}

// form is how a float tensor's values are stored.
type form int

const (
	raw form = iota
	packed
	unpacked
)

// floats returns the fields of a float32 TensorProto.
func floats(name string, how form, v []float32, dims ...int64) []byte {
	var b []byte
	for _, d := range dims {
		b = append(b, num(1, d)...)
	}
	b = append(b, num(2, 1)...)
	switch how {
	case raw:
		b = append(b, cat(str(8, name), msg(9, le(v)))...)
	case packed:
		b = append(b, cat(msg(4, le(v)), str(8, name))...)
	case unpacked:
		for _, x := range v {
			b = append(b, f32(4, x)...)
		}
		b = append(b, str(8, name)...)
	}
	return b
}

// le returns values as raw_data and packed float_data have them.
func le(v []float32) []byte {
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

func (g *graph) floats(name string, how form, v []float32, dims ...int64) {
	g.inits = append(g.inits, msg(5, floats(name, how, v, dims...))...)
}

// int64s returns the fields of an int64 TensorProto of rank 1.
func int64s(name string, inRaw bool, v ...int64) []byte {
	b := cat(num(1, int64(len(v))), num(2, 7), str(8, name))
	var values []byte
	for _, x := range v {
		if inRaw {
			values = binary.LittleEndian.AppendUint64(values, uint64(x))
		} else {
			values = protowire.AppendVarint(values, uint64(x))
		}
	}
	if inRaw {
		return cat(b, msg(9, values))
	}
	return cat(b, msg(7, values))
}

func (g *graph) int64s(name string, inRaw bool, v ...int64) {
	g.inits = append(g.inits, msg(5, int64s(name, inRaw, v...))...)
}

// value returns the fields of a ValueInfoProto; a dimension of -1 is symbolic.
func value(name string, dims ...int64) []byte {
	var shape []byte
	for _, d := range dims {
		if d < 0 {
			shape = append(shape, msg(1, str(2, "any"))...)
		} else {
			shape = append(shape, msg(1, num(1, d))...)
		}
	}
	return cat(str(1, name), msg(2, msg(1, num(1, 1), msg(2, shape))))
}

func (g *graph) in(name string, dims ...int64) {
	g.ins = append(g.ins, msg(11, value(name, dims...))...)
}
func (g *graph) out(name string, dims ...int64) {
	g.outs = append(g.outs, msg(12, value(name, dims...))...)
}
func (g *graph) info(name string, dims ...int64) {
	g.infos = append(g.infos, msg(13, value(name, dims...))...)
}

// body returns the fields of the GraphProto.
func (g *graph) body() []byte {
	return cat(g.nodes, str(2, "test graph"), g.inits, g.ins, g.outs, g.infos)
}

// model returns the file, with fields that the reader does not know on both sides of the graph.
func (g *graph) model() []byte {
	opset := g.opset
	if opset == 0 {
		opset = 11
	}
	return cat(num(1, 6), str(2, "onnxgraph test"), msg(7, g.body()), msg(8, str(1, ""), num(2, int64(opset))),
		msg(14, str(1, "key"), str(2, "value")))
}
