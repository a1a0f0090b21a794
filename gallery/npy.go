package gallery

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"faceid/internal/f32"
)

// npyHeader describes an array in numpy's .npy format
// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
type npyHeader struct {
	descr string
	shape []int
}

// rows is the first dimension, 1 for a scalar.
func (h npyHeader) rows() int {
	if len(h.shape) == 0 {
		return 1
	}
	return h.shape[0]
}

// writeNpy writes a version 1.0 header.
func writeNpy(w io.Writer, descr string, shape ...int) error {
	var s strings.Builder
	for _, n := range shape {
		fmt.Fprintf(&s, "%d,", n)
	}
	h := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, s.String())
	pad := 64 - (10+len(h)+1)%64
	h += strings.Repeat(" ", pad%64) + "\n"
	b := append([]byte("\x93NUMPY\x01\x00"), byte(len(h)), byte(len(h)>>8))
	_, err := w.Write(append(b, h...))
	return err
}

// maxNpyHeader bounds the text of a header; ours have 118 bytes.
const maxNpyHeader = 1 << 12

// readNpy reads the header. size is the length of all that r will give, header included: the array must fill it exactly, so
// that nothing is allocated for elements that are not there.
func readNpy(r io.Reader, size int64) (npyHeader, error) {
	var h npyHeader
	var pre [12]byte
	if _, err := io.ReadFull(r, pre[:10]); err != nil || string(pre[:6]) != "\x93NUMPY" {
		return h, fmt.Errorf("%w: no .npy array", ErrFormat)
	}
	n, skip := int64(binary.LittleEndian.Uint16(pre[8:])), int64(10)
	switch pre[6] {
	case 1:
	case 2, 3:
		if _, err := io.ReadFull(r, pre[10:]); err != nil {
			return h, fmt.Errorf("%w: cut off", ErrFormat)
		}
		n, skip = int64(binary.LittleEndian.Uint32(pre[8:])), 12
	default:
		return h, fmt.Errorf("%w: .npy version %d", ErrFormat, pre[6])
	}
	if n > maxNpyHeader {
		return h, fmt.Errorf("%w: .npy header of %d bytes", ErrFormat, n)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return h, fmt.Errorf("%w: cut off", ErrFormat)
	}
	if err := h.parse(string(text)); err != nil {
		return h, fmt.Errorf("%w: .npy header: %v", ErrFormat, err)
	}
	item, err := itemSize(h.descr)
	if err != nil {
		return h, err
	}
	bytes := item
	for _, d := range h.shape {
		if d != 0 && bytes > math.MaxInt64/int64(d) {
			return h, fmt.Errorf("%w: .npy array too large", ErrFormat)
		}
		bytes *= int64(d)
	}
	if bytes != size-skip-n {
		return h, fmt.Errorf("%w: .npy array of %d bytes where its shape needs %d", ErrFormat, size-skip-n, bytes)
	}
	return h, nil
}

// itemSize returns the bytes of an element of a type that the import reads.
func itemSize(descr string) (int64, error) {
	switch descr {
	case "<f4", "<i4":
		return 4, nil
	case "<f8", "<i8":
		return 8, nil
	case "|b1", "|u1":
		return 1, nil
	}
	if s, ok := strings.CutPrefix(descr, "<U"); ok {
		if n, err := strconv.Atoi(s); err == nil && n >= 0 && n <= maxName {
			return 4 * int64(n), nil
		}
	}
	return 0, fmt.Errorf("%w: .npy element type %.20q; <f4, <f8, <i4, <i8, |b1, |u1 and <U1 to <U%d are read", ErrFormat, descr, maxName)
}

// parse reads the header's Python dictionary, with its three keys in any order.
func (h *npyHeader) parse(s string) error {
	p := dict{s: s}
	p.want("{")
	seen := 0
	for p.err == nil && !p.take("}") {
		key := p.quoted()
		p.want(":")
		switch key {
		case "descr":
			h.descr, seen = p.quoted(), seen|1
		case "fortran_order":
			seen |= 2
			if p.take("True") {
				return fmt.Errorf("fortran_order is True")
			}
			p.want("False")
		case "shape":
			seen |= 4
			h.shape = h.shape[:0]
			p.want("(")
			for p.err == nil && !p.take(")") {
				h.shape = append(h.shape, p.number())
				if !p.take(",") {
					p.want(")")
					break
				}
			}
		default:
			return fmt.Errorf("key %.20q", key)
		}
		if !p.take(",") {
			p.want("}")
			break
		}
	}
	switch {
	case p.err != nil:
		return p.err
	case strings.TrimSpace(p.s) != "":
		return fmt.Errorf("text after the dictionary")
	case seen != 7:
		return fmt.Errorf("a key is missing")
	case len(h.shape) > 2:
		return fmt.Errorf("%d dimensions", len(h.shape))
	}
	return nil
}

// dict is a cursor over the header's text; after an error it does nothing.
type dict struct {
	s   string
	err error
}

func (p *dict) take(t string) bool {
	p.s = strings.TrimLeft(p.s, " \n\t")
	rest, ok := strings.CutPrefix(p.s, t)
	if ok && p.err == nil {
		p.s = rest
	}
	return ok && p.err == nil
}

func (p *dict) want(t string) {
	if !p.take(t) && p.err == nil {
		p.err = fmt.Errorf("%q expected before %.20q", t, p.s)
	}
}

func (p *dict) quoted() string {
	q := "'"
	if !p.take(q) {
		q = `"`
		p.want(q)
	}
	i := strings.Index(p.s, q)
	if i < 0 || p.err != nil {
		p.err = fmt.Errorf("quote missing")
		return ""
	}
	v := p.s[:i]
	p.s = p.s[i+1:]
	return v
}

func (p *dict) number() int {
	p.take("")
	i := 0
	for i < len(p.s) && p.s[i] >= '0' && p.s[i] <= '9' {
		i++
	}
	n, err := strconv.Atoi(p.s[:i])
	if err != nil || n > math.MaxInt32 {
		p.err = fmt.Errorf("number expected before %.20q", p.s)
		return 0
	}
	p.s = strings.TrimPrefix(p.s[i:], "L")
	return n
}

// npyReader reads an array row by row.
type npyReader struct {
	npyHeader
	r   *bufio.Reader
	c   io.Closer
	buf []byte
}

// row returns the bytes of the next n elements, valid until the next call.
func (a *npyReader) row(n int) ([]byte, error) {
	item, _ := itemSize(a.descr)
	if need := n * int(item); cap(a.buf) < need {
		a.buf = make([]byte, need)
	}
	b := a.buf[:n*int(item)]
	if _, err := io.ReadFull(a.r, b); err != nil {
		return nil, fmt.Errorf("%w: cut off: %v", ErrFormat, err)
	}
	return b, nil
}

// floats returns the next n elements of a float array.
func (a *npyReader) floats(n int) ([]float32, error) {
	b, err := a.row(n)
	if err != nil {
		return nil, err
	}
	v := make([]float32, n)
	if a.descr == "<f4" {
		f32.Read(v, b)
		return v, nil
	}
	for i := range v {
		v[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:])))
	}
	return v, nil
}

// integer returns the next element of an integer or bool array.
func (a *npyReader) integer() (int64, error) {
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

// text returns the next element of a <U array.
func (a *npyReader) text() (string, error) {
	b, err := a.row(1)
	if err != nil {
		return "", err
	}
	var s []byte
	for i := 0; i < len(b); i += 4 {
		r := rune(binary.LittleEndian.Uint32(b[i:]))
		if !utf8.ValidRune(r) {
			return "", fmt.Errorf("%w: %#x is no character", ErrFormat, uint32(r))
		}
		s = utf8.AppendRune(s, r)
	}
	return strings.TrimRight(string(s), "\x00"), nil
}

// appendText appends s as n UTF-32 code units, filled up with zeros.
func appendText(b []byte, s string, n int) []byte {
	for _, r := range s {
		b = binary.LittleEndian.AppendUint32(b, uint32(r))
		n--
	}
	return append(b, make([]byte, 4*n)...)
}
