// Package safetensors reads and writes files in the safetensors format: named tensors and a map of strings.
// The format is eight bytes of header length (little endian), a JSON header, then the tensors' bytes
// (https://github.com/huggingface/safetensors, "Format"). Only F32 and I64 tensors are read and written.
package safetensors

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"sort"
)

// ErrFormat is returned when bytes are not safetensors, or not what their reader needs.
var ErrFormat = errors.New("not a usable safetensors file")

// Bounds of a safetensors file, checked before anything is allocated. maxHeader is the limit of the
// format's own library.
const (
	maxHeader  = 100 << 20
	maxTensors = 1 << 16
	maxRank    = 8
)

// Tensor is a dense row-major array of a safetensors file. Exactly one of F32 and I64 is set.
type Tensor struct {
	Shape []int
	F32   []float32
	I64   []int64
}

// File is the content of a file.
type File struct {
	Tensors  map[string]Tensor
	Metadata map[string]string
}

type tensorHeader struct {
	DType   string   `json:"dtype"`
	Shape   []int64  `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

// WriteTo writes s to w, tensors in the order of their names, so equal contents give equal bytes.
func (s *File) WriteTo(w io.Writer) (int64, error) {
	names := s.names()
	head := make(map[string]any, len(names)+1)
	if len(s.Metadata) > 0 {
		head["__metadata__"] = s.Metadata
	}
	var off int64
	for _, name := range names {
		t := s.Tensors[name]
		th := tensorHeader{DType: "F32", Shape: make([]int64, len(t.Shape))}
		n, size := 1, 4
		for i, d := range t.Shape {
			th.Shape[i] = int64(d)
			n *= d
		}
		have := len(t.F32)
		if t.I64 != nil {
			th.DType, size, have = "I64", 8, len(t.I64)
		}
		if n != have || name == "__metadata__" {
			return 0, fmt.Errorf("safetensors: tensor %q: shape %v does not hold %d values", name, t.Shape, have)
		}
		th.Offsets = [2]int64{off, off + int64(n*size)}
		off = th.Offsets[1]
		head[name] = th
	}
	js, err := json.Marshal(head)
	if err != nil {
		return 0, fmt.Errorf("safetensors: header: %w", err)
	}
	for len(js)%8 != 0 { // the format asks for aligned data; spaces may end the header
		js = append(js, ' ')
	}
	buf := make([]byte, 8, 8+len(js))
	binary.LittleEndian.PutUint64(buf, uint64(len(js)))
	total := int64(0)
	put := func(p []byte) error {
		n, err := w.Write(p)
		total += int64(n)
		return err
	}
	if err := put(append(buf, js...)); err != nil {
		return total, err
	}
	return total, s.body(names, put)
}

// body passes the tensors' bytes to put, in the order of names.
func (s *File) body(names []string, put func([]byte) error) error {
	chunk := make([]byte, 0, 1<<16)
	flush := func() error {
		err := put(chunk)
		chunk = chunk[:0]
		return err
	}
	for _, name := range names {
		t := s.Tensors[name]
		for _, v := range t.F32 {
			chunk = binary.LittleEndian.AppendUint32(chunk, math.Float32bits(v))
			if len(chunk) == cap(chunk) {
				if err := flush(); err != nil {
					return err
				}
			}
		}
		if err := flush(); err != nil {
			return err
		}
		for _, v := range t.I64 {
			chunk = binary.LittleEndian.AppendUint64(chunk, uint64(v))
			if len(chunk) == cap(chunk) {
				if err := flush(); err != nil {
					return err
				}
			}
		}
		if err := flush(); err != nil {
			return err
		}
	}
	return nil
}

func (s *File) names() []string {
	names := make([]string, 0, len(s.Tensors))
	for name := range s.Tensors {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// SumKey is the metadata that holds the SHA-256 of all else, so that a flipped bit is not taken for a number.
const SumKey = "sha256"

// Seal adds the checksum to the metadata; after it nothing must change.
func (s *File) Seal() {
	if s.Metadata == nil {
		s.Metadata = map[string]string{}
	}
	s.Metadata[SumKey] = s.checksum()
}

// Sealed reports whether the checksum is there and right.
func (s *File) Sealed() bool { return s.Metadata[SumKey] == s.checksum() }

func (s *File) checksum() string {
	h := sha256.New()
	keys := make([]string, 0, len(s.Metadata))
	for k := range s.Metadata {
		if k != SumKey {
			keys = append(keys, k)
		}
	}
	sort.Strings(keys)
	for _, k := range keys {
		fmt.Fprintf(h, "%q %q\n", k, s.Metadata[k])
	}
	names := s.names()
	for _, name := range names {
		fmt.Fprintf(h, "%q %v\n", name, s.Tensors[name].Shape)
	}
	_ = s.body(names, func(p []byte) error { h.Write(p); return nil }) // a hash takes everything
	return hex.EncodeToString(h.Sum(nil))
}

// Parse reads a whole file's bytes. Every size is checked against len(data) before anything is
// allocated; tensors must fill the data exactly, without holes or overlaps. Errors wrap ErrFormat.
func Parse(data []byte) (*File, error) {
	if len(data) < 8 {
		return nil, fmt.Errorf("%w: %d bytes", ErrFormat, len(data))
	}
	hl := binary.LittleEndian.Uint64(data)
	if hl > maxHeader || hl > uint64(len(data)-8) {
		return nil, fmt.Errorf("%w: header of %d bytes in a file of %d", ErrFormat, hl, len(data))
	}
	js, body := data[8:8+hl], data[8+hl:]
	if len(js) == 0 || js[0] != '{' {
		return nil, fmt.Errorf("%w: the header is not a JSON object", ErrFormat)
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(js, &raw); err != nil {
		return nil, fmt.Errorf("%w: header: %v", ErrFormat, err)
	}
	s := &File{Tensors: map[string]Tensor{}}
	if m, ok := raw["__metadata__"]; ok {
		if err := json.Unmarshal(m, &s.Metadata); err != nil {
			return nil, fmt.Errorf("%w: metadata: %v", ErrFormat, err)
		}
		delete(raw, "__metadata__")
	}
	if len(raw) > maxTensors {
		return nil, fmt.Errorf("%w: %d tensors", ErrFormat, len(raw))
	}
	type entry struct {
		name string
		tensorHeader
	}
	list := make([]entry, 0, len(raw))
	for name, r := range raw {
		e := entry{name: name}
		dec := json.NewDecoder(bytes.NewReader(r))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&e.tensorHeader); err != nil {
			return nil, fmt.Errorf("%w: tensor %q: %v", ErrFormat, name, err)
		}
		list = append(list, e)
	}
	sort.Slice(list, func(i, j int) bool {
		a, b := list[i], list[j]
		if a.Offsets != b.Offsets {
			return a.Offsets[0] < b.Offsets[0] || a.Offsets[0] == b.Offsets[0] && a.Offsets[1] < b.Offsets[1]
		}
		return a.name < b.name
	})
	var end int64
	for _, e := range list {
		size := int64(4)
		switch e.DType {
		case "F32":
		case "I64":
			size = 8
		default:
			return nil, fmt.Errorf("%w: tensor %q: type %q is not F32 or I64", ErrFormat, e.name, e.DType)
		}
		if len(e.Shape) > maxRank {
			return nil, fmt.Errorf("%w: tensor %q: %d dimensions", ErrFormat, e.name, len(e.Shape))
		}
		n := int64(1)
		shape := make([]int, len(e.Shape))
		for i, d := range e.Shape {
			if d < 0 || d > int64(len(body)) || n*d > int64(len(body)) {
				return nil, fmt.Errorf("%w: tensor %q: shape %v is larger than the file", ErrFormat, e.name, e.Shape)
			}
			n *= d
			shape[i] = int(d)
		}
		if e.Offsets[0] != end || e.Offsets[1]-end != n*size || e.Offsets[1] > int64(len(body)) {
			return nil, fmt.Errorf("%w: tensor %q: bytes %v do not follow %d or do not fit the shape %v", ErrFormat,
				e.name, e.Offsets, end, e.Shape)
		}
		b := body[end:e.Offsets[1]]
		end = e.Offsets[1]
		t := Tensor{Shape: shape}
		if size == 4 {
			t.F32 = make([]float32, n)
			for i := range t.F32 {
				t.F32[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
			}
		} else {
			t.I64 = make([]int64, n)
			for i := range t.I64 {
				t.I64[i] = int64(binary.LittleEndian.Uint64(b[8*i:]))
			}
		}
		s.Tensors[e.name] = t
	}
	if end != int64(len(body)) {
		return nil, fmt.Errorf("%w: %d bytes after the last tensor", ErrFormat, int64(len(body))-end)
	}
	return s, nil
}

// F32 returns the float32 tensor called name if its shape is exactly shape, where -1 stands for any size.
func (s *File) F32(name string, shape ...int) (Tensor, error) {
	t, ok := s.Tensors[name]
	fits := ok && t.I64 == nil && len(t.Shape) == len(shape)
	for i := 0; fits && i < len(shape); i++ {
		fits = shape[i] < 0 || shape[i] == t.Shape[i]
	}
	if !fits {
		return t, fmt.Errorf("%w: tensor %q is missing or its shape %v is not %v", ErrFormat, name, t.Shape, shape)
	}
	return t, nil
}
