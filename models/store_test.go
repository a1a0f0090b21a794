package models

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"faceid/internal/hint"
)

func TestLocalFolder(t *testing.T) {
	body := content("local")
	srv, hits := server(t, body)
	a, b := t.TempDir(), t.TempDir()
	s, n := testStore(t, Options{Local: a + string(os.PathListSeparator) + b})
	e := testEntry(s, "x", body, srv.URL+"/good")
	s.cat.Entries[len(s.cat.Entries)-1].Aliases = []string{"sub/other-name.bin"}
	alias := filepath.Join(b, "sub", "other-name.bin")
	write(t, alias, body)
	if p, err := s.Path(bg(), "x"); err != nil || p != alias || hits.Load() != 0 {
		t.Errorf("got %q, %v, %d hits", p, err, hits.Load())
	}
	if st := status(t, s, "x"); st.State != Local || st.Path != alias {
		t.Errorf("state %+v", st)
	}
	write(t, alias, strings.ToUpper(body)) // same size: not the catalogue's file
	p, err := s.Path(bg(), "x")
	if err != nil || p != filepath.Join(s.Dir(), e.File) || hits.Load() != 1 || !n.has("passed over") {
		t.Errorf("got %q, %v, %d hits, told %q", p, err, hits.Load(), n.all)
	}
}

func status(t *testing.T, s *Store, name string) Status {
	t.Helper()
	for _, st := range s.List() {
		if st.Entry.Name == name {
			return st
		}
	}
	t.Fatalf("%s is not listed", name)
	return Status{}
}

func TestListAndVerify(t *testing.T) {
	body := content("list")
	s, _ := testStore(t, Options{Offline: true})
	e := testEntry(s, "x", body, "https://example.invalid/x")
	path := filepath.Join(s.Dir(), e.File)
	if st := status(t, s, "x"); st.State != Missing || st.Path != "" {
		t.Errorf("nothing there: %+v", st)
	}
	verify := func(want State) {
		t.Helper()
		sts, err := s.Verify(bg(), "x")
		if err != nil || len(sts) != 1 || sts[0].State != want {
			t.Errorf("want %s, got %+v, %v", want, sts, err)
		}
	}
	verify(Missing)
	write(t, path, body)
	verify(Cached)
	write(t, path, strings.ToUpper(body)) // the size is right
	if st := status(t, s, "x"); st.State != Cached {
		t.Errorf("List read the file: %+v", st)
	}
	verify(Corrupt)
	write(t, path, "short")
	if st := status(t, s, "x"); st.State != Corrupt {
		t.Errorf("a short file: %+v", st)
	}
	if _, err := s.Verify(bg(), "nobody"); !errors.Is(err, ErrUnknown) || !strings.Contains(hint.Of(err), "default") {
		t.Errorf("unknown name: %v, hint %q", err, hint.Of(err))
	}
	if sts, err := s.Verify(bg(), "default"); err != nil || len(sts) != 3 {
		t.Errorf("a pack: %d, %v", len(sts), err)
	}
	for _, st := range s.List() {
		if st.Entry.library() && (st.Entry.OS != runtime.GOOS || st.Entry.Arch != runtime.GOARCH) {
			t.Errorf("%s is listed", st.Entry.Name)
		}
	}
}

func TestLicenseGate(t *testing.T) {
	dir := t.TempDir()
	s, _ := testStore(t, Options{Dir: dir, Offline: true})
	_, err := s.Path(bg(), "w600k-mbf")
	if !errors.Is(err, ErrLicense) || !strings.Contains(hint.Of(err), "--accept-license") {
		t.Fatalf("got %v, hint %q", err, hint.Of(err))
	}
	if _, err := s.Path(bg(), "mobilefacenet"); errors.Is(err, ErrLicense) {
		t.Error(err)
	}
	if err := s.AcceptLicense("buffalo_s"); err != nil { // the pack: both its models
		t.Fatal(err)
	}
	again, _ := testStore(t, Options{Dir: dir, Offline: true})
	for _, n := range []string{"w600k-mbf", "scrfd-500m"} {
		if _, err := again.Path(bg(), n); !errors.Is(err, ErrMissing) || errors.Is(err, ErrLicense) {
			t.Errorf("%s after acceptance: %v", n, err)
		}
	}
	if _, err := again.Path(bg(), "w600k-r50"); !errors.Is(err, ErrLicense) {
		t.Errorf("another model: %v", err)
	}
	accepting, _ := testStore(t, Options{Dir: dir, Offline: true, AcceptLicense: true})
	if _, err := accepting.Path(bg(), "w600k-r50"); errors.Is(err, ErrLicense) {
		t.Error(err)
	}
	if _, err := again.Path(bg(), "w600k-r50"); errors.Is(err, ErrLicense) {
		t.Errorf("it was not remembered: %v", err)
	}
	commercial, _ := testStore(t, Options{Dir: dir, Offline: true, Commercial: true, AcceptLicense: true})
	if _, err := commercial.Path(bg(), "w600k-mbf"); !errors.Is(err, ErrLicense) {
		t.Errorf("for commercial use: %v", err)
	}
	write(t, filepath.Join(dir, "licenses.json"), "{")
	if _, err := s.Path(bg(), "w600k-mbf"); err == nil || errors.Is(err, ErrLicense) ||
		!strings.Contains(err.Error(), "licenses.json") {
		t.Errorf("a damaged file of licences: %v", err)
	}
}

func TestRuntimeOrder(t *testing.T) {
	t.Setenv("FACEID_ORT", "")
	s, _ := testStore(t, Options{Offline: true})
	e, err := s.runtimeEntry()
	if err != nil {
		t.Skip(err)
	}
	_, err = s.Runtime(bg(), "")
	if !errors.Is(err, ErrMissing) || !strings.Contains(hint.Of(err), "--ort") ||
		!strings.Contains(hint.Of(err), "npm pack onnxruntime-node@1.30.0") {
		t.Errorf("nothing there: %v, hint %q", err, hint.Of(err))
	}
	dir := t.TempDir()
	beside := filepath.Join(dir, "lib", e.Aliases[0])
	write(t, beside, "a library")
	if p := besideExecutable(dir, e); p != beside {
		t.Errorf("beside the executable: %q", p)
	}
	env := filepath.Join(dir, "env.so")
	write(t, env, "a library")
	t.Setenv("FACEID_ORT", env)
	if p, err := s.Runtime(bg(), ""); err != nil || p != env {
		t.Errorf("FACEID_ORT: %q, %v", p, err)
	}
	flag := filepath.Join(dir, "flag.so")
	if _, err := s.Runtime(bg(), flag); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "--ort") {
		t.Errorf("--ort names nothing: %v", err)
	}
	if _, err := s.Runtime(bg(), dir); !errors.Is(err, ErrMissing) {
		t.Errorf("--ort names a folder: %v", err)
	}
	write(t, flag, "a library")
	if p, err := s.Runtime(bg(), flag); err != nil || p != flag {
		t.Errorf("--ort: %q, %v", p, err)
	}
}

// TestStamp checks that the library is hashed again whenever it could have changed.
func TestStamp(t *testing.T) {
	s, _ := testStore(t, Options{Offline: true})
	body := content("library")
	e := testEntry(s, "lib", body, "https://example.invalid/lib")
	s.cat.Entries[len(s.cat.Entries)-1].Role = RoleRuntime
	path := filepath.Join(s.Dir(), e.File)
	stampFile := filepath.Join(s.Dir(), "."+e.File+".verified")
	write(t, path, body)
	if _, err := s.Path(bg(), "lib"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(stampFile); err == nil {
		t.Error("a file that is not two seconds old was stamped")
	}
	if runtime.GOOS == "linux" {
		time.Sleep(2100 * time.Millisecond) // the inode's own time cannot be set
	} else {
		old := time.Now().Add(-time.Hour)
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if _, err := s.Path(bg(), "lib"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(stampFile); err != nil {
		t.Fatal(err)
	}
	fi, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "linux" { // same size, same time of change: the inode's own time gives it away
		write(t, path, strings.ToUpper(body))
		if err := os.Chtimes(path, fi.ModTime(), fi.ModTime()); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Path(bg(), "lib"); !errors.Is(err, ErrMissing) {
			t.Errorf("a changed library with its old time: %v", err)
		}
	}
	write(t, path, strings.ToUpper(body))
	if _, err := s.Path(bg(), "lib"); !errors.Is(err, ErrMissing) {
		t.Errorf("a changed library: %v", err)
	}
	write(t, stampFile, "no JSON")
	write(t, path, body)
	if _, err := s.Path(bg(), "lib"); err != nil {
		t.Errorf("a damaged stamp: %v", err)
	}
}

func TestOpenFolders(t *testing.T) {
	t.Setenv("FACEID_MODELS", "")
	dir := t.TempDir()
	t.Setenv("FACEID_CACHE", dir)
	s, err := Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.Dir() != dir || s.config != dir || len(s.local) != 0 {
		t.Errorf("cache %q, configuration %q, local %q", s.Dir(), s.config, s.local)
	}
	blocked := filepath.Join(dir, "file")
	write(t, blocked, "no folder")
	s, _ = testStore(t, Options{Dir: filepath.Join(blocked, "cache"), ConfigDir: dir})
	if _, err := s.Path(bg(), "yunet"); err == nil || !strings.Contains(hint.Of(err), "FACEID_CACHE") {
		t.Errorf("a cache that cannot be made: %v, hint %q", err, hint.Of(err))
	}
}
