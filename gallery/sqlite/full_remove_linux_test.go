package sqlite_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"faceid/gallery"
	"faceid/gallery/sqlite"
	"faceid/internal/hint"
)

// TestRemoveOnFullDisk removes somebody on a disk with little or no room left: it is done or it is not, as the error
// says; the gallery goes on being read, searched and exported, also by whoever opens it then; Check says that traces
// may be left; with room again they go.
func TestRemoveOnFullDisk(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("a small disk has to be mounted, which only root may do")
	}
	for free := 0; free <= 480; free += 32 {
		for _, closed := range []bool{false, true} {
			t.Run(fmt.Sprintf("free=%dk/closed=%v", free, closed),
				func(t *testing.T) { removeOnFullDisk(t, free, closed) })
		}
	}
}

func removeOnFullDisk(t *testing.T, free int, closed bool) {
	const dim = 64
	ctx := t.Context()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=3m"); err != nil {
		t.Skipf("a small disk cannot be mounted here: %v", err)
	}
	defer unix.Unmount(dir, unix.MNT_DETACH)
	path := filepath.Join(dir, "g")
	name := "somebody of a name that is seldom"
	vec := func(n int) []float32 {
		v := make([]float32, dim)
		v[n%dim], v[(n+1)%dim] = 1, float32(n)/100
		return v
	}
	s, err := sqlite.Open(path, &sqlite.Options{Model: model(dim), Create: true})
	if err != nil {
		t.Fatal(err)
	}
	const all = 300
	var e []gallery.Enrolment // so many that pages in the log have no place in the file yet
	for n := range all {
		e = append(e, gallery.Enrolment{Name: fmt.Sprint("person ", n),
			Templates: []gallery.Template{{Embedding: vec(n)}}})
	}
	e[1].Name = name
	if _, err := s.Enrol(ctx, e, nil); err != nil {
		t.Fatal(err)
	}
	people := all
	if _, err := s.Search(ctx, [][]float32{vec(0)}, nil); err != nil {
		t.Fatal(err)
	}
	if closed {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	fillUp(t, filepath.Join(dir, "other"), free)
	if closed {
		if s, err = sqlite.Open(path, nil); err != nil {
			t.Fatalf("opening on a full disk: %v", err)
		}
	}
	err = s.Remove(ctx, 2)
	done := err == nil || errors.Is(err, gallery.ErrTraces)
	if !done && !errors.Is(err, gallery.ErrDiskFull) || err != nil && hint.Of(err) == "" {
		t.Errorf("remove: %v, hint %q", err, hint.Of(err))
	}
	t.Logf("remove: %v", err)
	if done {
		people--
	}
	read := func(what string, s *sqlite.Store) {
		t.Helper()
		var out bytes.Buffer
		if err := gallery.ExportJSONL(ctx, s, &out, nil); err != nil {
			t.Errorf("%s: export: %v", what, err)
		}
		if got := bytes.Count(out.Bytes(), []byte("\n")) - 1; got != people {
			t.Errorf("%s: %d people exported, want %d", what, got, people)
		}
		if err := gallery.ExportNPZ(ctx, s, io.Discard, nil); err != nil {
			t.Errorf("%s: export: %v", what, err)
		}
		found, err := s.Search(ctx, [][]float32{vec(1)}, nil)
		if err != nil || len(found[0]) != 10 || (found[0][0].Name == name) == done {
			t.Errorf("%s: search: %v, %v", what, found, err)
		}
	}
	read("at once", s)
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	rep, err := sqlite.Check(ctx, path)
	if err != nil || !rep.OK() || rep.Info.People != people {
		t.Errorf("check: %+v, %v", rep, err)
	}
	for range 2 {
		s, err = sqlite.Open(path, nil)
		if err != nil {
			t.Fatalf("opening afterwards: %v", err)
		}
		read("opened afterwards", s)
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	if done && !rep.Unscrubbed {
		sought(t, dir, map[string][]byte{"name": []byte(name), "embedding": floatBytes(vec(1))[:16]}, false)
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_REMOUNT, "size=16m"); err != nil {
		t.Fatal(err)
	}
	s, err = sqlite.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	read("with room", s)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if rep, err := sqlite.Check(ctx, path); err != nil || !rep.OK() || rep.Unscrubbed {
		t.Errorf("check with room: %+v, %v", rep, err)
	}
	if done {
		sought(t, dir, map[string][]byte{"name": []byte(name)}, false)
	}
}

// fillUp writes a file until so many kB fit beside it.
func fillUp(t *testing.T, path string, free int) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 16; size > 0; size /= 2 {
		for {
			if _, err := f.Write(make([]byte, size)); err != nil {
				break
			}
		}
	}
	st, err := f.Stat()
	if err == nil {
		err = f.Truncate(st.Size() - int64(free)<<10)
	}
	if err != nil {
		t.Fatal(err)
	}
}
