package policy

import (
	"bufio"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

const (
	root       = "../.."
	maxColumns = 120
	tab        = 4 // columns of a tab
)

// goFiles returns the module's Go files, by paths from its root with slashes.
func goFiles(t *testing.T) (paths []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		if filepath.Ext(path) == ".go" {
			paths = append(paths, strings.TrimPrefix(filepath.ToSlash(path), root+"/"))
		}
		return nil
	})
	if err != nil || len(paths) < 100 {
		t.Fatalf("%d files, %v", len(paths), err)
	}
	return paths
}

// TestLines: code and comments are read side by side and in narrow windows.
func TestLines(t *testing.T) {
	for _, path := range goFiles(t) {
		f, err := os.Open(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		s := bufio.NewScanner(f)
		for n := 1; s.Scan(); n++ {
			if w := columns(s.Text()); w > maxColumns {
				t.Errorf("%s:%d: %d columns", path, n, w)
			}
		}
		if err := s.Err(); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		f.Close()
	}
}

func columns(line string) int {
	return utf8.RuneCountInString(line) + (tab-1)*strings.Count(line, "\t")
}

func TestColumns(t *testing.T) {
	for line, want := range map[string]int{"": 0, "é×": 2, "\t\tx": 9} {
		if got := columns(line); got != want {
			t.Errorf("%q has %d columns, want %d", line, got, want)
		}
	}
}
