package calibrate

import (
	"testing"

	"faceid/internal/deptest"
)

func TestWalls(t *testing.T) {
	deptest.Ours(t, "calibration is a function of scores alone, so that a benchmark runs what users get",
		"./eval", "./internal/gemm")
	deptest.Unreached(t, map[string]string{
		"net/http":                        "no network",
		"github.com/mattn/go-sqlite3":     "what is kept, others keep",
		"github.com/yalue/onnxruntime_go": "no model runs here",
	})
}
