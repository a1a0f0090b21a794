package rest

import (
	"testing"

	"faceid/internal/deptest"
)

// What is asked of a node knows nothing of galleries.
func TestWalls(t *testing.T) {
	deptest.Ours(t, "a client of the database, no more")
}
