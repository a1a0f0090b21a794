package gate

import (
	"testing"

	"faceid/internal/deptest"
)

// Whoever judges a layer knows nothing of how it was made.
func TestWalls(t *testing.T) {
	deptest.Ours(t, "a judge knows the layers alone, not how they were trained",
		"./finetune/dense", "./internal/...")
	deptest.Unreached(t, map[string]string{"net/http": "training never needs the network"})
}
