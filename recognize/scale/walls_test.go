package scale

import (
	"testing"

	"faceid/internal/deptest"
)

// scale decides with recognize and knows no protocol's routes.
func TestWalls(t *testing.T) {
	deptest.Unreached(t, map[string]string{
		"github.com/spf13/cobra": "flags are the command line's",
		"net/http":               "routes are the server's",
		"./cmd/...":              "nobody imports backwards",
		"./server/...":           "nobody imports backwards",
	})
}
