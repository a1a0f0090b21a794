package onnx

import (
	"testing"

	"faceid/internal/deptest"
)

// A session knows no faces.
func TestWalls(t *testing.T) {
	deptest.Unreached(t, map[string]string{
		"./embed":         "the pipeline is built of sessions, never the other way round",
		"./embed/detect":  "a session runs any model",
		"./gallery/...":   "a session stores nothing",
		"./recognize/...": "nobody imports backwards",
	})
	deptest.Unimported(t, map[string]string{"net/...": "the network is used in models only, and only when asked"})
}
