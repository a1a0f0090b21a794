package folder

import (
	"testing"

	"faceid/internal/deptest"
)

func TestWalls(t *testing.T) {
	deptest.Unreached(t, map[string]string{
		"github.com/spf13/cobra": "flags are the command line's",
		"net/http":               "folders lie on this machine",
		"./cmd/...":              "nobody imports backwards",
		"./server/...":           "nobody imports backwards",
	})
}
