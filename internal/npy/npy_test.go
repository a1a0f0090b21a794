package npy_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"faceid/internal/f32"
	"faceid/internal/npy"
)

// array puts a header text and elements together by hand, as the format says: magic, version 1.0, header length.
func array(header string, body ...byte) []byte {
	b := append([]byte("\x93NUMPY\x01\x00"), byte(len(header)), byte(len(header)>>8))
	return append(append(b, header...), body...)
}

func open(b []byte) (*npy.Reader, error) { return npy.NewReader(bytes.NewReader(b), int64(len(b))) }

// TestHeader: the bytes that numpy.save writes of these shapes (NumPy 2.3), the padding apart.
func TestHeader(t *testing.T) {
	for _, c := range []struct {
		descr string
		shape []int
		want  string
	}{
		{"<f4", []int{2, 3}, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"},
		{"<i8", []int{5}, "{'descr': '<i8', 'fortran_order': False, 'shape': (5,), }"},
		{"<U4", nil, "{'descr': '<U4', 'fortran_order': False, 'shape': (), }"},
		{"|b1", []int{0}, "{'descr': '|b1', 'fortran_order': False, 'shape': (0,), }"},
		{"<f4", []int{math.MaxInt32, 65536}, "{'descr': '<f4', 'fortran_order': False, 'shape': (2147483647, " +
			"65536), }"},
	} {
		var b bytes.Buffer
		if err := npy.WriteHeader(&b, c.descr, c.shape...); err != nil {
			t.Fatal(err)
		}
		got := b.Bytes()
		if len(got)%64 != 0 || !bytes.HasPrefix(got, []byte("\x93NUMPY\x01\x00")) ||
			int(binary.LittleEndian.Uint16(got[8:])) != len(got)-10 {
			t.Errorf("%d bytes: %q", len(got), got)
		}
		if text := string(got[10:]); strings.TrimRight(text[:len(text)-1], " ") != c.want ||
			!strings.HasSuffix(text, "\n") {
			t.Errorf("%q, want %q", text, c.want)
		}
	}
}

// TestHeaderLengths: whatever the numbers' lengths, elements begin at a multiple of 64 bytes, and the header is read
// again.
func TestHeaderLengths(t *testing.T) {
	for n := 1; n < math.MaxInt32/10; n *= 10 {
		for d := 1; d < 1e6; d *= 10 {
			var b bytes.Buffer
			if err := npy.WriteHeader(&b, "<f4", n, d); err != nil {
				t.Fatal(err)
			}
			r, err := npy.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len())+4*int64(n)*int64(d))
			if err != nil || b.Len()%64 != 0 || !slices.Equal(r.Shape, []int{n, d}) || r.Descr != "<f4" ||
				r.Rows() != n {
				t.Fatalf("%d × %d: %d bytes, %+v, %v", n, d, b.Len(), r, err)
			}
		}
	}
}

func TestElements(t *testing.T) {
	head := func(descr, shape string) string {
		return "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }\n"
	}
	r, err := open(array(head("<f4", "(3,)"), f32.Append(nil, []float32{1, -2, float32(math.Inf(1))})...))
	if err != nil {
		t.Fatal(err)
	}
	v := make([]float32, 2)
	if err := r.Floats(v); err != nil || v[0] != 1 || v[1] != -2 {
		t.Errorf("%v, %v", v, err)
	}
	if err := r.Floats(v[:1]); err != nil || !math.IsInf(float64(v[0]), 1) {
		t.Errorf("%v, %v", v, err)
	}
	if err := r.Floats(v[:1]); !errors.Is(err, npy.ErrFormat) || !errors.Is(err, io.EOF) {
		t.Errorf("after the last: %v", err)
	}
	r, err = open(array(head("<f8", "(1, 1)"), binary.LittleEndian.AppendUint64(nil, math.Float64bits(0.5))...))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Floats(v[:1]); err != nil || v[0] != 0.5 {
		t.Errorf("float64: %v, %v", v, err)
	}
	for descr, b := range map[string][]byte{
		"<i4": {0xfe, 0xff, 0xff, 0xff},
		"<i8": {0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		"|u1": {0xfe},
		"|b1": {1},
	} {
		r, err := open(array(head(descr, "()"), b...))
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]int64{"<i4": -2, "<i8": -2, "|u1": 254, "|b1": 1}[descr]
		if got, err := r.Integer(); err != nil || got != want || r.Rows() != 1 {
			t.Errorf("%s: %d, %v", descr, got, err)
		}
	}
	r, err = open(array(head("<U3", "(2,)"), npy.AppendText(npy.AppendText(nil, "Ada", 3), "é", 3)...))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Ada", "é"} {
		if got, err := r.Text(); err != nil || got != want {
			t.Errorf("%q, %v", got, err)
		}
	}
}

// TestKinds: elements are read as what they are.
func TestKinds(t *testing.T) {
	for descr, kind := range map[string]string{"<f4": "float", "<f8": "float", "<i4": "int", "<i8": "int", "|b1": "int",
		"|u1": "int", "<U1": "text"} {
		for _, as := range []string{"float", "int", "text"} {
			size := map[byte]int{'1': 1, '4': 4, '8': 8}[descr[2]]
			if kind == "text" {
				size = 4
			}
			r, err := open(array("{'descr': '"+descr+"', 'fortran_order': False, 'shape': (), }",
				make([]byte, size)...))
			if err != nil {
				t.Fatal(err)
			}
			switch as {
			case "float":
				err = r.Floats(make([]float32, 1))
			case "int":
				_, err = r.Integer()
			case "text":
				_, err = r.Text()
			}
			if (err == nil) != (as == kind) || err != nil && !errors.Is(err, npy.ErrFormat) {
				t.Errorf("%s as %s: %v", descr, as, err)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	const good = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }"
	f4 := make([]byte, 4)
	if _, err := open(array(good, f4...)); err != nil {
		t.Fatal(err)
	}
	long := array(good, f4...)
	long[6] = 2 // version 2.0, whose header length has four bytes
	binary.LittleEndian.PutUint16(long[8:], math.MaxUint16)
	version := array(good, f4...)
	version[6] = 4
	for name, b := range map[string][]byte{
		"empty":            nil,
		"short":            []byte("\x93NUMPY\x01"),
		"magic":            append([]byte("\x94NUMPY"), array(good, f4...)[6:]...),
		"header cut":       array(good)[:40],
		"version":          version,
		"header too long":  long,
		"too few bytes":    array(good, 0, 0, 0),
		"too many bytes":   array(good, 0, 0, 0, 0, 0),
		"fortran order":    array(strings.Replace(good, "False", "True", 1), f4...),
		"no shape":         array("{'descr': '<f4', 'fortran_order': False}", f4...),
		"another key":      array(strings.Replace(good, "{", "{'x': 1, ", 1), f4...),
		"text behind":      array(good+"x", f4...),
		"big endian":       array(strings.Replace(good, "<f4", ">f4", 1), f4...),
		"objects":          array(strings.Replace(good, "<f4", "|O", 1), f4...),
		"no characters":    array(strings.Replace(good, "<f4", "<U0", 1)),
		"characters":       array(strings.Replace(good, "<f4", "<U1001", 1), make([]byte, 4004)...),
		"dimensions":       array(strings.Replace(good, "(1,)", "(1, 1, 1)", 1), f4...),
		"negative":         array(strings.Replace(good, "(1,)", "(-1,)", 1), f4...),
		"product overflow": array(strings.Replace(good, "(1,)", "(2147483647, 2147483647)", 1), f4...),
		"huge":             array(strings.Replace(good, "(1,)", "(99999999999999999999,)", 1), f4...),
	} {
		if _, err := open(b); !errors.Is(err, npy.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// behind the last character
	r, err := open(array("{'descr': '<U1', 'fortran_order': False, 'shape': (), }", 0, 0, 0x11, 0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Text(); !errors.Is(err, npy.ErrFormat) {
		t.Errorf("not a character: %v", err)
	}
}

// FuzzReader: no panic, no memory beyond a small multiple of the file; an array that is read ends where the file does,
// and its header, written again, is read as the same.
func FuzzReader(f *testing.F) {
	f.Add("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }", []byte("12345678"))
	f.Add("{\"shape\":(),'fortran_order':False,'descr':'<U1'}", []byte("A\x00\x00\x00"))
	f.Add("{'descr': '|b1', 'fortran_order': False, 'shape': (2L,), }", []byte{0, 1})
	f.Add("{'descr': '<f8', 'fortran_order': False, 'shape': (2147483647,1073741824), }", []byte{})
	f.Fuzz(func(t *testing.T, header string, body []byte) {
		if len(header) > math.MaxUint16 {
			return
		}
		in := array(header, body...)
		var m0, m1 runtime.MemStats
		runtime.ReadMemStats(&m0)
		r, err := open(in)
		if err == nil {
			err = readAll(r)
		}
		runtime.ReadMemStats(&m1)
		if grown := m1.TotalAlloc - m0.TotalAlloc; grown > uint64(1<<20+50*len(in)) {
			t.Fatalf("%d bytes allocated for a file of %d", grown, len(in))
		}
		if err != nil {
			if !errors.Is(err, npy.ErrFormat) {
				t.Fatal(err)
			}
			return
		}
		var b bytes.Buffer
		if err := npy.WriteHeader(&b, r.Descr, r.Shape...); err != nil {
			t.Fatal(err)
		}
		again, err := open(append(b.Bytes(), body...))
		if err != nil || again.Descr != r.Descr || !slices.Equal(again.Shape, r.Shape) {
			t.Fatalf("%+v became %+v, %v", r.Header, again, err)
		}
	})
}

// readAll reads every element, and reports the first error or that bytes are left.
func readAll(r *npy.Reader) error {
	n := 1
	for _, d := range r.Shape {
		n *= d
	}
	one := make([]float32, 1)
	next := func() error {
		switch r.Descr[1] {
		case 'f':
			return r.Floats(one)
		case 'U':
			_, err := r.Text()
			return err
		}
		_, err := r.Integer()
		return err
	}
	for range n {
		if err := next(); err != nil {
			return err
		}
	}
	if next() == nil {
		return fmt.Errorf("elements beyond the shape")
	}
	return nil
}
