// Package f32 turns vectors into bytes and back: little-endian float32, as every format here keeps them.
package f32

import (
	"encoding/binary"
	"math"
)

// Append appends v to b, four bytes per value.
func Append(b []byte, v []float32) []byte {
	n := len(b)
	b = append(b, make([]byte, 4*len(v))...)
	for i, x := range v {
		binary.LittleEndian.PutUint32(b[n+4*i:], math.Float32bits(x))
	}
	return b
}

// Read decodes len(dst) values from b. It panics if b is shorter than they are.
func Read(dst []float32, b []byte) {
	for i := range dst {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
}

// Finite reports whether x is neither an infinity nor NaN.
func Finite(x float32) bool { return math.Float32bits(x)&0x7f800000 != 0x7f800000 }
