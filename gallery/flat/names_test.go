package flat

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestFilesNamed looks for the files of this package that its source names.
func TestFilesNamed(t *testing.T) {
	name, include := regexp.MustCompile(`\b[a-z0-9_]{2,}\.(go|c|h)\b`), regexp.MustCompile(`#include <.*>`)
	files, err := filepath.Glob("*.[gch]*")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range name.FindAllString(string(include.ReplaceAll(b, nil)), -1) {
			if _, err := os.Stat(n); err != nil {
				t.Errorf("%s names %s: %v", f, n, err)
			}
		}
	}
}
