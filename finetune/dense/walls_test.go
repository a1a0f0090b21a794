package dense

import (
	"testing"

	"faceid/internal/deptest"
)

// A layer and its input, before anybody trains or judges.
func TestWalls(t *testing.T) {
	deptest.Ours(t, "the layer stands below training and below the gate",
		"./internal/...")
	deptest.Unreached(t, map[string]string{"net/http": "training never needs the network"})
}
