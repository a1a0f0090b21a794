package places

import (
	"testing"

	"faceid/internal/deptest"
)

// Names of files, and nothing of what stands in them.
func TestWalls(t *testing.T) {
	deptest.Ours(t, "paths are compared here", "./internal/hint")
}
