package atomicfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"faceid/internal/atomicfile"
	"faceid/internal/hint"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

// names lists a folder, hidden files too.
func names(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range list {
		out = append(out, e.Name())
	}
	return out
}

func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "too")
	path := filepath.Join(dir, "x")
	for _, c := range []struct {
		perm os.FileMode
		text string
	}{{0o600, "one"}, {0o644, strings.Repeat("two", 100_000)}, {0o600, ""}} {
		if err := atomicfile.Write(path, c.perm, text(c.text)); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != c.text {
			t.Errorf("%d bytes of %d, %v", len(got), len(c.text), err)
		}
		if st, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && st.Mode().Perm() != c.perm {
			t.Errorf("mode %v, want %v, %v", st.Mode(), c.perm, err)
		}
	}
	if n := names(t, dir); len(n) != 1 {
		t.Errorf("left behind: %q", n)
	}
}

// TestWriteFails: whatever goes wrong, the old file is there, whole, and nothing else.
func TestWriteFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	check := func(what string) {
		t.Helper()
		if b, err := os.ReadFile(path); err != nil || string(b) != "old" {
			t.Errorf("%s: %q, %v", what, b, err)
		}
		if n := names(t, dir); len(n) != 1 {
			t.Errorf("%s: left behind: %q", what, n)
		}
	}
	mine := errors.New("mine")
	if err := atomicfile.Write(path, 0o600, func(w io.Writer) error {
		w.Write([]byte("new"))
		return mine
	}); err != mine {
		t.Errorf("got %v", err)
	}
	check("error")
	func() {
		defer func() { _ = recover() }()
		_ = atomicfile.Write(path, 0o600, func(w io.Writer) error { w.Write([]byte("new")); panic("stop") })
	}()
	check("panic")
	if err := atomicfile.Write(filepath.Join(path, "y"), 0o600, text("new")); err == nil {
		t.Error("a file stood for a folder")
	}
	check("folder")
}

func TestWriteNotAFile(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "folder")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	paths := []string{folder}
	for _, p := range paths {
		err := atomicfile.Write(p, 0o600, func(io.Writer) error { t.Errorf("%s: written", p); return nil })
		if err == nil || hint.Of(err) == "" {
			t.Errorf("%s: %v", p, err)
		}
	}
}

// TestWriteFollows: a link stays a link, whether it leads to a file, to nothing yet or through other links.
func TestWriteFollows(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "far", "away"), 0o700); err != nil {
		t.Fatal(err)
	}
	links := map[string]string{"x": "far/y", "far/y": "away/z", "here": "far/away", "n": "here/../new", "loop": "loop"}
	for link, to := range links {
		if err := os.Symlink(filepath.FromSlash(to), filepath.Join(dir, filepath.FromSlash(link))); err != nil {
			t.Skipf("links cannot be made here: %v", err)
		}
	}
	for _, c := range []struct{ name, at string }{{"x", "far/away/z"}, {"x", "far/away/z"}, {"n", "far/new"}} {
		if err := atomicfile.Write(filepath.Join(dir, c.name), 0o600, text(c.name)); err != nil {
			t.Fatal(err)
		}
		if fi, err := os.Lstat(filepath.Join(dir, c.name)); err != nil || fi.Mode().Type() != fs.ModeSymlink {
			t.Errorf("%s is no longer a link: %v, %v", c.name, fi.Mode(), err)
		}
		fi, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(c.at)))
		if err != nil || !fi.Mode().IsRegular() {
			t.Errorf("%s: no file at %s: %v", c.name, c.at, err)
		}
	}
	if err := atomicfile.Write(filepath.Join(dir, "loop"), 0o600, text("x")); err == nil {
		t.Error("a link to itself was written to")
	}
}

// TestWriteDevice: a device is written into, and stays one.
func TestWriteDevice(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("NUL is a name, not a file")
	}
	before, err := os.Stat(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if err := atomicfile.Write(os.DevNull, 0o600, text("x")); err != nil {
		t.Error(err)
	}
	after, err := os.Stat(os.DevNull)
	if err != nil || !os.SameFile(before, after) || before.Mode() != after.Mode() {
		t.Errorf("%s is another: %v, %v", os.DevNull, after.Mode(), err)
	}
}

// TestWriteLongName: a name as long as a file system takes leaves room for the temporary one.
func TestWriteLongName(t *testing.T) {
	path := filepath.Join(t.TempDir(), strings.Repeat("é", 126))
	if err := atomicfile.Write(path, 0o600, text("x")); err != nil {
		t.Fatal(err)
	}
	if n := names(t, filepath.Dir(path)); len(n) != 1 {
		t.Errorf("left behind: %d files", len(n))
	}
}

func TestSyncDir(t *testing.T) {
	if err := atomicfile.SyncDir(t.TempDir()); err != nil {
		t.Error(err)
	}
	if err := atomicfile.SyncDir(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
}

// TestMain lets the test program be the process that is killed in the middle of a write.
func TestMain(m *testing.M) {
	if path := os.Getenv("FACEID_TEST_WRITE"); path != "" {
		err := atomicfile.Write(path, 0o600, func(w io.Writer) error {
			w.Write(bytes.Repeat([]byte("x"), 1<<20))
			fmt.Println("writing")
			select {}
		})
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// TestSweep: what a killed process left is removed when it is old enough; what is young, another file's or a running
// process's stays.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "FACEID_TEST_WRITE="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	if _, err := out.Read(make([]byte, 8)); err != nil {
		t.Fatal(err)
	}
	left := names(t, dir)
	if len(left) != 1 || !strings.HasPrefix(left[0], fmt.Sprintf(".x-%d-", cmd.Process.Pid)) {
		t.Fatalf("temporary file: %q", left)
	}
	old := time.Now().Add(-2 * time.Hour)
	for _, n := range []string{".x-note", ".x-1-a", ".xy-999999999-1", "x-999999999-1"} { // nobody's leftovers of x
		if err := os.WriteFile(filepath.Join(dir, n), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(filepath.Join(dir, n), old, old); err != nil {
			t.Fatal(err)
		}
	}
	sweep := func(what string, want int) {
		t.Helper()
		atomicfile.Sweep(path, time.Hour)
		if n := names(t, dir); len(n) != want {
			t.Errorf("%s: %q", what, n)
		}
	}
	if err := os.Chtimes(filepath.Join(dir, left[0]), old, old); err != nil {
		t.Fatal(err)
	}
	sweep("its process runs", 5)
	cmd.Process.Kill()
	_ = cmd.Wait()
	now := time.Now()
	if err := os.Chtimes(filepath.Join(dir, left[0]), now, now); err != nil {
		t.Fatal(err)
	}
	sweep("young", 5)
	if err := os.Chtimes(filepath.Join(dir, left[0]), old, old); err != nil {
		t.Fatal(err)
	}
	sweep("old, of a dead process", 4)
}

func TestVacant(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	for _, x := range []struct {
		b    []byte
		want error
	}{{nil, nil}, {[]byte{}, nil}, {[]byte("x"), fs.ErrExist}} {
		if x.b != nil {
			if err := os.WriteFile(path, x.b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := atomicfile.Vacant(path); !errors.Is(err, x.want) {
			t.Errorf("%q: %v", x.b, err)
		}
	}
	if err := errors.Join(atomicfile.Vacant(os.DevNull), atomicfile.Vacant(t.TempDir())); err != nil {
		t.Error(err)
	}
}
