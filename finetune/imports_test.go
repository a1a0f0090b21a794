package finetune_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestImports keeps the package what it is: numbers in, numbers and files out.
func TestImports(t *testing.T) {
	banned := map[string]string{
		"net/http":                        "training never needs the network; only package models opens it",
		"faceid/models":                   "the model comes as bytes: which file it is, is the caller's business",
		"faceid/gallery":                  "a gallery is one source of trunk features among others, and follows the tuned model by its own command",
		"faceid/embed":                    "trunk features come as numbers, so that a training set can be cached, shared and tested without photos",
		"github.com/yalue/onnxruntime_go": "training and export need no inference",
	}
	out, err := exec.Command("go", "list", "-deps", ".").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for dep := range strings.FieldsSeq(string(out)) {
		if why, ok := banned[dep]; ok {
			t.Errorf("finetune must not import %s: %s", dep, why)
		}
	}
}
