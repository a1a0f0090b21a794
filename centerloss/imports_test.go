package centerloss

import (
	"os/exec"
	"strings"
	"testing"
)

// TestImports: what this package must not depend on, directly or through others, and why.
func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for dep := range strings.FieldsSeq(string(out)) {
		for _, r := range []struct{ prefix, reason string }{
			{"os", "a loss is arithmetic on the caller's memory: no files, no environment"},
			{"net", "a loss is arithmetic on the caller's memory"},
			{"faceid/embed", "whoever trains brings the features; the head knows no photos"},
			{"faceid/gallery", "a head scores classes, not people"},
			{"faceid/finetune", "finetune trains with this package, not the reverse"},
			{"github.com", "others import this package on its own: nothing but gonum and ours"},
		} {
			if dep == r.prefix || strings.HasPrefix(dep, r.prefix+"/") {
				t.Errorf("imports %s: %s", dep, r.reason)
			}
		}
	}
}
