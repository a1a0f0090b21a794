package onnx

import (
	"encoding/binary"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// FastPReLU returns a model that computes the same and lets ONNX Runtime keep its blocked tensor layout.
//
// ONNX Runtime's CPU convolutions work on a blocked layout (NCHWc), and PRelu is not among the operators that do: each
// one costs a slow broadcast and two conversions, together more than half of a MobileFaceNet's time. With a slope a for
// each channel
//
//	PReLU(x) = a·x + (1−a)·max(x, 0)
//
// which is one Relu, two depthwise 1×1 convolutions and an Add, all of which stay blocked (the Add is fused into a
// convolution). It is exact but for the rounding of one addition. A model without such PRelus, or one that cannot be
// read, comes back unchanged.
func FastPReLU(model []byte) []byte {
	out, err := rewritePReLU(model)
	if err != nil {
		return model
	}
	return out
}

// ONNX field numbers: ModelProto.graph; GraphProto.node, .initializer; NodeProto.input, .output, .op_type, .attribute,
// .domain; AttributeProto.name, .i, .ints, .type; TensorProto.dims, .data_type, .float_data, .name, .raw_data,
// .data_location.
const (
	modelGraph                                                                  = 7
	graphNode, graphInitializer                                                 = 1, 5
	nodeInput, nodeOutput, nodeOp, nodeAttr, nodeDomain                         = 1, 2, 4, 5, 7
	attrName, attrI, attrInts, attrType                                         = 1, 3, 8, 20
	tensorDims, tensorType, tensorFloats, tensorName, tensorRaw, tensorLocation = 1, 2, 4, 8, 9, 14
)

// fieldsOf calls f for each field of a message; raw is the whole field, val its content where it is length-delimited.
func fieldsOf(b []byte, f func(num protowire.Number, typ protowire.Type, val, raw []byte) error) error {
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return protowire.ParseError(n)
		}
		m := protowire.ConsumeFieldValue(num, typ, b[n:])
		if m < 0 {
			return protowire.ParseError(m)
		}
		val := b[n : n+m]
		if typ == protowire.BytesType {
			val, _ = protowire.ConsumeBytes(val)
		}
		if err := f(num, typ, val, b[:n+m]); err != nil {
			return err
		}
		b = b[n+m:]
	}
	return nil
}

func rewritePReLU(model []byte) ([]byte, error) {
	var out []byte
	err := fieldsOf(model, func(num protowire.Number, typ protowire.Type, val, raw []byte) error {
		if num != modelGraph || typ != protowire.BytesType {
			out = append(out, raw...)
			return nil
		}
		g, err := rewriteGraph(val)
		out = protowire.AppendTag(out, modelGraph, protowire.BytesType)
		out = protowire.AppendBytes(out, g)
		return err
	})
	return out, err
}

func rewriteGraph(graph []byte) ([]byte, error) {
	slopes := map[string][]float32{}
	uses := map[string]int{} // of each tensor as an input
	kept := map[string]int{} // of those, by PRelus that are replaced
	err := fieldsOf(graph, func(num protowire.Number, typ protowire.Type, val, _ []byte) error {
		if typ != protowire.BytesType {
			return nil
		}
		switch num {
		case graphInitializer:
			name, v, err := channelSlopes(val)
			if v != nil {
				slopes[name] = v
			}
			return err
		case graphNode:
			n, err := readNode(val)
			for _, in := range n.in {
				uses[in]++
			}
			return err
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	replace := func(n nodeInfo) []float32 {
		if n.op != "PRelu" || n.domain != "" && n.domain != "ai.onnx" || len(n.in) != 2 || len(n.out) != 1 {
			return nil
		}
		return slopes[n.in[1]]
	}
	var out, added []byte
	err = fieldsOf(graph, func(num protowire.Number, typ protowire.Type, val, raw []byte) error {
		if num == graphNode && typ == protowire.BytesType {
			n, err := readNode(val)
			if err != nil {
				return err
			}
			if a := replace(n); a != nil {
				kept[n.in[1]]++
				x, y := n.in[0], n.out[0]
				// A name that nobody else has: it starts with that of the tensor that only this node makes.
				p := y + "/prelu_"
				rest := make([]float32, len(a))
				for c := range a {
					rest[c] = 1 - a[c]
				}
				out = appendNode(out, "Relu", 0, p+"relu", x)
				out = appendNode(out, "Conv", len(a), p+"neg", x, p+"a")
				out = appendNode(out, "Conv", len(a), p+"pos", p+"relu", p+"b")
				out = appendNode(out, "Add", 0, y, p+"pos", p+"neg")
				added = appendWeights(added, p+"a", a)
				added = appendWeights(added, p+"b", rest)
				return nil
			}
		}
		out = append(out, raw...)
		return nil
	})
	if err != nil || added == nil {
		return graph, err
	}
	// Slopes that nothing uses any more would be warned of at each load: leave them out.
	var clean []byte
	err = fieldsOf(out, func(num protowire.Number, typ protowire.Type, val, raw []byte) error {
		if num == graphInitializer && typ == protowire.BytesType {
			if name, _, err := channelSlopes(val); err != nil || kept[name] > 0 && kept[name] == uses[name] {
				return err
			}
		}
		clean = append(clean, raw...)
		return nil
	})
	return append(clean, added...), err
}

type nodeInfo struct {
	op, domain string
	in, out    []string
}

func readNode(b []byte) (n nodeInfo, err error) {
	err = fieldsOf(b, func(num protowire.Number, typ protowire.Type, val, _ []byte) error {
		if typ != protowire.BytesType {
			return nil
		}
		switch num {
		case nodeInput:
			n.in = append(n.in, string(val))
		case nodeOutput:
			n.out = append(n.out, string(val))
		case nodeOp:
			n.op = string(val)
		case nodeDomain:
			n.domain = string(val)
		}
		return nil
	})
	return n, err
}

// channelSlopes returns a tensor's name and, if it is float32 of the shape [C, 1, 1] with more than one channel, its
// values.
func channelSlopes(b []byte) (name string, v []float32, err error) {
	var dims []uint64
	var dtype, location uint64
	var raw []byte
	err = fieldsOf(b, func(num protowire.Number, typ protowire.Type, val, _ []byte) error {
		switch {
		case num == tensorDims && typ == protowire.VarintType:
			d, _ := protowire.ConsumeVarint(val)
			dims = append(dims, d)
		case num == tensorDims && typ == protowire.BytesType:
			for len(val) > 0 {
				d, n := protowire.ConsumeVarint(val)
				if n < 0 {
					return protowire.ParseError(n)
				}
				dims, val = append(dims, d), val[n:]
			}
		case num == tensorType && typ == protowire.VarintType:
			dtype, _ = protowire.ConsumeVarint(val)
		case num == tensorLocation && typ == protowire.VarintType:
			location, _ = protowire.ConsumeVarint(val)
		case num == tensorName && typ == protowire.BytesType:
			name = string(val)
		case (num == tensorRaw || num == tensorFloats) && typ == protowire.BytesType:
			raw = append(raw, val...)
		case num == tensorFloats && typ == protowire.Fixed32Type:
			raw = append(raw, val...)
		}
		return nil
	})
	if err != nil || dtype != 1 || location != 0 || len(dims) != 3 || dims[1] != 1 || dims[2] != 1 || dims[0] < 2 {
		return name, nil, err
	}
	if uint64(len(raw)) != 4*dims[0] {
		return name, nil, fmt.Errorf("tensor %q has %d bytes for %d values", name, len(raw), dims[0])
	}
	v = make([]float32, dims[0])
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return name, v, nil
}

// appendNode appends a node to a graph; group > 0 makes it a 1×1 convolution with so many groups.
func appendNode(b []byte, op string, group int, out string, in ...string) []byte {
	var n []byte
	str := func(num protowire.Number, s string) {
		n = protowire.AppendTag(n, num, protowire.BytesType)
		n = protowire.AppendString(n, s)
	}
	for _, s := range in {
		str(nodeInput, s)
	}
	str(nodeOutput, out)
	str(nodeOp, op)
	if group > 0 {
		attr := func(name string, num protowire.Number, kind uint64, values ...uint64) {
			var a []byte
			a = protowire.AppendTag(a, attrName, protowire.BytesType)
			a = protowire.AppendString(a, name)
			for _, v := range values {
				a = protowire.AppendTag(a, num, protowire.VarintType)
				a = protowire.AppendVarint(a, v)
			}
			a = protowire.AppendTag(a, attrType, protowire.VarintType)
			a = protowire.AppendVarint(a, kind)
			n = protowire.AppendTag(n, nodeAttr, protowire.BytesType)
			n = protowire.AppendBytes(n, a)
		}
		attr("group", attrI, 2, uint64(group))
		attr("kernel_shape", attrInts, 7, 1, 1)
	}
	b = protowire.AppendTag(b, graphNode, protowire.BytesType)
	return protowire.AppendBytes(b, n)
}

// appendWeights appends an initializer of shape [len(v), 1, 1, 1] to a graph.
func appendWeights(b []byte, name string, v []float32) []byte {
	var t []byte
	for _, d := range []uint64{uint64(len(v)), 1, 1, 1} {
		t = protowire.AppendTag(t, tensorDims, protowire.VarintType)
		t = protowire.AppendVarint(t, d)
	}
	t = protowire.AppendTag(t, tensorType, protowire.VarintType)
	t = protowire.AppendVarint(t, 1)
	t = protowire.AppendTag(t, tensorName, protowire.BytesType)
	t = protowire.AppendString(t, name)
	raw := make([]byte, 0, 4*len(v))
	for _, x := range v {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
	}
	t = protowire.AppendTag(t, tensorRaw, protowire.BytesType)
	t = protowire.AppendBytes(t, raw)
	b = protowire.AppendTag(b, graphInitializer, protowire.BytesType)
	return protowire.AppendBytes(b, t)
}
