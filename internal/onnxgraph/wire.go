package onnxgraph

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// span is a half-open range of bytes of Model.data.
type span struct{ lo, hi int }

func (s span) len() int { return s.hi - s.lo }

// field is one field of a message: its tag starts at lo, its value (for length-delimited fields the
// content behind the length) at val, and the next field at hi.
type field struct {
	num  protowire.Number
	typ  protowire.Type
	span     // the whole field
	val  int // start of the value
}

func (f field) content() span { return span{f.val, f.hi} }

// maxFields bounds the fields that one model may hold, so that a small file cannot ask for much memory:
// each parsed field costs at most a few hundred bytes. Real face models hold some ten thousands. Packed values are one
// field.
const maxFields = 1 << 20

// reader walks messages of the wire format. It never allocates by a length that it has read.
type reader struct {
	data []byte
	left int // fields still allowed
}

// fields calls fn for each field of the message at s.
func (r *reader) fields(s span, what string, fn func(field) error) error {
	for at := s.lo; at < s.hi; {
		if r.left--; r.left < 0 {
			return fmt.Errorf("%w: more than %d fields", ErrFormat, maxFields)
		}
		num, typ, n := protowire.ConsumeTag(r.data[at:s.hi])
		if n < 0 {
			return fmt.Errorf("%w: %s: bad tag at byte %d", ErrFormat, what, at)
		}
		m := protowire.ConsumeFieldValue(num, typ, r.data[at+n:s.hi])
		if m < 0 {
			return fmt.Errorf("%w: %s: field %d at byte %d is cut off or damaged", ErrFormat, what, num, at)
		}
		f := field{num, typ, span{at, at + n + m}, at + n}
		if typ == protowire.BytesType {
			_, k := protowire.ConsumeVarint(r.data[at+n : s.hi])
			f.val += k
		}
		if err := fn(f); err != nil {
			return err
		}
		at = f.hi
	}
	return nil
}

// want returns an error if f has not the wire type that its number asks for.
func want(f field, t protowire.Type, what string) error {
	if f.typ != t {
		return fmt.Errorf("%w: %s: field %d at byte %d has wire type %d, not %d", ErrFormat, what, f.num, f.lo, f.typ,
			t)
	}
	return nil
}

func (r *reader) str(f field, what string) (string, error) {
	if err := want(f, protowire.BytesType, what); err != nil {
		return "", err
	}
	return string(r.data[f.val:f.hi]), nil
}

func (r *reader) varint(f field, what string) (int64, error) {
	if err := want(f, protowire.VarintType, what); err != nil {
		return 0, err
	}
	v, _ := protowire.ConsumeVarint(r.data[f.val:f.hi])
	return int64(v), nil
}

// ints appends the values of a repeated integer field, packed or not.
func (r *reader) ints(dst []int64, f field, what string) ([]int64, error) {
	if f.typ == protowire.VarintType {
		v, err := r.varint(f, what)
		return append(dst, v), err
	}
	if err := want(f, protowire.BytesType, what); err != nil {
		return nil, err
	}
	for at := f.val; at < f.hi; {
		v, n := protowire.ConsumeVarint(r.data[at:f.hi])
		if n < 0 {
			return nil, fmt.Errorf("%w: %s: bad packed integers at byte %d", ErrFormat, what, at)
		}
		dst = append(dst, int64(v))
		at += n
	}
	return dst, nil
}
