package centerloss

import (
	"testing"

	"faceid/internal/deptest"
)

// What this package must not be built from, and why.
func TestWalls(t *testing.T) {
	deptest.Unreached(t, map[string]string{
		"os/...":         "a loss is arithmetic on the caller's memory: no files, no environment",
		"net/...":        "a loss is arithmetic on the caller's memory",
		"./embed/...":    "whoever trains brings the features; the head knows no photos",
		"./gallery/...":  "a head scores classes, not people",
		"./finetune/...": "finetune trains with this package, not the reverse",
		"github.com/...": "others import this package on its own: nothing but gonum and ours",
	})
}
