// Package golden gives tests the files of testdata/, at the top of the repository, and what stands in them.
//
//	path := golden.Copy(t, "formats", "gallery-1.faceid") // to be opened, and written to
//	want := golden.ReadPeople(t)
//
// Goldens of a format are never made anew: they prove that files of older versions open for ever. A new version of a
// format adds a file. testdata/README.md says what made each.
package golden

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// root is the folder of go.mod, above the test's.
var root = sync.OnceValues(func() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, err = os.Stat(filepath.Join(dir, "go.mod")); err == nil || filepath.Dir(dir) == dir {
			break
		}
		dir, err = filepath.Dir(dir), nil
	}
	return dir, err
})

// Root returns the top of the repository.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := root()
	if err != nil {
		t.Fatalf("no go.mod above the test: %v", err)
	}
	return dir
}

// Path returns the path of a file of testdata/, which must be there.
func Path(t testing.TB, elem ...string) string {
	t.Helper()
	path := filepath.Join(Root(t), "testdata", filepath.Join(elem...))
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// Read returns the bytes of a file of testdata/.
func Read(t testing.TB, elem ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(Path(t, elem...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Copy returns the path of a copy of a file of testdata/ in a folder of its own, mode 0600.
func Copy(t testing.TB, elem ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), elem[len(elem)-1])
	if err := os.WriteFile(path, Read(t, elem...), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// readJSON decodes a file of testdata/ strictly: a field that v does not know is an error.
func readJSON(t testing.TB, v any, elem ...string) {
	t.Helper()
	f, err := os.Open(Path(t, elem...))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d := json.NewDecoder(f)
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		t.Fatalf("%s: %v", f.Name(), err)
	}
}

// Near fails unless got and want agree to most in every value.
func Near(t testing.TB, what string, got, want []float32, most float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i := range got {
		if d := math.Abs(float64(got[i] - want[i])); !(d <= most) {
			t.Fatalf("%s: value %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}
