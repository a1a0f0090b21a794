package gallerytest

import (
	"testing"

	"faceid/internal/deptest"
)

// The suite is for every engine, also one outside this module.
func TestWalls(t *testing.T) {
	deptest.Ours(t, "the suite knows the contract and no engine", "./gallery", "./internal/f32",
		"./internal/hint", "./internal/npy")
	deptest.Unreached(t, map[string]string{
		"database/sql": "the oracle is a map",
		"net/...":      "the oracle is a map",
	})
}
