package detect

import (
	"testing"

	"faceid/internal/deptest"
)

// A detector knows no identities.
func TestWalls(t *testing.T) {
	deptest.Unreached(t, map[string]string{
		"./embed":         "the pipeline is built of detectors, never the other way round",
		"./gallery/...":   "a detector stores nothing",
		"./recognize/...": "nobody imports backwards",
	})
	deptest.Unimported(t, map[string]string{
		"net/...":              "the network is used in models only, and only when asked",
		"github.com/yalue/...": "ONNX Runtime is reached through package onnx alone",
	})
}
