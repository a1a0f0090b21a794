package host

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// Objects are regular files below the folder, and nothing else is, whatever a client calls it.
func TestObject(t *testing.T) {
	dir := t.TempDir()
	root := filepath.Join(dir, "root")
	if err := os.MkdirAll(filepath.Join(root, "b", "deep"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"secret": "s", "root/outside": "o", "root/b/a.jpg": "jpeg",
		"root/b/deep/c.jpg": "deep", "root/b/large": "123456789"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"b/out": "../../secret", "b/in": "a.jpg", "up": ".."} {
		if err := os.Symlink(to, filepath.Join(root, link)); err != nil {
			t.Skipf("no links on this file system: %v", err)
		}
	}
	h, err := Open(&Options{S3Root: root, Limits: Limits{Photo: 8}})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	for at, want := range map[[2]string]string{{"b", "a.jpg"}: "jpeg", {"b", "deep/c.jpg"}: "deep",
		{"b", "in"}: "jpeg"} {
		if b, err := h.Object(at[0], at[1]); err != nil || string(b) != want {
			t.Errorf("%v: %q, %v", at, b, err)
		}
	}
	for _, at := range [][2]string{{"b", "none"}, {"", "b/a.jpg"}, {"b", ""}, {"b", "../outside"},
		{"b", "../../secret"}, {"b/deep", "c.jpg"},
		{"..", "secret"}, {"b", "out"}, {"up", "secret"}, {"b", "deep"}, {".", "outside"},
		{"/b", "a.jpg"}, {"b", "a.jpg\x00"}} {
		if b, err := h.Object(at[0], at[1]); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: %q, %v", at, b, err)
		}
	}
	var f *Fault
	if _, err := h.Object("b", "large"); !errors.As(err, &f) || f.Status != 413 {
		t.Errorf("too large: %v", err)
	}
	without, err := Open(&Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer without.Close()
	if _, err := without.Object("b", "a.jpg"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a folder: %v", err)
	}
}
