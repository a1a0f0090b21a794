package dense

import (
	"bytes"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas/blas32"

	"faceid/internal/f32"
	"faceid/internal/gemm"
	"faceid/internal/onnxgraph"
)

// Layer is an embedder's last dense layer: the embedding of a trunk feature t, before it is made a unit vector, is
// W·t + B.
type Layer struct {
	D, T int       // length of the embedding, length of the trunk feature
	W    []float32 // D × T, row-major: one output per row
	B    []float32 // D values
}

// Clone returns a copy that shares nothing.
func (l Layer) Clone() Layer {
	l.W = append([]float32(nil), l.W...)
	l.B = append([]float32(nil), l.B...)
	return l
}

// Check returns ErrData if the layer does not hold together, or takes trunk features of another length than t.
func (l Layer) Check(t int) error {
	if l.D <= 0 || l.T <= 0 || len(l.W) != l.D*l.T || len(l.B) != l.D {
		return fmt.Errorf("%w: a layer of %d × %d with %d weights and %d biases", ErrData, l.D, l.T, len(l.W), len(l.B))
	}
	if l.T != t {
		return fmt.Errorf("%w: the layer takes trunk features of %d values, the data has %d; was another model used?",
			ErrData, l.T, t)
	}
	for _, s := range [][]float32{l.W, l.B} {
		for _, v := range s {
			if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
				return fmt.Errorf("%w: the layer holds a value that is not finite", ErrData)
			}
		}
	}
	return nil
}

// Embed writes to dst, n × D, the unit embeddings of x, n × T trunk features, both row-major. A zero vector stays zero.
func (l Layer) Embed(dst, x []float32) {
	n := len(x) / l.T
	e := gemm.Matrix(dst, n, l.D)
	l.Affine(e, gemm.Matrix(x, n, l.T))
	gemm.Parts(n, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			f32.Unit(dst[i*l.D : (i+1)*l.D])
		}
	})
}

// Affine writes x·Wᵀ + b.
func (l Layer) Affine(dst, x blas32.General) {
	for i := range dst.Rows {
		copy(dst.Data[i*dst.Stride:], l.B)
	}
	gemm.Gemm(false, true, 1, x, gemm.Matrix(l.W, l.D, l.T), 1, dst)
}

// LayerOf reads the last dense layer of an ONNX model.
func LayerOf(model []byte) (Layer, error) {
	m, err := onnxgraph.Parse(model)
	if err != nil {
		return Layer{}, fmt.Errorf("finetune: read the model: %w", err)
	}
	d, err := m.LastDense()
	if err != nil {
		return Layer{}, fmt.Errorf("finetune: read the model: %w", err)
	}
	return Layer{D: d.Dim, T: d.In, W: d.W, B: d.B}, nil
}

// Export returns the bytes of an ONNX model with its last dense layer replaced: the same inputs, outputs and nodes;
// all else stays byte for byte.
func Export(model []byte, l Layer) ([]byte, error) {
	m, err := onnxgraph.Parse(append([]byte(nil), model...))
	if err != nil {
		return nil, fmt.Errorf("finetune: read the model: %w", err)
	}
	d, err := m.LastDense()
	if err != nil {
		return nil, fmt.Errorf("finetune: read the model: %w", err)
	}
	if d.Dim != l.D || d.In != l.T {
		return nil, fmt.Errorf("%w: the layer is %d × %d, the model's %d × %d", ErrData, l.D, l.T, d.Dim, d.In)
	}
	if err := m.SetDense(l.W, l.B); err != nil {
		return nil, fmt.Errorf("finetune: write the layer: %w", err)
	}
	return m.Bytes(), nil
}

// SameTrunk reports whether two models differ in their last dense layer alone, so that a trunk feature of one is one of
// the other. Both are compared with base's layer written into them: where a normalisation is folded into the layer,
// reading and writing rounds, in both alike.
func SameTrunk(base, tuned []byte) (bool, error) {
	l, err := LayerOf(base)
	if err != nil {
		return false, err
	}
	a, err := Export(base, l)
	if err != nil {
		return false, err
	}
	b, err := Export(tuned, l)
	return err == nil && bytes.Equal(a, b), nil // what cannot take the layer has another trunk
}
