package resample

import (
	"testing"

	"faceid/internal/deptest"
)

// Resampling is arithmetic on samples.
func TestWalls(t *testing.T) {
	deptest.Ours(t, "resampling is arithmetic on a picture's samples", "./embed/photo")
	deptest.Unreached(t, map[string]string{
		"net/http":             "resampling is arithmetic",
		"github.com/yalue/...": "a model's input is made without the model",
	})
}
