package plot

import (
	"testing"

	"faceid/internal/deptest"
)

// Drawing knows the figures, and nobody else.
func TestWalls(t *testing.T) {
	deptest.Ours(t, "curves come from package eval alone", "./eval", "./internal/gemm")
}
