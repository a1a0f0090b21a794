package embed

import (
	"testing"

	"faceid/internal/deptest"
)

// The rooms of the house are apart. net/http comes with package models, which is allowed to fetch; embed itself must
// not name it.
func TestWalls(t *testing.T) {
	deptest.Unreached(t, map[string]string{
		"./gallery/...":   "the gallery stores what embed makes; embed must be usable without a store",
		"./finetune/...":  "training uses embed, never the other way round",
		"./eval/...":      "evaluation reads scores and must not be needed to make them",
		"./recognize/...": "nobody imports backwards",
	})
	deptest.Unimported(t, map[string]string{
		"net/...":              "the network is used in models only, and only when asked",
		"github.com/yalue/...": "ONNX Runtime is reached through package onnx alone",
	})
}
