package models

import (
	"os"
	"path/filepath"
	"testing"
)

// libvips is found where it lies, is not believed without its checksum, and is never fetched by asking for it.
func TestCodec(t *testing.T) {
	local := t.TempDir()
	s, err := Open(&Options{Dir: t.TempDir(), Local: local})
	if err != nil {
		t.Fatal(err)
	}
	e, ok := s.codec("libvips")
	if !ok {
		t.Skip("no libvips is known for this system")
	}
	t.Setenv("FACEID_VIPS", "")
	if p := s.Codec(); p != "" {
		t.Errorf("found %s in empty folders", p)
	}
	fake := filepath.Join(local, e.File)
	if err := os.WriteFile(fake, []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	if p := s.Codec(); p != "" {
		t.Errorf("took %s, which is something else", p)
	}
	t.Setenv("FACEID_VIPS", fake)
	if p := s.Codec(); p != fake {
		t.Errorf("%q where the user named %s", p, fake)
	}
	t.Setenv("FACEID_VIPS", "none")
	if p := s.Codec(); p != "" {
		t.Errorf("%q where the user wanted none", p)
	}
	if p := s.HEIF(); p != nil {
		t.Errorf("found %s in empty folders", p)
	}
	es, err := s.expand(RuntimeName)
	if err != nil || len(es) != 4 || es[1].Name != e.Name {
		t.Errorf("%s stands for %v, %v", RuntimeName, es, err)
	}
}
