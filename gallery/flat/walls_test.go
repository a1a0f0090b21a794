package flat

import (
	"testing"

	"faceid/internal/deptest"
)

// The index takes vectors and ids, whoever made them.
func TestWalls(t *testing.T) {
	deptest.Ours(t, "the index stands below everything, and can be used alone",
		"./internal/atomicfile", "./internal/hint")
	deptest.Unreached(t, map[string]string{
		"image/...":                       "no photo comes this far",
		"net/...":                         "an index is one file on one machine",
		"database/sql":                    "what is stored, and when, is the caller's business",
		"github.com/mattn/go-sqlite3":     "what is stored, and when, is the caller's business",
		"github.com/yalue/onnxruntime_go": "vectors come from anywhere",
	})
}
