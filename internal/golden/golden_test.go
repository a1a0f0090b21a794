package golden_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"faceid/internal/golden"
)

// generators are the folders of testdata/ that hold a program.
func generators(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(golden.Root(t), "testdata", "*", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var dirs []string
	for _, f := range all {
		if d := filepath.Base(filepath.Dir(f)); len(dirs) == 0 || dirs[len(dirs)-1] != d {
			dirs = append(dirs, d)
		}
	}
	if len(dirs) == 0 {
		t.Fatal("no generator")
	}
	return dirs
}

// TestGenerators vets the programs of testdata/, which ./... leaves out, so that they still build.
func TestGenerators(t *testing.T) {
	args := []string{"vet"}
	for _, d := range generators(t) {
		args = append(args, "./testdata/"+d)
	}
	cmd := exec.Command("go", args...)
	cmd.Dir = golden.Root(t)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// TestReproduced runs the programs whose files follow from nothing but themselves: on every machine the same bytes.
func TestReproduced(t *testing.T) {
	cmd := exec.Command("go", "run", "./testdata/losses")
	cmd.Dir = golden.Root(t)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out, golden.Read(t, "losses", "losses.json")) {
		t.Error("go run ./testdata/losses makes another losses.json than the one that is there")
	}
}

// TestREADME wants every file of testdata/ named in its README, and every name there to be a file.
func TestREADME(t *testing.T) {
	dir := filepath.Join(golden.Root(t), "testdata")
	b, err := os.ReadFile(filepath.Join(dir, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, m := range regexp.MustCompile("`([\\w.-]+\\.\\w+)`").FindAllStringSubmatch(string(b), -1) {
		named[m[1]] = true
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name := filepath.Base(f)
		if filepath.Ext(name) != ".go" && !named[name] {
			t.Errorf("README.md does not say what made %s", name)
		}
		delete(named, name)
	}
	for name := range named {
		t.Errorf("README.md names %s, and there is no such file", name)
	}
}
