package gallery

import (
	"archive/zip"
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// ExportModel returns the model that an export of size bytes, .jsonl or .npz, says its vectors are of, or nil where it
// does not say. It is for making a gallery that the export can go into. It returns ErrFormat.
func ExportModel(r io.ReaderAt, size int64) (*Model, error) {
	var magic [4]byte
	if n, _ := r.ReadAt(magic[:], 0); n == len(magic) && string(magic[:]) == "PK\x03\x04" {
		z, err := zip.NewReader(r, size)
		if err != nil {
			return nil, fmt.Errorf("%w: %v", ErrFormat, err)
		}
		x := npzReader{ctx: context.Background(), z: z, size: size}
		defer x.close()
		return checked(x.model())
	}
	first, err := bufio.NewReaderSize(io.NewSectionReader(r, 0, min(size, 1<<16)), 1<<16).ReadSlice('\n')
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, err
	}
	if err != nil {
		return nil, nil // a line so long is a person
	}
	h, err := parseHeader(first)
	return checked(h.Model, err)
}

// checked is a model that an export names, unless its texts are none; nil where the export names none.
func checked(m *Model, err error) (*Model, error) {
	if err == nil && m != nil {
		err = m.CheckText()
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

// model reads the array of that name; nil where there is none.
func (x *npzReader) model() (*Model, error) {
	a, err := x.array("model", false, 1, "|u1")
	if err != nil || a == nil {
		return nil, err
	}
	if a.Rows() > 1<<16 {
		return nil, fmt.Errorf("%w: model of %d bytes", ErrFormat, a.Rows())
	}
	b := make([]byte, a.Rows())
	if _, err := io.ReadFull(a.r, b); err != nil {
		return nil, fmt.Errorf("%w: model: %v", ErrFormat, err)
	}
	var m *Model
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, fmt.Errorf("%w: model: %v", ErrFormat, err)
	}
	return m, nil
}
