package eval

import (
	"testing"

	"faceid/internal/deptest"
)

// What is measured must not be among what the measure is built from.
func TestWalls(t *testing.T) {
	deptest.Ours(t, "figures come from scores alone, so that they can judge any system", "./internal/gemm")
	deptest.Unreached(t, map[string]string{
		"github.com/yalue/onnxruntime_go":   "no model runs here",
		"github.com/disintegration/imaging": "no photo is decoded here",
		"golang.org/x/image/webp":           "no photo is decoded here",
		"gonum.org/v1/plot/...": "a program that measures must not link fonts, LaTeX and PDF: eval/plot " +
			"draws",
		"net/http": "the network belongs to package models",
	})
}
