package rekognition

import (
	"testing"

	"faceid/internal/deptest"
)

// rekognition is a door: it has routes and words, and decides nothing.
func TestWalls(t *testing.T) {
	deptest.Unreached(t, map[string]string{
		"github.com/spf13/cobra": "flags are the command line's",
		"./cmd/...":              "nobody imports backwards",
		"./models/https/...":     "a server fetches nothing; who opens it hands a way in",
		"./gallery/weaviate/...": "an engine elsewhere is opened by whoever wants it",
		"gonum.org/v1/plot/...":  "pictures are drawn by the page",
	})
}
