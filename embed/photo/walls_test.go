package photo

import (
	"testing"

	"faceid/internal/deptest"
)

// A picture is read without knowing what for.
func TestWalls(t *testing.T) {
	deptest.Ours(t, "photos are read without knowing what is looked for in them")
	deptest.Unreached(t, map[string]string{
		"net/http":              "a photo is a file here, never an address",
		"github.com/yalue/...":  "decoding needs no model",
		"google.golang.org/...": "decoding needs no model",
	})
}
