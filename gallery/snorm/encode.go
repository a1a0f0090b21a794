package snorm

import (
	"encoding/binary"
	"fmt"
	"math"
)

// The encoding: magic, dim and people as uint32, six float64 (offset, gain, low, high, least, most), m, and the lower
// triangle of S by rows, float32, all little-endian.
const (
	magic  = 0x314d4e53 // "SNM1"
	header = 3*4 + 6*8
)

func encoded(dim int) int { return header + 4*dim + 4*dim*(dim+1)/2 }

// Append appends the encoding of n to b.
func (n *Norm) Append(b []byte) []byte {
	put := binary.LittleEndian
	for _, v := range []uint32{magic, uint32(n.dim), uint32(n.people)} {
		b = put.AppendUint32(b, v)
	}
	for _, v := range []float64{n.offset, n.gain, n.low, n.high, n.least, n.most} {
		b = put.AppendUint64(b, math.Float64bits(v))
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
	d := binary.LittleEndian.Uint32(b[4:])
	if d == 0 || d > maxDim || len(b) != encoded(int(d)) {
		return nil, fmt.Errorf("%w: %d bytes for embeddings of %d values", ErrCohort, len(b), d)
	}
	n := &Norm{dim: int(d), people: int(binary.LittleEndian.Uint32(b[8:]))}
	for i, v := range []*float64{&n.offset, &n.gain, &n.low, &n.high, &n.least, &n.most} {
		*v = math.Float64frombits(binary.LittleEndian.Uint64(b[12+8*i:]))
	}
	const huge = 1e6
	if !(math.Abs(n.offset) < huge && n.gain > 0 && n.gain < huge && n.low > 1/huge && n.low <= n.high &&
		n.high < huge && n.least > -huge && n.least <= n.most && n.most < huge) {
		return nil, fmt.Errorf("%w: its scale is none", ErrCohort)
	}
	b = b[header:]
	next := func(v *float32) error {
		*v = math.Float32frombits(binary.LittleEndian.Uint32(b))
		b = b[4:]
		if !(math.Abs(float64(*v)) < huge) {
			return fmt.Errorf("%w: a value of %v", ErrCohort, *v)
		}
		return nil
	}
	n.mean, n.cov = make([]float32, d), make([]float32, d*d)
	for i := range n.mean {
		if err := next(&n.mean[i]); err != nil {
			return nil, err
		}
	}
	for i := range n.dim {
		for j := range i + 1 {
			if err := next(&n.cov[i*n.dim+j]); err != nil {
				return nil, err
			}
			n.cov[j*n.dim+i] = n.cov[i*n.dim+j]
		}
	}
	return n, nil
}
