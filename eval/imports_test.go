package eval

import (
	"os/exec"
	"strings"
	"testing"
)

// TestImports keeps the package measuring: what it measures must not be among what it is built from.
func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	for bad, why := range map[string]string{
		"faceid/":                           "figures come from scores alone, so that they can judge any system",
		"github.com/yalue/onnxruntime_go":   "no model runs here",
		"github.com/disintegration/imaging": "no photo is decoded here",
		"golang.org/x/image/webp":           "no photo is decoded here",
		"net/http":                          "the network belongs to package models",
	} {
		for _, dep := range strings.Fields(string(out)) {
			if dep != "faceid/eval" && (dep == bad || strings.HasSuffix(bad, "/") && strings.HasPrefix(dep, bad)) {
				t.Errorf("imports %s: %s", dep, why)
			}
		}
	}
}
