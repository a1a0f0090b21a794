package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

const target = "example.com/you/sub/faceid"

func TestText(t *testing.T) {
	p := paths{from: "faceid", to: target, packages: map[string]bool{"models": true, "gallery/flat": true,
		"cmd/faceid": true}}
	for in, want := range map[string]string{
		"see faceid/models.":                 "see " + target + "/models.",
		"(faceid/gallery/flat)":              "(" + target + "/gallery/flat)",
		`import "faceid/models"`:             `import "` + target + `/models"`,
		"go install faceid/cmd/faceid@v1.2.": "go install " + target + "/cmd/faceid@v1.2.",
		"[faceid/models.Open]":               "[" + target + "/models.Open]",
		"faceid/gallery/flat.Index.Search":   target + "/gallery/flat.Index.Search",
		"faceid/models.json":                 "faceid/models.json",
		"`faceid models pull`":               "`faceid models pull`",
		"faceid/nothing":                     "faceid/nothing",
		"./cmd/faceid/models":                "./cmd/faceid/models",
		"~/.cache/faceid/models":             "~/.cache/faceid/models",
		"$HOME/faceid/models":                "$HOME/faceid/models",
		"https://faceid/models":              "https://faceid/models",
		"myfaceid/models":                    "myfaceid/models",
		"faceid/models/x.onnx":               "faceid/models/x.onnx",
		"faceid":                             "faceid",
	} {
		if got := string(p.text([]byte(in))); got != want {
			t.Errorf("%s became %s, want %s", in, got, want)
		}
	}
}

func TestSource(t *testing.T) {
	p := paths{from: "faceid", to: target, packages: map[string]bool{"a": true, "b": true}}
	got, err := p.source([]byte(`// Package x stands on faceid/a.
package x

import (
	"os"

	"faceid/a"
	other "faceid/b"
	"github.com/x/y"
)

// Use says how.
var s = "faceid/a" // of faceid/a
`))
	want := `// Package x stands on example.com/you/sub/faceid/a.
package x

import (
	"os"

	"example.com/you/sub/faceid/a"
	other "example.com/you/sub/faceid/b"
	"github.com/x/y"
)

// Use says how.
var s = "faceid/a" // of example.com/you/sub/faceid/a
`
	if err != nil || string(got) != want {
		t.Errorf("%s\n%v", got, err)
	}
	same := []byte("package x\nimport \"os\"\nvar   s = os.Args\n") // nothing to rename: not even formatted
	if got, err := p.source(same); err != nil || !bytes.Equal(got, same) {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := p.source([]byte("nonsense")); err == nil {
		t.Error("a file that does not parse passed")
	}
}

func TestRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module faceid\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "nodot/faceid", "example.com/a b", "https://example.com/x", "example.com/../x",
		"example.com/x/"} {
		if _, err := rename(dir, bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	if b, err := os.ReadFile(filepath.Join(dir, "go.mod")); err != nil || string(b) != "module faceid\n" {
		t.Errorf("%s, %v", b, err)
	}
}

// TestRename renames a copy of this repository, builds everything in it, compiles the tests, and runs two of the
// walls', which name packages.
func TestRename(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the whole module: a minute")
	}
	dir := t.TempDir()
	copyModule(t, filepath.Join("..", ".."), dir)
	before := contents(t, dir)
	changed, err := rename(dir, target)
	if err != nil {
		t.Fatal(err)
	}
	if len(changed) < 50 || filepath.Base(changed[len(changed)-1]) != "go.mod" {
		t.Errorf("%d files changed, the last %v", len(changed), changed[len(changed)-1:])
	}
	after := contents(t, dir)
	for name, b := range before {
		ext := filepath.Ext(name)
		if ext != ".go" && ext != ".md" && name != "go.mod" && !bytes.Equal(b, after[name]) {
			t.Errorf("%s was touched", name)
		}
	}
	if len(after) != len(before) {
		t.Errorf("%d files became %d", len(before), len(after))
	}
	for name, b := range after {
		if strings.HasSuffix(name, ".go") && bytes.Contains(b, []byte("\t\"faceid/")) &&
			!strings.HasPrefix(name, "internal/rename/") {
			t.Errorf("%s still imports from faceid", name)
		}
	}
	for _, args := range [][]string{
		{"build", "./..."}, {"vet", "./..."}, {"test", "-run", "^TestWalls$", "./models", "./gallery"},
	} {
		cmd := exec.Command("go", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	out, err := exec.Command("gofmt", "-l", dir).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("gofmt: %s, %v", out, err)
	}
	if again, err := rename(dir, target); err != nil || len(again) > 0 {
		t.Errorf("the second time %d files changed, %v", len(again), err)
	}
}

// TestNoPathInStrings: a string that names a package of ours by its path would be wrong after the module is renamed.
// Commands name packages by folder, or ask debug.ReadBuildInfo for the module.
func TestNoPathInStrings(t *testing.T) {
	root := filepath.Join("..", "..")
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	p := paths{from: modfile.ModulePath(text), to: target}
	files, packages, err := list(root)
	if err != nil {
		t.Fatal(err)
	}
	p.packages = packages
	for _, name := range files {
		if filepath.Ext(name) != ".go" || strings.Contains(filepath.ToSlash(name), "/internal/rename/") {
			continue
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		imports := map[ast.Node]bool{}
		for _, i := range f.Imports {
			imports[i.Path] = true
		}
		ast.Inspect(f, func(n ast.Node) bool {
			s, ok := n.(*ast.BasicLit)
			if ok && s.Kind == token.STRING && !imports[s] && string(p.text([]byte(s.Value))) != s.Value {
				t.Errorf("%s: %s", set.Position(s.Pos()), s.Value)
			}
			return true
		})
	}
}

// copyModule copies what belongs to the module, not what a build or git keeps beside it.
func copyModule(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		switch {
		case rel == "bin" || rel == "out" || rel == "shared" || rel != "." && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		case !d.Type().IsRegular():
			return nil
		}
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), b, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// contents reads every file, by its path with slashes.
func contents(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err == nil {
			all[filepath.ToSlash(rel)], err = os.ReadFile(name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
