package safetensors_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"runtime"
	"slices"
	"testing"

	"faceid/internal/safetensors"
)

// file puts a header and a body together as the format says.
func file(header string, body ...byte) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), body...)
}

// TestByHand reads and writes bytes that were written by hand from the format's description.
func TestByHand(t *testing.T) {
	want := file(`{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},`+
		`"b":{"dtype":"I64","shape":[1],"data_offsets":[8,16]}}  `,
		0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, // 1, −2
		0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff) // −2
	s, err := safetensors.Parse(want)
	if err != nil {
		t.Fatal(err)
	}
	a, b := s.Tensors["a"], s.Tensors["b"]
	if !slices.Equal(a.F32, []float32{1, -2}) || !slices.Equal(a.Shape, []int{2, 1}) ||
		!slices.Equal(b.I64, []int64{-2}) || s.Metadata["k"] != "v" {
		t.Errorf("read %+v", s)
	}
	var got bytes.Buffer
	if n, err := s.WriteTo(&got); err != nil || n != int64(got.Len()) {
		t.Fatalf("%d bytes, %v", n, err)
	}
	hl := binary.LittleEndian.Uint64(got.Bytes())
	if hl%8 != 0 {
		t.Errorf("the header of %d bytes leaves the data unaligned", hl)
	}
	trim := func(b []byte) []byte { // the header's padding is free
		hl := binary.LittleEndian.Uint64(b)
		return append(bytes.TrimRight(bytes.Clone(b[8:8+hl]), " "), b[8+hl:]...)
	}
	if !bytes.Equal(trim(got.Bytes()), trim(want)) {
		t.Errorf("wrote\n%q, want\n%q", got.Bytes(), want)
	}
}

func TestRefused(t *testing.T) {
	for name, b := range map[string][]byte{
		"empty":           nil,
		"short":           {1, 0, 0},
		"header too long": binary.LittleEndian.AppendUint64(nil, math.MaxUint64),
		"header cut":      file(`{"a":{}}`)[:10],
		"no object":       file(`[]`),
		"type":            file(`{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}`, 0, 0),
		"hole":            file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, make([]byte, 8)...),
		"overlap": file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},`+
			`"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, make([]byte, 8)...),
		"bytes left over": file(`{}`, 1),
		"shape and size":  file(`{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}`, make([]byte, 8)...),
		"negative":        file(`{"a":{"dtype":"F32","shape":[-1,-2],"data_offsets":[0,8]}}`, make([]byte, 8)...),
		"product overflow": file(`{"a":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,8]}}`,
			make([]byte, 8)...),
		"huge": file(`{"a":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}}`,
			make([]byte, 8)...),
		"rank": file(`{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}`,
			make([]byte, 4)...),
		"unknown field": file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}`, make([]byte, 4)...),
	} {
		if _, err := safetensors.Parse(b); !errors.Is(err, safetensors.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzParse: no panic, no memory beyond a small multiple of the file, and what can be read is written to
// something that reads the same.
func FuzzParse(f *testing.F) {
	f.Add(file(`{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}`, 0, 0, 0x80, 0x3f, 0,
		0, 0, 0xc0))
	f.Add(file(`{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},`+
		`"z":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}`, 1, 0, 0, 0, 0, 0, 0, 0))
	f.Add(file(`{"a":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}}`))
	f.Add(file(`{}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var m0, m1 runtime.MemStats
		runtime.ReadMemStats(&m0)
		s, err := safetensors.Parse(b)
		runtime.ReadMemStats(&m1)
		if grown := m1.TotalAlloc - m0.TotalAlloc; grown > uint64(1<<20+200*len(b)) {
			t.Fatalf("%d bytes allocated for a file of %d", grown, len(b))
		}
		if err != nil {
			if !errors.Is(err, safetensors.ErrFormat) {
				t.Fatal(err)
			}
			return
		}
		var out bytes.Buffer
		if _, err := s.WriteTo(&out); err != nil {
			t.Fatal(err)
		}
		again, err := safetensors.Parse(out.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		var out2 bytes.Buffer
		if _, err := again.WriteTo(&out2); err != nil || !bytes.Equal(out.Bytes(), out2.Bytes()) {
			t.Fatalf("not the same after a round trip: %v", err)
		}
	})
}

// TestSeal: any change after Seal is seen, of a value, a shape, a name or the metadata.
func TestSeal(t *testing.T) {
	sealed := func() *safetensors.File {
		s := &safetensors.File{Tensors: map[string]safetensors.Tensor{
			"a": {Shape: []int{2, 1}, F32: []float32{1, 2}}, "b": {Shape: []int{1}, I64: []int64{3}},
		}}
		s.Seal()
		return s
	}
	if (&safetensors.File{}).Sealed() {
		t.Error("sealed without a seal")
	}
	if !sealed().Sealed() {
		t.Fatal("not sealed")
	}
	var b bytes.Buffer
	if _, err := sealed().WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	if s, err := safetensors.Parse(b.Bytes()); err != nil || !s.Sealed() {
		t.Errorf("the seal is lost on the way: %v", err)
	}
	for name, change := range map[string]func(*safetensors.File){
		"value":   func(s *safetensors.File) { s.Tensors["a"].F32[1] = 3 },
		"integer": func(s *safetensors.File) { s.Tensors["b"].I64[0]++ },
		"shape": func(s *safetensors.File) {
			s.Tensors["a"] = safetensors.Tensor{Shape: []int{1, 2}, F32: []float32{1, 2}}
		},
		"name":     func(s *safetensors.File) { s.Tensors["c"] = s.Tensors["b"]; delete(s.Tensors, "b") },
		"metadata": func(s *safetensors.File) { s.Metadata["k"] = "v" },
	} {
		s := sealed()
		if change(s); s.Sealed() {
			t.Errorf("a changed %s passed", name)
		}
	}
}

// TestF32 asks for shapes.
func TestF32(t *testing.T) {
	s := safetensors.File{Tensors: map[string]safetensors.Tensor{
		"a": {Shape: []int{2, 3}, F32: make([]float32, 6)}, "i": {Shape: []int{2}, I64: make([]int64, 2)},
	}}
	for _, c := range []struct {
		name  string
		shape []int
		ok    bool
	}{
		{"a", []int{2, 3}, true}, {"a", []int{-1, 3}, true}, {"a", []int{-1, -1}, true},
		{"a", []int{3, 2}, false}, {"a", []int{6}, false}, {"a", nil, false}, {"i", []int{2}, false},
		{"none", nil, false},
	} {
		if _, err := s.F32(c.name, c.shape...); (err == nil) != c.ok ||
			err != nil && !errors.Is(err, safetensors.ErrFormat) {
			t.Errorf("%s %v: %v", c.name, c.shape, err)
		}
	}
}
