package models

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// npmSource is npm:NAME@VERSION#PATH taken apart.
type npmSource struct {
	pack string // NAME@VERSION
	path string // inside the package, with slashes
}

func parseNPM(s string) (npmSource, error) {
	rest, ok := strings.CutPrefix(s, "npm:")
	pack, path, ok2 := strings.Cut(rest, "#")
	at := strings.LastIndexByte(pack, '@')
	if !ok || !ok2 || path == "" || at <= 0 || at == len(pack)-1 {
		return npmSource{}, fmt.Errorf("is not npm:NAME@VERSION#PATH")
	}
	// The package goes to npm's command line; only what a name and an exact version can hold passes.
	for i, r := range pack {
		if !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.+", r) && i > 0 ||
			r == '@' && (i == 0 || i == at) || r == '/' && pack[0] == '@') {
			return npmSource{}, fmt.Errorf("is not npm:NAME@VERSION#PATH")
		}
	}
	if strings.Contains(path, "..") || strings.HasPrefix(path, "/") {
		return npmSource{}, fmt.Errorf("has a path that leaves the package")
	}
	return npmSource{pack, path}, nil
}

// npmFile is a file wanted from a package and where it goes.
type npmFile struct {
	entry Entry
	path  string
}

// fromNPM fetches a package with the npm client, checks its integrity and stores the files wanted. The client is used,
// and not the registry's address, because it knows the user's registry, proxy and credentials.
func (s *Store) fromNPM(ctx context.Context, src npmSource, integrity string, files []npmFile) error {
	npm, err := exec.LookPath(s.o.NPM)
	if err != nil && !errors.Is(err, exec.ErrDot) {
		return fmt.Errorf("the npm client %q is not there: install Node.js, which brings it (https://nodejs.org, or "+
			"your system's package %q)", s.o.NPM, "npm")
	}
	tmp, err := os.MkdirTemp(s.dir, ".npm-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	s.notify("fetching %s with npm", src.pack)
	if err := s.npmPack(ctx, npm, tmp, src.pack, files[0].entry); err != nil {
		return err
	}
	tgz, err := filepath.Glob(filepath.Join(tmp, "*.tgz"))
	if err != nil || len(tgz) != 1 {
		return fmt.Errorf("npm pack left %d archives for %s", len(tgz), src.pack)
	}
	f, err := os.Open(tgz[0])
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha512.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	if got := "sha512-" + base64.StdEncoding.EncodeToString(h.Sum(nil)); got != integrity {
		return fmt.Errorf("%w: the archive of %s has integrity %s, not %s", ErrCorrupt, src.pack, got, integrity)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return s.unpack(ctx, f, files)
}

// npmPack runs npm pack in dir. npm tells nothing of its progress in a pipe, so the callback ticks without a figure.
func (s *Store) npmPack(ctx context.Context, npm, dir, pack string, e Entry) error {
	cmd := exec.CommandContext(ctx, npm, "pack", pack, "--ignore-scripts", "--loglevel=error", "--pack-destination",
		dir)
	cmd.Dir = dir // no project's .npmrc or workspace has a say
	var stderr, stdout bytes.Buffer
	cmd.Stderr, cmd.Stdout = &stderr, &stdout
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				return fmt.Errorf("npm pack %s: %w: %s", pack, err, lastLines(stderr.String()+stdout.String()))
			}
			return nil
		case <-tick.C:
			s.progress(Progress{Name: e.Name, Total: -1})
		}
	}
}

// lastLines returns the end of a program's output on one line.
func lastLines(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 300 {
		s = "… " + s[len(s)-300:]
	}
	return s
}

// unpack stores the files wanted from an npm archive, each bounded by its entry's size, and stops at the last of them.
func (s *Store) unpack(ctx context.Context, r io.Reader, files []npmFile) error {
	z, err := gzip.NewReader(r)
	if err != nil {
		return fmt.Errorf("%w: archive: %w", ErrCorrupt, err)
	}
	defer z.Close()
	// Files that are not wanted are skipped over, but they too cost time: a package is never larger than this.
	t := tar.NewReader(io.LimitReader(z, 2*maxSize))
	left := len(files)
	for left > 0 {
		h, err := t.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("%w: archive: %w", ErrCorrupt, err)
		}
		// npm archives hold one folder, most often called package.
		_, name, _ := strings.Cut(h.Name, "/")
		for _, f := range files {
			if f.path != name || h.Typeflag != tar.TypeReg {
				continue
			}
			if err := s.store(ctx, f.entry, t, h.Size); err != nil {
				return err
			}
			left--
		}
	}
	if left > 0 {
		return fmt.Errorf("%w: the package lacks %d of the files wanted", ErrMissing, left)
	}
	return nil
}
