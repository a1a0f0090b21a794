// Package deptest keeps the walls of the house up: a package's test says what it must not be built from, and why.
//
//	func TestWalls(t *testing.T) {
//		deptest.Unreached(t, map[string]string{"net/http": "training never needs the network"})
//	}
//
// A package is named by its import path, one of this module by "./" and its folder, so that a renamed module keeps its
// walls. With "/..." at the end a name stands for everything below, too; "./..." is the whole module.
package deptest

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Unreached fails for every package among bad that the package under test imports, directly or through others.
// The keys of bad are names, the values say why not.
func Unreached(t testing.TB, bad map[string]string) {
	t.Helper()
	g := load(t)
	for _, p := range g.order {
		for name, why := range bad {
			if p != g.root && g.matches(name, p) {
				t.Errorf("%s: %s", g.chain(p), why)
			}
		}
	}
}

// Unimported is Unreached for direct imports: a package that is there anyway, through one that may have it.
func Unimported(t testing.TB, bad map[string]string) {
	t.Helper()
	g := load(t)
	for _, p := range g.imports[g.root] {
		for name, why := range bad {
			if g.matches(name, p) {
				t.Errorf("%s → %s: %s", g.root, p, why)
			}
		}
	}
}

// Ours fails for every package of this module that the package under test reaches, except those named in allowed.
func Ours(t testing.TB, why string, allowed ...string) {
	t.Helper()
	g := load(t)
	for _, p := range g.order {
		if p == g.root || !g.matches("./...", p) {
			continue
		}
		if !slices.ContainsFunc(allowed, func(name string) bool { return g.matches(name, p) }) {
			t.Errorf("%s: %s", g.chain(p), why)
		}
	}
}

// graph is what the package in the current folder is built from.
type graph struct {
	module, root string
	order        []string
	imports      map[string][]string
	by           map[string]string // what imports it, on a shortest way from the root
}

func load(t testing.TB) *graph {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", "-f",
		`{{with .Module}}{{if .Main}}{{.Path}}{{end}}{{end}}|{{.ImportPath}}|{{join .Imports " "}}`, ".").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	g := &graph{imports: make(map[string][]string), by: make(map[string]string)}
	for line := range strings.Lines(string(out)) { // dependencies first, the package itself last
		f := strings.Split(strings.TrimSpace(line), "|")
		if len(f) != 3 {
			t.Fatalf("go list: %q", line)
		}
		g.module, g.root = f[0], f[1]
		g.order = append(g.order, f[1])
		g.imports[f[1]] = strings.Fields(f[2])
	}
	for queue := []string{g.root}; len(queue) > 0; queue = queue[1:] {
		for _, p := range g.imports[queue[0]] {
			if _, seen := g.by[p]; !seen && p != g.root {
				g.by[p] = queue[0]
				queue = append(queue, p)
			}
		}
	}
	return g
}

func (g *graph) matches(name, pkg string) bool {
	if rest, ok := strings.CutPrefix(name, "./"); ok {
		name = g.module + "/" + rest
	}
	if tree, ok := strings.CutSuffix(name, "/..."); ok {
		return pkg == tree || strings.HasPrefix(pkg, tree+"/")
	}
	return pkg == name
}

// chain is a shortest way from the root to pkg, for whoever has to find the import that is wrong.
func (g *graph) chain(pkg string) string {
	s := pkg
	for p := g.by[pkg]; p != ""; p = g.by[p] {
		s = fmt.Sprintf("%s → %s", p, s)
	}
	return s
}
