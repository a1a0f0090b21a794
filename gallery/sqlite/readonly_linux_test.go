package sqlite_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"faceid/gallery"
	"faceid/gallery/gallerytest"
	"faceid/gallery/sqlite"
	"faceid/internal/golden"
	"faceid/internal/hint"
)

// readable uses a gallery that cannot be written: everything that only reads works, everything else says why not, and
// no file changes.
func readable(t *testing.T, path string, people int) {
	t.Helper()
	ctx := t.Context()
	list := func() string {
		files, err := os.ReadDir(filepath.Dir(path))
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, f := range files {
			content, _ := os.ReadFile(filepath.Join(filepath.Dir(path), f.Name()))
			b.WriteString(f.Name() + " " + string(content) + "\n")
		}
		return b.String()
	}
	before := list()
	rep, err := sqlite.Check(ctx, path)
	if err != nil || !rep.OK() || rep.Info.People != people {
		t.Errorf("check: %+v, %v", rep, err)
	}
	s, err := sqlite.Open(path, nil)
	if err != nil {
		t.Fatalf("open: %v, hint %q", err, hint.Of(err))
	}
	defer s.Close()
	var b bytes.Buffer
	if err := gallery.ExportJSONL(ctx, s, &b, nil); err != nil || bytes.Count(b.Bytes(), []byte("\n")) <= people {
		t.Errorf("export: %v, %d lines", err, bytes.Count(b.Bytes(), []byte("\n")))
	}
	if _, err := s.Stats(ctx); err != nil {
		t.Errorf("stats: %v", err)
	}
	for x, err := range s.Templates(ctx, 0) {
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Search(ctx, [][]float32{x.Embedding}, &gallery.SearchOptions{K: 1})
		if err != nil || got[0][0].Score < 0.999 {
			t.Fatalf("search: %v, %v", got, err)
		}
	}
	_, enrol := s.Enrol(ctx, []gallery.Enrolment{{Name: "late"}}, nil)
	_, move := s.Move(ctx, nil, 1)
	for what, err := range map[string]error{
		"enrol": enrol, "move": move, "remove": s.Remove(ctx, 1),
		"update": s.Update(ctx, gallery.Person{ID: 1, Name: "x"}), "compact": s.Compact(ctx),
	} {
		if !errors.Is(err, gallery.ErrReadOnly) || hint.Of(err) == "" {
			t.Errorf("%s: %v, hint %q", what, err, hint.Of(err))
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if after := list(); after != before {
		t.Error("reading changed or left files")
	}
}

// variants are galleries at rest: with an index, with one that is behind, without one, and of version 1.
func variants(t *testing.T, f func(t *testing.T, dir string, people int)) {
	for _, name := range []string{"index=current", "index=behind", "index=none", "version=1"} {
		t.Run(name, func(t *testing.T) {
			if os.Getuid() != 0 {
				t.Skip("a file system can be mounted for reading only, and another user's rights be had, by root alone")
			}
			dir := t.TempDir()
			path := filepath.Join(dir, "g")
			if name == "version=1" {
				if err := os.WriteFile(path, golden.Read(t, "formats", "gallery-1.faceid"), 0o600); err != nil {
					t.Fatal(err)
				}
				f(t, dir, len(golden.ReadPeople(t).People))
				return
			}
			s := open(t, path, 8)
			gallerytest.Populate(t, s, 8, 21)
			if name != "index=none" {
				if err := s.Prepare(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			people := 41
			if name == "index=behind" {
				if err := s.Remove(t.Context(), 3); err != nil {
					t.Fatal(err)
				}
				if _, err := s.Enrol(t.Context(), []gallery.Enrolment{{Name: "one more",
					Templates: []gallery.Template{{Embedding: []float32{1, 0, 2, 0, 3, 0, 4, 0}}}}}, nil); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			f(t, dir, people)
		})
	}
}

func TestReadOnlyMount(t *testing.T) {
	variants(t, func(t *testing.T, dir string, people int) {
		if err := unix.Mount(dir, dir, "", unix.MS_BIND, ""); err != nil {
			t.Skipf("no bind mounts here: %v", err)
		}
		defer unix.Unmount(dir, unix.MNT_DETACH)
		if err := unix.Mount("", dir, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
			t.Skipf("no read-only mounts here: %v", err)
		}
		readable(t, filepath.Join(dir, "g"), people)
	})
}

// TestForeignFolder reads as another user: the folder may not be written, and the file only read.
func TestForeignFolder(t *testing.T) {
	variants(t, func(t *testing.T, dir string, people int) {
		for _, f := range []string{"g", "g.index"} {
			os.Chmod(filepath.Join(dir, f), 0o644)
		}
		for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
			if err := os.Chmod(d, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		runtime.LockOSThread() // the user is this thread's; it ends with the test, since it is never unlocked
		if err := unix.Setfsuid(65534); err != nil {
			t.Skip(err)
		}
		defer unix.Setfsuid(0)
		if f, err := os.Create(filepath.Join(dir, "x")); err == nil {
			f.Close()
			t.Skip("another user may write there")
		}
		readable(t, filepath.Join(dir, "g"), people)
	})
}

// TestForeignFile reads a file of version 1 that may not be written, in a folder where SQLite's own files can be made.
func TestForeignFile(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root may take another user's place")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "g")
	if err := os.WriteFile(path, golden.Read(t, "formats", "gallery-1.faceid"), 0o644); err != nil {
		t.Fatal(err)
	}
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	runtime.LockOSThread()
	if err := unix.Setfsuid(65534); err != nil {
		t.Skip(err)
	}
	defer unix.Setfsuid(0)
	if f, err := os.OpenFile(path, os.O_RDWR, 0); err == nil {
		f.Close()
		t.Skip("another user may write it")
	}
	s, err := sqlite.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if ps, err := s.Find(t.Context(), "Ada Lovelace"); err != nil || len(ps) != 2 {
		t.Errorf("%v, %v", ps, err)
	}
	if _, err := s.Enrol(t.Context(), []gallery.Enrolment{{Name: "late"}}, nil); !errors.Is(err, gallery.ErrReadOnly) ||
		hint.Of(err) == "" {
		t.Errorf("enrol: %v, hint %q", err, hint.Of(err))
	}
}

// TestReadOnlyBesideWriter reads through a mount for reading only what another process has open and goes on changing.
func TestReadOnlyBesideWriter(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root may mount")
	}
	ctx := t.Context()
	dir, view := t.TempDir(), t.TempDir()
	w := open(t, filepath.Join(dir, "g"), 8)
	gallerytest.Populate(t, w, 8, 22)
	if err := unix.Mount(dir, view, "", unix.MS_BIND, ""); err != nil {
		t.Skip(err)
	}
	defer unix.Unmount(view, unix.MNT_DETACH)
	if err := unix.Mount("", view, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Skip(err)
	}
	r, err := sqlite.Open(filepath.Join(view, "g"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	v := []float32{1, 0, 2, 0, 3, 0, 4, 0}
	for i := range 3 {
		if _, err := w.Enrol(ctx, []gallery.Enrolment{{Name: "one more",
			Templates: []gallery.Template{{Embedding: v}}}}, nil); err != nil {
			t.Fatal(err)
		}
		if got, err := r.Search(ctx, [][]float32{v}, nil); err != nil || got[0][0].Name != "one more" {
			t.Fatalf("%d: %v, %v", i, got, err)
		}
		if err := w.Remove(ctx, 42+int64(i)); err != nil {
			t.Fatal(err)
		}
		if got, err := r.Search(ctx, [][]float32{v}, nil); err != nil || got[0][0].Name == "one more" {
			t.Fatalf("%d: %v, %v", i, got, err)
		}
	}
}

// TestFrozenChanged: a gallery read without locks says so when somebody changes it nevertheless.
func TestFrozenChanged(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root may mount")
	}
	dir, view := t.TempDir(), t.TempDir()
	s := open(t, filepath.Join(dir, "g"), 8)
	gallerytest.Populate(t, s, 8, 23)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount(dir, view, "", unix.MS_BIND, ""); err != nil {
		t.Skip(err)
	}
	defer unix.Unmount(view, unix.MNT_DETACH)
	if err := unix.Mount("", view, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Skip(err)
	}
	r, err := sqlite.Open(filepath.Join(view, "g"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	w := open(t, filepath.Join(dir, "g"), 8)
	if err := w.Remove(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Search(t.Context(), [][]float32{{1, 2, 3, 4, 5, 6, 7, 8}}, nil); !errors.Is(err,
		gallery.ErrReadOnly) || hint.Of(err) == "" {
		t.Errorf("%v, hint %q", err, hint.Of(err))
	}
}
