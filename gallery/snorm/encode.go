package snorm

import (
	"encoding/binary"
	"fmt"
	"math"
)

// The encoding: magic, dim, people and own as uint32, four float64 (low, high, least, most); then m and
// the lower triangle of S by rows, float32, first of the strangers as they are, then as they are used. All is
// little-endian.
const (
	magic  = 0x314d4e53 // "SNM1"
	header = 4*4 + 4*8
)

func encoded(dim int) int { return header + 2*4*(dim+dim*(dim+1)/2) }

// Append appends the encoding of n to b.
func (n *Norm) Append(b []byte) []byte {
	put := binary.LittleEndian
	for _, v := range []uint32{magic, uint32(n.dim), uint32(n.base.People), uint32(n.own)} {
		b = put.AppendUint32(b, v)
	}
	for _, v := range []float64{n.low, n.high, n.least, n.most} {
		b = put.AppendUint64(b, math.Float64bits(v))
	}
	for _, v := range n.base.Mean {
		b = put.AppendUint32(b, math.Float32bits(float32(v)))
	}
	for i := range n.dim {
		for _, v := range n.base.Cov[i*n.dim:][:i+1] {
			b = put.AppendUint32(b, math.Float32bits(float32(v)))
		}
	}
	for _, v := range n.mean {
		b = put.AppendUint32(b, math.Float32bits(v))
	}
	for i := range n.dim {
		for _, v := range n.cov[i*n.dim:][:i+1] {
			b = put.AppendUint32(b, math.Float32bits(v))
		}
	}
	return b
}

// Parse reads what Append wrote. It returns ErrCohort for anything else: another length, a value that is no number, a
// deviation that is none. What it returns normalises, whatever it was made of: the scores of unit vectors are finite.
func Parse(b []byte) (*Norm, error) {
	if len(b) < header || binary.LittleEndian.Uint32(b) != magic {
		return nil, fmt.Errorf("%w: it does not begin as one", ErrCohort)
	}
	size := binary.LittleEndian.Uint32(b[4:])
	if size == 0 || size > maxDim || len(b) != encoded(int(size)) {
		return nil, fmt.Errorf("%w: %d bytes for embeddings of %d values", ErrCohort, len(b), size)
	}
	d := int(size)
	n := &Norm{dim: d, base: &Moments{People: int(binary.LittleEndian.Uint32(b[8:]))},
		own: int(binary.LittleEndian.Uint32(b[12:]))}
	for i, v := range []*float64{&n.low, &n.high, &n.least, &n.most} {
		*v = math.Float64frombits(binary.LittleEndian.Uint64(b[16+8*i:]))
	}
	const huge = 1e6
	if !(n.low > 1/huge && n.low <= n.high && n.high < huge && n.least > -huge && n.least <= n.most &&
		n.most < huge) {
		return nil, fmt.Errorf("%w: its bounds are none", ErrCohort)
	}
	values := make([]float32, (len(b)-header)/4)
	for i := range values {
		v := math.Float32frombits(binary.LittleEndian.Uint32(b[header+4*i:]))
		if !(math.Abs(float64(v)) < huge) {
			return nil, fmt.Errorf("%w: a value of %v", ErrCohort, v)
		}
		values[i] = v
	}
	next := func(k int) []float32 {
		v := values[:k]
		values = values[k:]
		return v
	}
	n.base.Mean, n.base.Cov = wide(next(d)), wide(square(next(d*(d+1)/2), d))
	n.mean, n.cov = next(d), square(next(d*(d+1)/2), d)
	return n, nil
}

// square is the symmetric matrix of a lower triangle.
func square(lower []float32, d int) []float32 {
	out := make([]float32, d*d)
	for i := range d {
		for j := range i + 1 {
			out[i*d+j], out[j*d+i] = lower[i*(i+1)/2+j], lower[i*(i+1)/2+j]
		}
	}
	return out
}

func wide(v []float32) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = float64(x)
	}
	return out
}
