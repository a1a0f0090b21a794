package gallery_test

import (
	"errors"
	"testing"

	"faceid/gallery"
	"faceid/internal/hint"
)

// TestModelSame: what made the embeddings counts, its name does not.
func TestModelSame(t *testing.T) {
	m := *model(8)
	for _, c := range []struct {
		name string
		f    func(*gallery.Model)
		same bool
	}{
		{"itself", func(*gallery.Model) {}, true},
		{"name", func(o *gallery.Model) { o.Name = "renamed" }, true},
		{"file", func(o *gallery.Model) { o.SHA256 = "beef" }, false},
		{"dimension", func(o *gallery.Model) { o.Dim++ }, false},
		{"views", func(o *gallery.Model) { o.Views = "mirrored" }, false},
	} {
		o := m
		c.f(&o)
		if m.Same(o) != c.same || o.Same(m) != c.same {
			t.Errorf("%s: Same is %v, want %v", c.name, m.Same(o), c.same)
		}
		if err := m.Check(o); (err == nil) != c.same ||
			err != nil && (!errors.Is(err, gallery.ErrModel) || hint.Of(err) == "") {
			t.Errorf("%s: %v, hint %q", c.name, err, hint.Of(err))
		}
	}
}
