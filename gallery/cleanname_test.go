package gallery_test

import (
	"errors"
	"testing"

	"faceid/gallery"
)

// A name is trimmed and composed; what cannot be seen is no part of one, and a person's number is none.
func TestCleanName(t *testing.T) {
	for in, want := range map[string]string{" Ada ": "Ada", "Zoe\u0308": "Zo\u00eb", "Ada 👩\u200d💻": "Ada 👩\u200d💻",
		"#x": "#x"} {
		if got, err := gallery.CleanName(in); err != nil || got != want {
			t.Errorf("%q: %q, %v, want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", " ", "#3", "A\u200bda", "A\u034fda", "Ada\u3164", "A\u2800da", "A\u202eda",
		"A\u115fda", "A\nda", "A\xffda"} {
		if got, err := gallery.CleanName(in); !errors.Is(err, gallery.ErrName) {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
}
