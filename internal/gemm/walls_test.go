package gemm

import (
	"testing"

	"faceid/internal/deptest"
)

// What this package must not be built from, and why.
func TestWalls(t *testing.T) {
	deptest.Ours(t, "kernels know nothing of their users")
	deptest.Unreached(t, map[string]string{
		"os/...":         "a loss is arithmetic on the caller's memory: no files, no environment",
		"net/...":        "a loss is arithmetic on the caller's memory",
		"github.com/...": "others import the losses on their own: nothing but gonum",
	})
}
