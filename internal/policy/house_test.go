package policy

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestPackageDocs: every folder with Go files has one package comment, so that go doc tells what the room is for.
func TestPackageDocs(t *testing.T) {
	docs := map[string]int{}
	for _, path := range goFiles(t) {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, path), nil,
			parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			t.Fatal(err)
		}
		n := docs[filepath.Dir(path)]
		if f.Doc != nil {
			n++
		}
		docs[filepath.Dir(path)] = n
	}
	for dir, n := range docs {
		if n != 1 {
			t.Errorf("%s: %d package comments, want one", dir, n)
		}
	}
}

// TestNoReplace: the module takes its dependencies as they are published.
func TestNoReplace(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	if regexp.MustCompile(`(?m)^\s*replace\b`).Match(b) {
		t.Error("go.mod replaces a module")
	}
}
