package finetune_test

import (
	"testing"

	"faceid/internal/deptest"
)

// Numbers in, numbers and files out.
func TestWalls(t *testing.T) {
	deptest.Unreached(t, map[string]string{
		"net/http":     "training never needs the network; only package models opens it",
		"./models/...": "the model comes as bytes: which file it is, is the caller's business",
		"./gallery/...": "a gallery is one source of trunk features among others, and follows the " +
			"tuned model by its own command",
		"gonum.org/v1/plot/...":       "a program that trains must not link fonts, LaTeX and PDF",
		"./finetune/report":           "Run returns data; what it looks like is the caller's business",
		"html/template":               "the same",
		"github.com/mattn/go-sqlite3": "training has no store",
		"./embed/...": "trunk features come as numbers, so that a training set can be cached, " +
			"shared and tested without photos",
		"github.com/yalue/onnxruntime_go": "training and export need no inference",
	})
}
