package onnxgraph

import "errors"

var (
	// ErrFormat is returned when the bytes are not an ONNX ModelProto, or one larger than the reader's bounds.
	ErrFormat = errors.New("onnxgraph: not a readable ONNX model")
	// ErrExternalData is returned when a tensor's values lie in another file, which a model in memory cannot reach.
	ErrExternalData = errors.New("onnxgraph: tensor values are stored outside the file")
	// ErrBatch is returned when the graph has the batch size built in where it cannot be freed.
	ErrBatch = errors.New("onnxgraph: the batch dimension cannot be freed")
	// ErrNoDense is returned when no last dense layer is found.
	ErrNoDense = errors.New("onnxgraph: no last dense layer found")
	// ErrNoTensor is returned when no node makes the tensor asked for.
	ErrNoTensor = errors.New("onnxgraph: no such tensor")
	// ErrWeights is returned when weights cannot be written: wrong length, not finite, or not representable in the
	// graph.
	ErrWeights = errors.New("onnxgraph: weights cannot be written")
)
