package pictures

import (
	"testing"

	"faceid/internal/deptest"
)

// Files by a gallery's contract: which engine, and what is in the photos, is others' business.
func TestWalls(t *testing.T) {
	deptest.Unreached(t, map[string]string{
		"github.com/mattn/go-sqlite3": "which store is an engine's choice",
		"image/...":                   "bytes are kept, not looked at",
		"net/...":                     "nothing leaves the machine",
	})
}
