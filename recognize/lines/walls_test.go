package lines

import (
	"testing"

	"faceid/internal/deptest"
)

func TestWalls(t *testing.T) {
	deptest.Unreached(t, map[string]string{
		"github.com/spf13/cobra": "flags are the command line's",
		"net/http":               "a line is what was answered already",
		"./cmd/...":              "nobody imports backwards",
		"./server/...":           "nobody imports backwards",
	})
}
