// Package onnxgraph reads an ONNX model and patches it in memory: it frees the batch dimension, makes an
// inner tensor an output, and finds the last dense layer and writes it anew. All else in the file stays byte for byte.
//
//	m, err := onnxgraph.Parse(file)
//	err = m.FreeBatch()              // [1, 3, 112, 112] becomes [batch, 3, 112, 112]
//	d, err := m.LastDense()          // embedding = d.W · trunk + d.B
//	err = m.Tap(d.Trunk)             // the session now returns the trunk feature too
//	session := load(m.Bytes())
//
// # Caveats
//
// FreeBatch follows the batch through the operators that it knows; a graph can still hide the number 1 in
// arithmetic on shapes. Callers that batch compare the answer for two images with the answers for each of them once
// after loading.
//
// LastDense looks back from the first output and stops at anything that is not a change of shape, a
// BatchNormalization or an Add of a constant; a network that ends in its own L2 normalisation has none for it.
//
// # Design
//
// What: an own reader of the wire format that remembers where each part stands, and edits as replaced byte ranges.
// Why: a trained layer must be the only difference between two files, which a decode and encode by generated code does
// not promise (order, padding and unknown fields may change), and a 170 MB model is read without copying its weights.
// Rejected: generated protobuf types (above, and three times the memory); the onnx Python package (no Python here).
package onnxgraph
