package sheet

import (
	"testing"

	"faceid/internal/deptest"
)

func TestWalls(t *testing.T) {
	deptest.Unreached(t, map[string]string{
		"net/http":                    "photos lie on this machine",
		"github.com/mattn/go-sqlite3": "pictures know no gallery",
		"./cmd/...":                   "nobody imports backwards",
		"./server/...":                "nobody imports backwards",
	})
}
