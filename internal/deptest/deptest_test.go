package deptest

import (
	"fmt"
	"strings"
	"testing"
)

// said is a test that notes its failures.
type said struct {
	testing.TB
	errors []string
}

func (s *said) Helper() {}
func (s *said) Errorf(format string, a ...any) {
	s.errors = append(s.errors, fmt.Sprintf(format, a...))
}

// TestWalls tries each check on this very package, which is built from os/exec and testing and nothing of ours.
func TestWalls(t *testing.T) {
	for _, c := range []struct {
		name string
		f    func(testing.TB)
		want []string // parts of the failures, in any order
	}{
		{"direct", func(t testing.TB) {
			Unreached(t, map[string]string{"os/exec": "no processes"})
		}, []string{"deptest → os/exec: no processes"}},
		{"through others", func(t testing.TB) {
			Unreached(t, map[string]string{"syscall": "no system"})
		}, []string{" → syscall: no system"}},
		{"tree", func(t testing.TB) {
			Unreached(t, map[string]string{"os/...": "x"})
		}, []string{" → os: x", " → os/exec: x"}},
		{"not a prefix", func(t testing.TB) {
			Unreached(t, map[string]string{"o/...": "x", "os/exe": "x", "net": "x"})
		}, nil},
		{"itself", func(t testing.TB) { Unreached(t, map[string]string{"./...": "x"}) }, nil},
		{"imported", func(t testing.TB) {
			Unimported(t, map[string]string{"os/...": "x", "syscall": "x"})
		}, []string{"deptest → os/exec: x"}},
		{"ours", func(t testing.TB) { Ours(t, "x") }, nil},
	} {
		s := &said{TB: t}
		c.f(s)
		all := strings.Join(s.errors, "\n")
		for _, w := range c.want {
			if !strings.Contains(all, w) {
				t.Errorf("%s: %q is not said in %q", c.name, w, all)
			}
		}
		if len(c.want) == 0 && len(s.errors) > 0 || len(c.want) == 1 && len(s.errors) != 1 {
			t.Errorf("%s: %q", c.name, s.errors)
		}
	}
}

func TestMatches(t *testing.T) {
	g := &graph{module: "example.org/m"}
	for name, want := range map[string]bool{
		"./...": true, "./a": false, "./a/...": true, "./a/b": true, "./a/b/...": true, "example.org/m/a/b": true,
		"./a/b/c": false, "./x/...": false,
	} {
		if got := g.matches(name, "example.org/m/a/b"); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
