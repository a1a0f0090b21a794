package models

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"faceid/internal/hint"
)

// runtimeEntry returns the ONNX Runtime library for this system.
func (s *Store) runtimeEntry() (Entry, error) {
	for _, e := range s.Entries() {
		if e.Role == RoleRuntime && e.OS == runtime.GOOS && e.Arch == runtime.GOARCH {
			return e, nil
		}
	}
	return Entry{}, withHint(fmt.Errorf("%w: no ONNX Runtime library is known for %s/%s", ErrMissing, runtime.GOOS,
		runtime.GOARCH),
		"Install ONNX Runtime 1.24 or later and name its shared library with --ort or FACEID_ORT.")
}

// Runtime returns the path of the ONNX Runtime shared library. It is looked for in this order: explicit (the user's
// --ort), the environment's FACEID_ORT, beside the executable (and in lib beside it), the local folders, the cache, the
// sources. A path that the user names is taken as it is; that its version is high enough is seen when it is loaded.
func (s *Store) Runtime(ctx context.Context, explicit string) (string, error) {
	for _, c := range []struct{ path, from string }{{explicit, "--ort"}, {os.Getenv("FACEID_ORT"), "FACEID_ORT"}} {
		if c.path == "" {
			continue
		}
		fi, err := os.Stat(c.path)
		if err == nil && !fi.Mode().IsRegular() {
			err = fmt.Errorf("%s: not a file", c.path)
		}
		if err != nil {
			return "", withHint(fmt.Errorf("%w: the ONNX Runtime library of %s: %w", ErrMissing, c.from, err),
				"%s must name the shared library itself, such as libonnxruntime.so.1; without it the library is "+
					"found or fetched.", c.from)
		}
		return filepath.Abs(c.path)
	}
	e, err := s.runtimeEntry()
	if err != nil {
		return "", err
	}
	if exe, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(exe); err == nil {
			exe = real
		}
		if p := besideExecutable(filepath.Dir(exe), e); p != "" {
			return p, nil
		}
	}
	missing := s.lies(e) == ""
	path, _, err := s.get(ctx, e, false)
	// the first fetch brings all libraries; without the others fewer photos are read, and more slowly
	if missing && err == nil && !s.o.Offline {
		for _, c := range s.codecs() {
			if _, _, err := s.get(ctx, c, false); err != nil {
				s.notify("photos are decoded without %s: %v", c.Name, err)
			}
		}
	}
	if errors.Is(err, ErrMissing) {
		return "", withHint(err, "%s Or install ONNX Runtime 1.24 or later and name its shared library with --ort "+
			"or FACEID_ORT.", hint.Of(err))
	}
	return path, err
}

// codecs returns the libraries that decode photos on this system.
func (s *Store) codecs() []Entry {
	return slices.DeleteFunc(s.Entries(), func(e Entry) bool {
		return e.Role != RoleCodec || e.OS != runtime.GOOS || e.Arch != runtime.GOARCH
	})
}

// codec returns the library of this name for this system.
func (s *Store) codec(name string) (Entry, bool) {
	es := s.codecs()
	i := slices.IndexFunc(es, func(e Entry) bool { return strings.HasPrefix(e.Name, name+"-") })
	if i < 0 {
		return Entry{}, false
	}
	return es[i], true
}

// HEIF returns the paths of the shared libraries that decode HEIC photos, in the order in which they are to be loaded:
// libde265 and libheif; or nil where they are not both there. As Codec's they are never fetched here. They are looked
// for in the local folders and the cache, and are not there with FACEID_HEIF=none.
func (s *Store) HEIF() []string {
	if os.Getenv("FACEID_HEIF") == "none" {
		return nil
	}
	var paths []string
	for _, name := range []string{"libde265", "libheif"} {
		e, ok := s.codec(name)
		if !ok {
			return nil
		}
		p := s.lies(e)
		if p == "" {
			return nil
		}
		paths = append(paths, p)
	}
	return paths
}

// Codec returns the path of the libvips shared library, or "" where there is none: it is never fetched here, since
// everything works without. It is looked for where Runtime looks for its own: the environment's FACEID_VIPS (a path, or
// none), beside the executable, the local folders, the cache.
func (s *Store) Codec() string {
	switch p := os.Getenv("FACEID_VIPS"); p {
	case "":
	case "none":
		return ""
	default:
		return p
	}
	e, ok := s.codec("libvips")
	if !ok {
		return ""
	}
	if exe, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(exe); err == nil {
			exe = real
		}
		if p := besideExecutable(filepath.Dir(exe), e); p != "" {
			return p
		}
	}
	return s.lies(e)
}

// lies returns the path at which an entry's file lies already, verified, or "".
func (s *Store) lies(e Entry) string {
	paths := s.localPaths(e)
	if s.nowhere == nil {
		paths = append(paths, s.cachePath(e))
	}
	for _, p := range paths {
		if _, err := s.verified(p, e, false); err == nil {
			return p
		}
	}
	return ""
}

// besideExecutable returns the library in dir or dir/lib under one of its usual names, or "".
func besideExecutable(dir string, e Entry) string {
	for _, d := range []string{dir, filepath.Join(dir, "lib")} {
		for _, f := range append([]string{e.File}, e.Aliases...) {
			p := filepath.Join(d, f)
			if fi, err := os.Stat(p); err == nil && fi.Mode().IsRegular() {
				return p
			}
		}
	}
	return ""
}
