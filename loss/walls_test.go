package loss

import (
	"testing"

	"faceid/internal/deptest"
)

// What this package must not be built from, and why.
func TestWalls(t *testing.T) {
	deptest.Ours(t, "the plain losses are small and stand alone")
	deptest.Unreached(t, map[string]string{
		"os/...":         "a loss is arithmetic on the caller's memory: no files, no environment",
		"net/...":        "a loss is arithmetic on the caller's memory",
		"github.com/...": "others import this package on its own: nothing but gonum",
	})
}
