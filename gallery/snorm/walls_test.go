package snorm_test

import (
	"testing"

	"faceid/internal/deptest"
)

// Normalising is arithmetic and an engine's search.
func TestWalls(t *testing.T) {
	deptest.Ours(t, "any engine, no files, no models", "./gallery", "./internal/f32", "./internal/hint",
		"./internal/npy")
	deptest.Unreached(t, map[string]string{
		"net/http":                    "no network",
		"github.com/mattn/go-sqlite3": "any engine will do",
	})
}
