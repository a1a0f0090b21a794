package npy

import (
	"bufio"
	"errors"
	"io"
	"os"

	"faceid/internal/f32"
)

// Spool collects the rows of a float32 matrix in a temporary file (mode 0600) until their number is known, which stands
// in the header.
type Spool struct {
	Rows int
	dim  int
	f    *os.File
	w    *bufio.Writer
	buf  []byte
	name string // to be removed at the end; "": it has none any more
}

// NewSpool returns an empty one for rows of dim values. Close it after use.
func NewSpool(dim int) (*Spool, error) {
	f, err := os.CreateTemp("", "faceid-*.f32")
	if err != nil {
		return nil, err
	}
	s := &Spool{dim: dim, f: f, w: bufio.NewWriterSize(f, 1<<20)}
	if os.Remove(f.Name()) != nil { // so that a killed process leaves nothing; Windows removes no open file
		s.name = f.Name()
	}
	return s, nil
}

// Append adds a row.
func (s *Spool) Append(row []float32) error {
	s.Rows++
	s.buf = f32.Append(s.buf[:0], row)
	_, err := s.w.Write(s.buf)
	return err
}

// Write writes the matrix, Rows × dim of little-endian float32 in C order.
func (s *Spool) Write(w io.Writer) error {
	if err := s.w.Flush(); err != nil {
		return err
	}
	if _, err := s.f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := WriteHeader(w, "<f4", s.Rows, s.dim); err != nil {
		return err
	}
	_, err := io.Copy(w, s.f)
	return err
}

// Close removes the temporary file.
func (s *Spool) Close() error {
	err := s.f.Close()
	if s.name != "" {
		err = errors.Join(err, os.Remove(s.name))
	}
	return err
}
