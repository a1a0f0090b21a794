package doctor

import (
	"testing"

	"faceid/internal/deptest"
)

func TestWalls(t *testing.T) {
	deptest.Unreached(t, map[string]string{
		"github.com/spf13/cobra": "flags are the command line's",
		"net/http":               "what it looks at lies on this machine, or is handed in",
		"./cmd/...":              "nobody imports backwards",
		"./server/...":           "nobody imports backwards",
	})
}
