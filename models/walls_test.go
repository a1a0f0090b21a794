package models

import (
	"testing"

	"faceid/internal/deptest"
)

// The catalogue is free of what stands on it.
func TestWalls(t *testing.T) {
	deptest.Ours(t, "everything of ours stands on the catalogue; only rooms that know nobody are below it",
		"./internal/...")
	deptest.Unreached(t, map[string]string{
		"github.com/yalue/onnxruntime_go": "the catalogue must work before the library is there, and fetches it",
	})
}
