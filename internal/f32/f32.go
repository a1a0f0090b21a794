// Package f32 has what vectors of float32 need in several rooms: bytes and back, little-endian as every format here
// keeps them, whether they are finite, and unit length.
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

// AllFinite reports whether every value is.
func AllFinite(v []float32) bool {
	for _, x := range v {
		if !Finite(x) {
			return false
		}
	}
	return true
}

// Unit normalises v in place and returns the norm that it had; zero stays zero.
func Unit(v []float32) float64 {
	var s float64
	for _, x := range v {
		s += float64(x) * float64(x)
	}
	n := math.Sqrt(s)
	if n > 0 {
		f := float32(1 / n)
		for i := range v {
			v[i] *= f
		}
	}
	return n
}
