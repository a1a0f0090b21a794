package file

import (
	"testing"

	"faceid/internal/deptest"
)

// A file is opened and understood without what is made from it.
func TestWalls(t *testing.T) {
	deptest.Ours(t, "a gallery's file stands on the contract alone", "./gallery",
		"./internal/atomicfile", "./internal/hint",
		"./internal/npy", "./internal/f32")
	deptest.Unreached(t, map[string]string{"net/http": "a gallery's file is read without a network"})
}
