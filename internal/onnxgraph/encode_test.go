package onnxgraph_test

import "faceid/internal/onnxgraph/onnxtest"

// The tests write much ONNX by hand, in short words.
type graph = onnxtest.Graph

const (
	raw      = onnxtest.Raw
	packed   = onnxtest.Packed
	unpacked = onnxtest.Unpacked
)

type form = onnxtest.Form

var (
	cat, msg, str, num = onnxtest.Cat, onnxtest.Msg, onnxtest.Str, onnxtest.Num
	attrI, attrF       = onnxtest.AttrI, onnxtest.AttrF
	attrT, attrG       = onnxtest.AttrT, onnxtest.AttrG
	attrInts           = onnxtest.AttrInts
	floats, int64s     = onnxtest.FloatTensor, onnxtest.IntTensor
	le, f32            = onnxtest.LE, onnxtest.F32
)
