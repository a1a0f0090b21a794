package policy

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The command line is flags and words, and what can be held in the head is small.
const (
	maxDoor    = 3500 // lines of cmd/, without tests and without those that came later
	maxLater   = 130  // lines of a command that came later
	maxFile    = 300  // lines of a file of cmd/
	maxPackage = 3000 // lines of a package, without tests
)

// later are the commands that came after maxDoor was set, each with a bound of its own: more commands are no reason to
// let those that are there grow.
var later = map[string]bool{"cluster.go": true, "evalfolder.go": true, "evalgallery.go": true,
	"gallerycalibrate.go": true, "gallerydoctor.go": true, "gallerymerge.go": true, "gallerymove.go": true,
	"galleryreject.go": true, "galleryrepair.go": true, "serve.go": true}

// larger are the packages that have yet to be divided. They may grow no further; the list may only shrink.
var larger = map[string]int{"cmd/faceid/command": maxDoor}

func TestSizes(t *testing.T) {
	packages, door := map[string]int{}, 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "testdata") {
			return fs.SkipDir
		}
		if filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		lines := bytes.Count(b, []byte("\n"))
		path = strings.TrimPrefix(filepath.ToSlash(path), root+"/")
		if strings.HasPrefix(path, "cmd/faceid/command/") && later[name] {
			if lines > maxLater {
				t.Errorf("%s: %d lines, more than %d", path, lines, maxLater)
			}
			return nil
		}
		packages[strings.TrimSuffix(path, "/"+name)] += lines
		if strings.HasPrefix(path, "cmd/") {
			door += lines
			if lines > maxFile {
				t.Errorf("%s: %d lines, more than %d", path, lines, maxFile)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if door == 0 || door > maxDoor {
		t.Errorf("cmd/ has %d lines, want 1 to %d: what decides belongs to recognize", door, maxDoor)
	}
	for dir, lines := range packages {
		bound, listed := larger[dir]
		switch {
		case !listed && lines > maxPackage:
			t.Errorf("%s has %d lines, more than %d: divide it", dir, lines, maxPackage)
		case listed && lines > bound:
			t.Errorf("%s has %d lines, and may not grow above %d: divide it", dir, lines, bound)
		case listed && lines <= maxPackage:
			t.Errorf("%s has %d lines: strike it from the list of the larger ones", dir, lines)
		}
	}
}
