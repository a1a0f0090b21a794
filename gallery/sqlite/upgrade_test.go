package sqlite

import (
	"path/filepath"
	"testing"

	"faceid/gallery"
)

// TestUpgradeSecond: a process that finds the gallery brought to the present format by another goes on with that
// format, and tries its checksums.
func TestUpgradeSecond(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "g"), &Options{Model: &gallery.Model{Name: "m", Dim: 8}, Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	present := s.version
	s.version = 1 // as it was when this process looked
	if err := s.upgrade(); err != nil {
		t.Fatal(err)
	}
	if s.version != present {
		t.Errorf("goes on with version %d of the format, the file has %d", s.version, present)
	}
}
