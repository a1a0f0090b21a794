package onnxgraph

import (
	"testing"

	"faceid/internal/deptest"
)

// The reader stands below everything.
func TestWalls(t *testing.T) {
	deptest.Ours(t, "models stands on it, and so does everybody else")
	deptest.Unreached(t, map[string]string{
		"github.com/yalue/onnxruntime_go": "files are read before the library is there, and on machines where it " +
			"never is",
	})
}
