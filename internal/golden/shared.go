package golden

import (
	"os"
	"path/filepath"
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
	dir := os.Getenv("FACEID_SHARED")
	if dir == "" {
		dir = filepath.Join(Root(t), "..", "shared")
	}
	path := filepath.Join(dir, filepath.Join(elem...))
	_, err := os.Stat(path)
	if err != nil && os.Getenv("FACEID_REQUIRE_SHARED") == "1" {
		t.Fatalf("FACEID_REQUIRE_SHARED=1: %v", err)
	}
	return path, err
}
