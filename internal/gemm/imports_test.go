package gemm

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
			{"faceid/arcface", "kernels know nothing of their users"},
			{"faceid/loss", "kernels know nothing of their users"},
			{"github.com", "others import the losses on their own: nothing but gonum"},
		} {
			if dep == r.prefix || strings.HasPrefix(dep, r.prefix+"/") {
				t.Errorf("imports %s: %s", dep, r.reason)
			}
		}
	}
}
