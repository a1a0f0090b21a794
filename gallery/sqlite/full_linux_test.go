package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"faceid/gallery"
	"faceid/internal/hint"

	"golang.org/x/sys/unix"
)

// A disk that is full, at the creation of the gallery or at any enrolment: an error that says so, what was acknowledged
// is there, and with room again the same file goes on.
func TestDiskFull(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("a small disk has to be mounted, which only root may do")
	}
	ctx := context.Background()
	for kb := 16; kb <= 1024; kb += 48 {
		dir := t.TempDir()
		if err := unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dk", kb)); err != nil {
			t.Skipf("a small disk cannot be mounted here: %v", err)
		}
		acked := fillDisk(t, ctx, filepath.Join(dir, "g.db"))
		if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_REMOUNT, "size=16m"); err != nil {
			t.Fatal(err)
		}
		if acked >= 0 {
			checkAfterFull(t, ctx, filepath.Join(dir, "g.db"), kb, acked)
		}
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	}
}

var fullModel = gallery.Model{Name: "m", SHA256: fmt.Sprintf("%064x", 1), Dim: 64, Views: "plain"}

// fillDisk enrols until an error, and returns how many people were acknowledged, -1 if there is no gallery.
func fillDisk(t *testing.T, ctx context.Context, path string) int {
	g, err := Open(path, &Options{Model: &fullModel, Create: true})
	if err != nil {
		if !errors.Is(err, gallery.ErrDiskFull) || hint.Of(err) == "" {
			t.Errorf("opening on a full disk: %v, hint %q", err, hint.Of(err))
		}
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return -1
		}
		return 0
	}
	defer g.Close()
	for n := 0; ; n++ {
		e := make([]float32, fullModel.Dim)
		e[n%len(e)] = 1
		e[0] += float32(n)
		_, err := g.Enrol(ctx, []gallery.Enrolment{{Name: fmt.Sprintf("person %d", n),
			Templates: []gallery.Template{{Embedding: e}}}}, nil)
		if err != nil {
			if !errors.Is(err, gallery.ErrDiskFull) || hint.Of(err) == "" {
				t.Errorf("enrolling on a full disk: %v, hint %q", err, hint.Of(err))
			}
			return n
		}
	}
}

func checkAfterFull(t *testing.T, ctx context.Context, path string, kb, acked int) {
	r, err := Check(ctx, path)
	if err != nil || !r.OK() {
		t.Fatalf("%d kB: check: %v %v", kb, err, r.Problems)
	}
	if r.Info.People < acked {
		t.Fatalf("%d kB: %d people acknowledged, %d there", kb, acked, r.Info.People)
	}
	g, err := Open(path, nil)
	if err != nil {
		t.Fatalf("%d kB: %v", kb, err)
	}
	defer g.Close()
	e := make([]float32, fullModel.Dim)
	e[1] = 1
	if _, err := g.Enrol(ctx, []gallery.Enrolment{{Name: "later", Templates: []gallery.Template{{Embedding: e}}}},
		nil); err != nil {
		t.Fatalf("%d kB: going on: %v", kb, err)
	}
}
