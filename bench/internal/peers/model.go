package peers

import (
	"os"
	"path/filepath"

	"faceid/internal/onnxgraph"
)

// FreeBatch writes a copy of a model whose batch is free, as any tool for ONNX files makes it, and returns its path.
func FreeBatch(path, dir string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	m, err := onnxgraph.Parse(b)
	if err == nil {
		err = m.FreeBatch()
	}
	if err != nil {
		return "", err
	}
	path = filepath.Join(dir, filepath.Base(path))
	return path, os.WriteFile(path, m.Bytes(), 0o600)
}
