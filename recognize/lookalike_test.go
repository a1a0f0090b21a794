package recognize

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestLookalikes: the same photo for two people, and a person under two names, are told when they are enrolled; nobody
// else is.
func TestLookalikes(t *testing.T) {
	needPhotos(t)
	r := open(t, Options{Gallery: filepath.Join(t.TempDir(), "g.db")})
	enroll := func(name string, paths ...string) (told []string) {
		t.Helper()
		for step, err := range r.EnrollAll(t.Context(), slices.Values(Labelled(name, paths...)), nil) {
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range step.Alike {
				told = append(told, l.String())
			}
		}
		return told
	}
	for _, c := range []struct {
		name string
		path []string
		want string
	}{
		{"Ada", []string{"ada1.jpg"}, ""},
		{"Ada", []string{"ada2.jpg"}, ""}, // her own
		{"Ada", []string{"ada1.jpg"}, ""}, // known
		{"Grace", []string{"grace1.jpg"}, ""},
		{"Eve", []string{"eve1.jpg", "ada1.jpg"}, "Eve (#3) and Ada (#1) have the same photo"},
		{"Hopper", []string{"grace2.jpg"}, "Hopper (#4) looks like Grace (#2): one person under two names? score 0."},
	} {
		got := enroll(c.name, c.path...)
		if c.want == "" && len(got) > 0 || c.want != "" && (len(got) != 1 || !strings.HasPrefix(got[0], c.want)) {
			t.Errorf("%s %v: %q, want %q", c.name, c.path, got, c.want)
		}
	}
	// A rejected face is nobody to look like.
	if _, err := r.Reject(t.Context(), Labelled("", "eve2.jpg")[0], "Ada"); err != nil && !errors.Is(err, ErrNoFace) {
		t.Fatal(err)
	}
	for _, l := range enroll("Eve", "eve2.jpg") {
		if strings.Contains(l, "not Ada") {
			t.Error(l)
		}
	}
}
