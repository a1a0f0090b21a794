package npy_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"faceid/internal/npy"
)

// What was appended is read back, and an empty matrix is one.
func TestSpool(t *testing.T) {
	for _, rows := range [][][]float32{nil, {{1, 2}, {3, 4}, {-5, 0.5}}} {
		s, err := npy.NewSpool(2)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			if err := s.Append(r); err != nil {
				t.Fatal(err)
			}
		}
		var b bytes.Buffer
		if err := s.Write(&b); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		r, err := npy.NewReader(&b, int64(b.Len()))
		if err != nil || r.Rows() != len(rows) {
			t.Fatalf("%d rows, %v", r.Rows(), err)
		}
		for _, want := range rows {
			got := make([]float32, 2)
			if err := r.Floats(got); err != nil || got[0] != want[0] || got[1] != want[1] {
				t.Errorf("%v, %v; want %v", got, err, want)
			}
		}
	}
}

// What a spool holds has no name while it is collected: a killed process leaves no embeddings behind.
func TestSpoolUnnamed(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	s, err := npy.NewSpool(2)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "*"))
	if err != nil || runtime.GOOS != "windows" && len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}
