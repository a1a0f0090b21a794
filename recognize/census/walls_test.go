package census

import (
	"testing"

	"faceid/internal/deptest"
)

func TestWalls(t *testing.T) {
	deptest.Ours(t, "a census reads galleries; photos, models and names are others' business",
		"./eval", "./gallery", "./internal/f32", "./internal/gemm", "./internal/hint", "./internal/npy",
		"./gallery/snorm", "./internal/words", "./recognize/calibrate", "./recognize/cohort")
	deptest.Unreached(t, map[string]string{
		"net/http":                        "no network",
		"github.com/mattn/go-sqlite3":     "any engine will do",
		"github.com/yalue/onnxruntime_go": "no model runs here",
	})
}
