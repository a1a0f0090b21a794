package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"faceid/internal/atomicfile"
)

// rename gives the module in root the path to, and returns the files that it changed, go.mod last.
func rename(root, to string) ([]string, error) {
	if err := module.CheckPath(to); err != nil {
		return nil, err
	}
	gomod := filepath.Join(root, "go.mod")
	text, err := os.ReadFile(gomod)
	if err != nil {
		return nil, err
	}
	mod, err := modfile.Parse(gomod, text, nil)
	if err != nil {
		return nil, err
	}
	if mod.Module == nil {
		return nil, errors.New("go.mod names no module")
	}
	from := mod.Module.Mod.Path
	if from == to {
		return nil, nil
	}
	files, packages, err := list(root)
	if err != nil {
		return nil, err
	}
	p := paths{from: from, to: to, packages: packages}
	type change struct {
		name string
		text []byte
	}
	var all []change
	for _, name := range files {
		old, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		text := p.text(old)
		if strings.HasSuffix(name, ".go") {
			if text, err = p.source(old); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
		if !bytes.Equal(text, old) {
			all = append(all, change{name, text})
		}
	}
	if err := mod.AddModuleStmt(to); err != nil {
		return nil, err
	}
	if text, err = mod.Format(); err != nil {
		return nil, err
	}
	all = append(all, change{gomod, text})
	var names []string
	for _, c := range all {
		fi, err := os.Stat(c.name)
		if err != nil {
			return nil, err
		}
		write := func(w io.Writer) error { _, err := w.Write(c.text); return err }
		if err := atomicfile.Write(c.name, fi.Mode().Perm(), write); err != nil {
			return nil, err
		}
		names = append(names, c.name)
	}
	return names, nil
}

// list returns the module's Go and Markdown files, and the folders that hold Go files, relative to root, with slashes.
// Other modules within, and what belongs to no module (names that begin with a dot or _, vendor), are left out.
func list(root string) (files []string, packages map[string]bool, err error) {
	packages = map[string]bool{}
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			_, nested := os.Stat(filepath.Join(name, "go.mod"))
			if name != root && (strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "_") ||
				d.Name() == "vendor" || nested == nil) {
				return fs.SkipDir
			}
			return nil
		}
		ext := filepath.Ext(name)
		if !d.Type().IsRegular() || ext != ".go" && ext != ".md" {
			return nil
		}
		files = append(files, name)
		if ext == ".go" {
			dir, err := filepath.Rel(root, filepath.Dir(name))
			if err != nil {
				return err
			}
			packages[filepath.ToSlash(dir)] = true
		}
		return nil
	})
	return files, packages, err
}

// paths renames packages of a module.
type paths struct {
	from, to string
	packages map[string]bool // folders with Go files
}

// new returns the new path of a package of the module, ok false for another's.
func (p paths) new(old string) (path string, ok bool) {
	if old == p.from {
		return p.to, true
	}
	rest, ok := strings.CutPrefix(old, p.from+"/")
	return p.to + "/" + rest, ok
}

// source renames the imports of a Go file by their syntax, and packages in its comments as text.
func (p paths) source(src []byte) ([]byte, error) {
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, "", src, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	type edit struct {
		from, to int
		text     []byte
	}
	var edits []edit
	at := func(n ast.Node) (int, int) { return set.Position(n.Pos()).Offset, set.Position(n.End()).Offset }
	for _, i := range f.Imports {
		old, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return nil, err
		}
		if path, ok := p.new(old); ok {
			from, to := at(i.Path)
			edits = append(edits, edit{from, to, []byte(strconv.Quote(path))})
		}
	}
	for _, g := range f.Comments {
		for _, c := range g.List {
			from, to := at(c)
			if text := p.text(src[from:to]); !bytes.Equal(text, src[from:to]) && !strings.HasPrefix(c.Text, "//go:") {
				edits = append(edits, edit{from, to, text})
			}
		}
	}
	if len(edits) == 0 {
		return src, nil
	}
	slices.SortFunc(edits, func(a, b edit) int { return b.from - a.from }) // from the end, so that offsets hold
	out := bytes.Clone(src)
	for _, e := range edits {
		out = slices.Concat(out[:e.from], e.text, out[e.to:])
	}
	return format.Source(out) // sorts the imports anew
}

// word is what may be a package's path in prose or code: not a part of a longer path, a file's or an address.
var word = regexp.MustCompile(`[\w.~/@:$%-]*[\w/]`)

// tail is what may follow a package's path: a version, or an exported name and what belongs to it.
var tail = regexp.MustCompile(`(@|\.\p{Lu}).*$`)

// text renames packages that are named by their whole path. A module path of one element is as well a plain word, the
// program's name, and stays.
func (p paths) text(b []byte) []byte {
	return word.ReplaceAllFunc(b, func(w []byte) []byte {
		end := tail.Find(w)
		old := string(w[:len(w)-len(end)])
		rest, ok := strings.CutPrefix(old, p.from+"/")
		if !ok || !p.packages[path.Clean(rest)] {
			return w
		}
		renamed, _ := p.new(old)
		return append([]byte(renamed), end...)
	})
}
