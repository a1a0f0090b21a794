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

// wrapped are the folders, with all below them, whose lines fit. The list grows until it is the whole module.
var wrapped = []string{"arcface", "bench", "centerloss", "embed", "eval", "finetune", "internal", "loss", "models", "server"}

// TestLines: code and comments are read side by side and in narrow windows.
func TestLines(t *testing.T) {
	for _, dir := range wrapped {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".go" {
				return err
			}
			f, err := os.Open(path)
			if err != nil {
				return err
			}
			defer f.Close()
			s := bufio.NewScanner(f)
			for n := 1; s.Scan(); n++ {
				if w := columns(s.Text()); w > maxColumns {
					t.Errorf("%s:%d: %d columns", strings.TrimPrefix(filepath.ToSlash(path), root+"/"), n, w)
				}
			}
			return s.Err()
		})
		if err != nil {
			t.Error(err)
		}
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
