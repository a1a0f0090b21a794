package report

import (
	"testing"

	"faceid/internal/deptest"
)

// A page is made of what was measured.
func TestWalls(t *testing.T) {
	deptest.Unreached(t, map[string]string{
		"net/http":              "the page stands alone, and nothing is fetched for it",
		"./gallery/...":         "a report knows the training alone",
		"./embed/...":           "a report knows the training alone",
		"./models/...":          "a report knows the training alone",
		"gonum.org/v1/plot/...": "drawings are inline SVG in the page's own colours",
	})
}
