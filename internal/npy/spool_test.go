package npy

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// The embeddings that a spool holds have no name while they are collected: a killed process leaves none behind.
func TestSpool(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	s, err := NewSpool(2)
	if err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "*"))
	if err != nil || runtime.GOOS != "windows" && len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
	for _, row := range [][]float32{{1, 2}, {3, 4}} {
		if err := s.Append(row); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := s.Write(&b); err != nil || !bytes.Contains(b.Bytes(), []byte("(2, 2)")) || b.Len()%16 != 0 {
		t.Errorf("%v, %q", err, b.Bytes())
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
