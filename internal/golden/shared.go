package golden

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Shared returns the path of a file or folder of public data that lies outside the repository: in the folder that
// FACEID_SHARED names, or in shared/ beside the repository. Where it is not there the test is skipped, or fails if
// FACEID_REQUIRE_SHARED is 1.
func Shared(t testing.TB, elem ...string) string {
	t.Helper()
	path, err := HaveShared(t, elem...)
	if err != nil {
		t.Skipf("no public data at hand; set FACEID_SHARED: %v", err)
	}
	return path
}

// HaveShared is Shared for tests that do without: where the file is not there it returns an error that is
// fs.ErrNotExist.
func HaveShared(t testing.TB, elem ...string) (string, error) {
	t.Helper()
	path, err := findShared(elem...)
	if err != nil && os.Getenv("FACEID_REQUIRE_SHARED") == "1" {
		t.Fatalf("FACEID_REQUIRE_SHARED=1: %v", err)
	}
	return path, err
}

func findShared(elem ...string) (string, error) {
	dir := os.Getenv("FACEID_SHARED")
	if dir == "" {
		top, err := root()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(top, "..", "shared")
	}
	path := filepath.Join(dir, filepath.Join(elem...))
	_, err := os.Stat(path)
	return path, err
}

// LFW returns the first photos of people of LFW's View 1 who have four or more, spread over the alphabet: for each
// person so many paths. They are different photos, so that what is said of two of them is not true by construction. It
// returns nil where LFW is not at hand, or an error if FACEID_REQUIRE_SHARED is 1.
func LFW(people, photos int) ([][]string, error) {
	list, err := findShared("data", "lfw", "peopleDevTrain.txt")
	if err != nil {
		if os.Getenv("FACEID_REQUIRE_SHARED") == "1" {
			return nil, err
		}
		return nil, nil
	}
	b, err := os.ReadFile(list)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, line := range strings.Split(string(b), "\n") {
		var name string
		var n int
		if fmt.Sscanf(line, "%s\t%d", &name, &n); n >= max(4, photos) {
			names = append(names, name)
		}
	}
	if len(names) < people {
		return nil, fmt.Errorf("%s: %d people with that many photos", list, len(names))
	}
	var out [][]string
	for i := range people {
		name := names[i*len(names)/people]
		var paths []string
		for k := range photos {
			file := fmt.Sprintf("%s_%04d.jpg", name, k+1)
			paths = append(paths, filepath.Join(filepath.Dir(list), "images", name, file))
		}
		out = append(out, paths)
	}
	return out, nil
}
