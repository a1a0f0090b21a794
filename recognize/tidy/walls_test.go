package tidy

import (
	"testing"

	"faceid/internal/deptest"
)

func TestWalls(t *testing.T) {
	deptest.Ours(t, "faults and clusters are functions of embeddings alone, so that a benchmark runs what users get",
		"./internal/gemm")
	deptest.Unreached(t, map[string]string{
		"net/http":                        "no network",
		"github.com/mattn/go-sqlite3":     "what is kept, others keep",
		"github.com/yalue/onnxruntime_go": "no model runs here",
	})
}
