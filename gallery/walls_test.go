package gallery_test

import (
	"testing"

	"faceid/internal/deptest"
)

// The contract is what every engine and every user of one stands on.
func TestWalls(t *testing.T) {
	deptest.Ours(t, "the contract stands alone: engines know it, not the other way round", "./internal/f32",
		"./internal/hint", "./internal/npy")
	deptest.Unreached(t, map[string]string{
		"database/sql":                "which store is an engine's choice",
		"github.com/mattn/go-sqlite3": "a program with another engine must not carry SQLite",
		"image/...":                   "a gallery stores vectors; where they come from is the caller's business",
		"net/...":                     "a contract opens no connection",
	})
}
