package onnxgraph

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// fold computes p.W and p.B.
func (m *Model) fold(p *place) string {
	w := m.read(p.w)
	p.W, p.B = make([]float32, len(w)), make([]float32, p.Dim)
	var b []float32
	if p.b != nil {
		b = m.read(p.b)
	}
	for i := range p.Dim {
		k, shift := 1.0, 0.0
		if p.bn != nil {
			k = p.bn.factor(i)
			shift = float64(p.bn.shift[i]) - k*float64(p.bn.mean[i])
		}
		for j := range p.In {
			p.W[i*p.In+j] = float32(k * p.alpha * float64(w[p.at(i, j)]))
		}
		if b != nil {
			shift += k * p.beta * float64(b[i])
		}
		p.B[i] = float32(shift)
	}
	for _, s := range [][]float32{p.W, p.B} {
		if !finite(s) {
			return "weights that are not finite"
		}
	}
	return ""
}

// at returns the index in the stored weights of row i, column j of W.
func (p *place) at(i, j int) int {
	if p.inDim {
		return j*p.Dim + i
	}
	return i*p.In + j
}

func finite(s []float32) bool {
	return !slices.ContainsFunc(s, func(v float32) bool { return math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) })
}

// read returns the values of a tensor that floats has passed.
func (m *Model) read(t *tensor) []float32 {
	v := make([]float32, 0, t.size())
	for _, s := range t.raw {
		for at := s.lo; at < s.hi; at += 4 {
			v = append(v, math.Float32frombits(binary.LittleEndian.Uint32(m.data[at:])))
		}
	}
	return v
}

// write stores values where read found them.
func (m *Model) write(t *tensor, v []float32) {
	m.own()
	for _, s := range t.raw {
		for at := s.lo; at < s.hi; at += 4 {
			binary.LittleEndian.PutUint32(m.data[at:], math.Float32bits(v[0]))
			v = v[1:]
		}
	}
}

// SetDense writes the last dense layer so that it maps x to w·x + b; w is Dim × In, row-major. The file keeps its
// length, and only the values of the layer's weights and bias change. Behind them a BatchNormalization stays as it is:
// what is written is divided by its factor scale/√(variance+eps) first, and where the layer has no bias of its own the
// BatchNormalization's takes b. A channel whose factor is 0 could not be reached that way. If w and b keep such a
// channel as it was it is left alone, else its scale becomes √(variance+eps), so that its factor is 1; those four bytes
// are the only others that ever change.
//
// It returns ErrWeights, and has changed nothing, if a length is wrong, a value is not finite, b is not zero where the
// graph has nowhere to put it, or another node reads the same weights; and LastDense's errors.
func (m *Model) SetDense(w, b []float32) error {
	p, err := m.lastDense()
	if err != nil {
		return err
	}
	if len(w) != len(p.W) || len(b) != p.Dim {
		return fmt.Errorf("%w: %d weights and %d biases for a layer of %d×%d", ErrWeights, len(w), len(b), p.Dim, p.In)
	}
	if !finite(w) || !finite(b) {
		return fmt.Errorf("%w: a value is not finite", ErrWeights)
	}
	biasT := p.b
	if biasT == nil && p.bn != nil {
		biasT = p.bn.shiftT
	}
	for _, t := range []*tensor{p.w, biasT} {
		if t != nil && m.uses(t) > 1 {
			return fmt.Errorf("%w: tensor %q is used in another place too", ErrWeights, t.name)
		}
	}
	newW, newB := m.read(p.w), make([]float32, p.Dim)
	old := newB
	if biasT != nil {
		old = m.read(biasT)
	}
	var scale []float32 // the BatchNormalization's, if a channel needs another
	for i := range p.Dim {
		k, shift, mean := 1.0, 0.0, 0.0
		row := w[i*p.In : (i+1)*p.In]
		if p.bn != nil {
			k, shift, mean = p.bn.factor(i), float64(p.bn.shift[i]), float64(p.bn.mean[i])
			if k == 0 {
				if slices.Equal(row, p.W[i*p.In:(i+1)*p.In]) && b[i] == p.B[i] {
					newB[i] = old[i]
					continue
				}
				if scale == nil {
					scale = slices.Clone(p.bn.scale)
				}
				scale[i] = float32(math.Sqrt(float64(p.bn.variance[i]) + p.bn.eps))
				k = float64(scale[i]) / math.Sqrt(float64(p.bn.variance[i])+p.bn.eps)
			}
		}
		for j, v := range row {
			newW[p.at(i, j)] = float32(float64(v) / (k * p.alpha))
		}
		switch {
		case p.b != nil:
			newB[i] = float32(((float64(b[i])-shift)/k + mean) / p.beta)
		case p.bn != nil:
			newB[i] = float32(float64(b[i]) + k*mean)
		case b[i] != 0:
			return fmt.Errorf("%w: b is not zero, and the %s in the graph has no bias", ErrWeights, p.Op)
		}
	}
	if !finite(newW) || !finite(newB) {
		return fmt.Errorf("%w: divided by the BatchNormalization's factor they are not finite", ErrWeights)
	}
	if scale != nil {
		if m.uses(p.bn.scaleT) > 1 {
			return fmt.Errorf("%w: tensor %q is used in another place too", ErrWeights, p.bn.scaleT.name)
		}
		m.write(p.bn.scaleT, scale)
	}
	m.write(p.w, newW)
	if biasT != nil {
		m.write(biasT, newB)
	}
	return nil
}

// uses counts the places where nodes and outputs of the graph name a stored tensor.
func (m *Model) uses(t *tensor) int {
	c := 0
	for i := range m.nodes {
		if m.nodes[i].op == "Identity" && m.nodes[i].standard() {
			continue // its readers are counted
		}
		for _, in := range m.nodes[i].in {
			if m.constant(in) == t {
				c++
			}
		}
	}
	for _, o := range m.outs {
		if m.constant(o.Name) == t {
			c++
		}
	}
	return c
}
