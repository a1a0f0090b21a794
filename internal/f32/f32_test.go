package f32

import (
	"bytes"
	"math"
	"testing"
)

func TestAppend(t *testing.T) {
	nan := math.Float32frombits(0x7fc00001)
	v := []float32{1, -2.5, float32(math.Inf(-1)), nan, float32(math.Copysign(0, -1))}
	b := Append([]byte{9}, v)
	want := []byte{9, 0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0, 0, 0, 0x80, 0xff, 1, 0, 0xc0, 0x7f, 0, 0, 0, 0x80}
	if !bytes.Equal(b, want) {
		t.Errorf("got % x, want % x", b, want)
	}
	back := make([]float32, len(v))
	Read(back, b[1:])
	for i := range v {
		if math.Float32bits(back[i]) != math.Float32bits(v[i]) {
			t.Errorf("value %d: %v, want %v", i, back[i], v[i])
		}
		if Finite(v[i]) != (!math.IsInf(float64(v[i]), 0) && !math.IsNaN(float64(v[i]))) {
			t.Errorf("Finite(%v) is %v", v[i], Finite(v[i]))
		}
	}
}
