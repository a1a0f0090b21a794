package measure

import (
	"testing"

	"faceid/internal/deptest"
)

func TestWalls(t *testing.T) {
	deptest.Unreached(t, map[string]string{
		"net/http":              "what is measured lies on this machine",
		"gonum.org/v1/plot/...": "eval/plot draws",
		"./cmd/...":             "nobody imports backwards",
	})
}
