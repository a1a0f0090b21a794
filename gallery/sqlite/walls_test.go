package sqlite_test

import (
	"testing"

	"faceid/internal/deptest"
)

// The embedded engine is one file on one machine.
func TestWalls(t *testing.T) {
	deptest.Unreached(t, map[string]string{
		"./embed/...":            "a gallery stores vectors; where they come from is the caller's business",
		"./models/...":           "the model is a contract here, not a file",
		"./finetune/...":         "nobody imports backwards",
		"./recognize/...":        "nobody imports backwards",
		"./gallery/weaviate/...": "an engine does not know the others",
		"./gallery/gallerytest":  "the suite is for tests",
		"image/...":              "no photo comes this far",
		"net/http":               "the embedded gallery must work without a network, and provably so",
	})
}
