package onnxgraph

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// proto is a kind of message of onnx.proto in which a tensor may lie, at whatever depth.
type proto int

const (
	modelProto proto = iota
	graphProto
	nodeProto
	attributeProto
	tensorProto
	sparseTensorProto
	functionProto
	trainingInfoProto
)

// parts are the fields of each message through which a tensor is reached.
var parts = [...]map[protowire.Number]proto{
	modelProto: {7: graphProto, 20: trainingInfoProto, 25: functionProto},
	graphProto: {1: nodeProto, 5: tensorProto, 15: sparseTensorProto},
	nodeProto:  {5: attributeProto},
	attributeProto: {5: tensorProto, 6: graphProto, 10: tensorProto, 11: graphProto, 22: sparseTensorProto,
		23: sparseTensorProto},
	sparseTensorProto: {1: tensorProto, 2: tensorProto},
	functionProto:     {7: nodeProto, 11: attributeProto},
	trainingInfoProto: {1: graphProto, 2: graphProto},
	tensorProto:       {},
}

// maxDepth is how deep messages may lie in one another: what protobuf's own parsers take, ONNX Runtime's among them.
const maxDepth = 100

// whole returns ErrExternalData if a tensor anywhere in the model, in the branches of an If and in functions too, has
// its values in another file: the checksum of the model would not cover them. It returns ErrFormat for a model nested
// more than maxDepth deep.
func (r *reader) whole(s span, is proto, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("%w: nested more than %d deep", ErrFormat, maxDepth)
	}
	var name string
	external := false
	err := r.fields(s, "model", func(f field) error {
		if sub, ok := parts[is][f.num]; ok && f.typ == protowire.BytesType {
			return r.whole(f.content(), sub, depth+1)
		}
		if is != tensorProto {
			return nil
		}
		switch {
		case f.num == 8 && f.typ == protowire.BytesType:
			name = string(r.data[f.val:f.hi])
		case f.num == 13:
			external = true
		case f.num == 14 && f.typ == protowire.VarintType:
			v, _ := protowire.ConsumeVarint(r.data[f.val:f.hi])
			external = external || v != 0
		}
		return nil
	})
	if err == nil && external {
		err = fmt.Errorf("%w: tensor %q; save the model as one file (onnx.save_model with save_as_external_data=False)",
			ErrExternalData, name)
	}
	return err
}
