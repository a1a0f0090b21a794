// Package npy reads and writes arrays in NumPy's .npy format
// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html): C order, at most two dimensions, elements
// little-endian. A reader gets the elements in order, and allocates nothing for those that are not there.
package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"faceid/internal/f32"
)

// ErrFormat is returned for bytes that are not an array, or not one of those that this package reads.
var ErrFormat = errors.New("not a usable .npy array")

// MaxText bounds the characters of a <U element.
const MaxText = 1000

// maxHeader bounds the text of a header; ours have 118 bytes.
const maxHeader = 1 << 12

// Header is the type of an array's elements and its shape.
type Header struct {
	Descr string // "<f4", "<f8", "<i4", "<i8", "|b1", "|u1", or "<U1" to "<U1000"
	Shape []int  // at most two dimensions; none for a scalar
}

// Rows is the first dimension, 1 for a scalar.
func (h Header) Rows() int {
	if len(h.Shape) == 0 {
		return 1
	}
	return h.Shape[0]
}

// itemSize is the number of bytes of an element, 0 for a type that is not read.
func (h Header) itemSize() int {
	switch h.Descr {
	case "<f4", "<i4":
		return 4
	case "<f8", "<i8":
		return 8
	case "|b1", "|u1":
		return 1
	}
	if s, ok := strings.CutPrefix(h.Descr, "<U"); ok {
		if n, err := strconv.Atoi(s); err == nil && n > 0 && n <= MaxText {
			return 4 * n
		}
	}
	return 0
}

// WriteHeader writes a header of version 1.0, padded so that the elements begin at a multiple of 64 bytes. They follow
// as the caller writes them; f32.Append makes bytes of <f4.
func WriteHeader(w io.Writer, descr string, shape ...int) error {
	var s strings.Builder
	for i, n := range shape {
		if i > 0 {
			s.WriteString(" ")
		}
		fmt.Fprintf(&s, "%d,", n)
	}
	dims := s.String()
	if len(shape) > 1 { // Python's tuple of one needs its comma
		dims = strings.TrimSuffix(dims, ",")
	}
	h := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, dims)
	pad := 64 - (10+len(h)+1)%64
	h += strings.Repeat(" ", pad%64) + "\n"
	b := append([]byte("\x93NUMPY\x01\x00"), byte(len(h)), byte(len(h)>>8))
	_, err := w.Write(append(b, h...))
	return err
}

// AppendText appends s as one <U element of n characters, filled up with zeros; s must not be longer.
func AppendText(b []byte, s string, n int) []byte {
	for _, r := range s {
		b = binary.LittleEndian.AppendUint32(b, uint32(r))
		n--
	}
	return append(b, make([]byte, 4*n)...)
}

// A Reader gives an array's elements in order.
type Reader struct {
	Header
	r   io.Reader
	buf []byte
}

// NewReader reads the header. size is the number of bytes that r will give, header included: the array must fill it
// exactly. Errors of a Reader wrap ErrFormat. r is read in small pieces, so it should be buffered.
func NewReader(r io.Reader, size int64) (*Reader, error) {
	var pre [12]byte
	if _, err := io.ReadFull(r, pre[:10]); err != nil || string(pre[:6]) != "\x93NUMPY" {
		return nil, fmt.Errorf("%w: it does not begin as one", ErrFormat)
	}
	n, skip := int64(binary.LittleEndian.Uint16(pre[8:])), int64(10)
	switch pre[6] {
	case 1:
	case 2, 3:
		if _, err := io.ReadFull(r, pre[10:]); err != nil {
			return nil, fmt.Errorf("%w: cut off", ErrFormat)
		}
		n, skip = int64(binary.LittleEndian.Uint32(pre[8:])), 12
	default:
		return nil, fmt.Errorf("%w: version %d", ErrFormat, pre[6])
	}
	if n > maxHeader {
		return nil, fmt.Errorf("%w: a header of %d bytes", ErrFormat, n)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, fmt.Errorf("%w: cut off", ErrFormat)
	}
	a := &Reader{r: r}
	if err := a.parse(string(text)); err != nil {
		return nil, fmt.Errorf("%w: header: %v", ErrFormat, err)
	}
	bytes := int64(a.itemSize())
	if bytes == 0 {
		return nil, fmt.Errorf("%w: element type %.20q; <f4, <f8, <i4, <i8, |b1, |u1 and <U1 to <U%d are read",
			ErrFormat, a.Descr, MaxText)
	}
	for _, d := range a.Shape {
		if d != 0 && bytes > math.MaxInt64/int64(d) {
			return nil, fmt.Errorf("%w: too large", ErrFormat)
		}
		bytes *= int64(d)
	}
	if bytes != size-skip-n {
		return nil, fmt.Errorf("%w: %d bytes of elements where its shape needs %d", ErrFormat, size-skip-n, bytes)
	}
	return a, nil
}

// row returns the bytes of the next n elements, valid until the next call.
func (a *Reader) row(n int) ([]byte, error) {
	need := n * a.itemSize()
	if cap(a.buf) < need {
		a.buf = make([]byte, need)
	}
	b := a.buf[:need]
	if _, err := io.ReadFull(a.r, b); err != nil {
		return nil, fmt.Errorf("%w: cut off: %w", ErrFormat, err)
	}
	return b, nil
}

// want refuses to read elements as what they are not.
func (a *Reader) want(ok bool, what string) error {
	if !ok {
		return fmt.Errorf("%w: elements of type %s are not %s", ErrFormat, a.Descr, what)
	}
	return nil
}

// Floats fills dst with the next elements of a float array.
func (a *Reader) Floats(dst []float32) error {
	if err := a.want(a.Descr == "<f4" || a.Descr == "<f8", "floats"); err != nil {
		return err
	}
	b, err := a.row(len(dst))
	if err != nil {
		return err
	}
	if a.Descr == "<f4" {
		f32.Read(dst, b)
		return nil
	}
	for i := range dst {
		dst[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:])))
	}
	return nil
}

// Integer returns the next element of an array of integers or truth values.
func (a *Reader) Integer() (int64, error) {
	if err := a.want(strings.Contains("<i4 <i8 |b1 |u1", a.Descr), "integers"); err != nil {
		return 0, err
	}
	b, err := a.row(1)
	if err != nil {
		return 0, err
	}
	switch len(b) {
	case 4:
		return int64(int32(binary.LittleEndian.Uint32(b))), nil
	case 8:
		return int64(binary.LittleEndian.Uint64(b)), nil
	}
	return int64(b[0]), nil
}

// Text returns the next element of a <U array, without the zeros that fill it.
func (a *Reader) Text() (string, error) {
	if err := a.want(a.Descr[1] == 'U', "text"); err != nil {
		return "", err
	}
	b, err := a.row(1)
	if err != nil {
		return "", err
	}
	var s []byte
	for i := 0; i < len(b); i += 4 {
		r := binary.LittleEndian.Uint32(b[i:])
		if r > utf8.MaxRune || !utf8.ValidRune(rune(r)) {
			return "", fmt.Errorf("%w: %#x is not a character", ErrFormat, r)
		}
		s = utf8.AppendRune(s, rune(r))
	}
	return strings.TrimRight(string(s), "\x00"), nil
}
