package recognize

import (
	"testing"

	"faceid/internal/deptest"
)

// recognize is what every door opens: it knows no flags and no routes, and cannot reach a network unless a door hands
// it a way.
func TestWalls(t *testing.T) {
	t.Chdir(home)
	deptest.Unreached(t, map[string]string{
		"github.com/spf13/cobra": "flags are the command line's",
		"net/http":               "downloads and clusters are handed in, by Options.Models and Options.Engines",
		"./cmd/...":              "nobody imports backwards",
		"./server/...":           "nobody imports backwards",
		"./gallery/weaviate/...": "an engine elsewhere is opened by whoever wants it",
		"gonum.org/v1/plot/...":  "pictures are the doors' business",
		"github.com/schollz/...": "progress is told by callbacks",
	})
}
