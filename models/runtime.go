package models

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

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
	path, _, err := s.get(ctx, e, false)
	if errors.Is(err, ErrMissing) {
		return "", withHint(err, "%s Or install ONNX Runtime 1.24 or later and name its shared library with --ort "+
			"or FACEID_ORT.", hint.Of(err))
	}
	return path, err
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
