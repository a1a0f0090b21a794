package flat

import (
	"os/exec"
	"strings"
	"testing"
)

// TestImports keeps the index apart: it takes vectors and ids, whoever made them.
func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]string{
		"faceid/gallery":                  "the store imports the index",
		"faceid/embed":                    "vectors come from anywhere",
		"faceid/models":                   "vectors come from anywhere",
		"image":                           "no photo comes this far",
		"net":                             "an index is one file on one machine",
		"github.com/mattn/go-sqlite3":     "what is stored, and when, is the caller's business",
		"github.com/yalue/onnxruntime_go": "vectors come from anywhere",
	}
	for _, dep := range strings.Fields(string(out)) {
		if why, bad := reasons[dep]; bad {
			t.Errorf("flat imports %s: %s", dep, why)
		}
	}
}
