package golden_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
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

// generate runs a program of testdata/ and returns what it writes to stdout.
func generate(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("go", append([]string{"run"}, args...)...)
	cmd.Dir = golden.Root(t)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go run %s: %v", strings.Join(args, " "), err)
	}
	return out
}

// TestLossesReproduced: the reference values follow from their program alone, to the byte.
func TestLossesReproduced(t *testing.T) {
	if !bytes.Equal(generate(t, "./testdata/losses"), golden.Read(t, "losses", "losses.json")) {
		t.Error("go run ./testdata/losses makes another losses.json than the one that is there")
	}
}

// TestONNXReproduced: so do the small models, to the byte; their answers, made in float64, to the last digits of a
// float32.
func TestONNXReproduced(t *testing.T) {
	dir := t.TempDir()
	generate(t, "./testdata/onnx", dir)
	files, err := os.ReadDir(dir)
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		got, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		want := golden.Read(t, "onnx", f.Name())
		if filepath.Ext(f.Name()) == ".onnx" && !bytes.Equal(got, want) {
			t.Errorf("go run ./testdata/onnx makes another %s than the one that is there", f.Name())
		}
		if f.Name() == "models.json" {
			var a, b any
			if err := errors.Join(json.Unmarshal(got, &a), json.Unmarshal(want, &b)); err != nil {
				t.Fatal(err)
			}
			sameValues(t, f.Name(), a, b)
		}
	}
}

// sameValues compares two JSON values; numbers may differ by rounding.
func sameValues(t *testing.T, at string, got, want any) {
	t.Helper()
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok || len(g) != len(w) {
			t.Fatalf("%s is of another shape", at)
		}
		for k := range w {
			sameValues(t, at+"."+k, g[k], w[k])
		}
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			t.Fatalf("%s is of another shape", at)
		}
		for i := range w {
			sameValues(t, fmt.Sprintf("%s[%d]", at, i), g[i], w[i])
		}
	case float64:
		if g, ok := got.(float64); !ok || math.Abs(g-w) > 1e-6*max(1, math.Abs(w)) {
			t.Errorf("%s is %v, want %v", at, got, w)
		}
	default:
		if got != want {
			t.Errorf("%s is %v, want %v", at, got, want)
		}
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
		if ext := filepath.Ext(name); ext != ".go" && ext != ".py" && !named[name] {
			t.Errorf("README.md does not say what made %s", name)
		}
		delete(named, name)
	}
	for name := range named {
		t.Errorf("README.md names %s, and there is no such file", name)
	}
}
