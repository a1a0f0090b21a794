// Package peers finds what the benchmarks need beside this repository: Python with the peers' wheels, LFW's photos, the
// cache.
package peers

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Cache is the folder of what the benchmarks make, FACEID_CACHE or faceid in the user's cache folder; made if need be.
func Cache() (string, error) {
	dir := os.Getenv("FACEID_CACHE")
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(base, "faceid")
	}
	return dir, os.MkdirAll(dir, 0o700)
}

// Python returns an interpreter that can import modules, separated by commas: FACEID_BENCH_PYTHON, unchecked, or the
// virtual environment called venv in the cache, into which packages are installed if need be.
func Python(venv, modules string, packages ...string) (string, error) {
	if py := os.Getenv("FACEID_BENCH_PYTHON"); py != "" {
		return py, nil
	}
	cache, err := Cache()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, venv)
	py := filepath.Join(dir, "bin", "python")
	if runtime.GOOS == "windows" {
		py = filepath.Join(dir, "Scripts", "python.exe")
	}
	if exec.Command(py, "-c", "import "+modules).Run() == nil {
		return py, nil
	}
	fmt.Fprintf(os.Stderr, "installing %s into %s (once; FACEID_BENCH_PYTHON names a ready interpreter instead)\n",
		strings.Join(packages, ", "), dir)
	for _, args := range [][]string{
		{"python3", "-m", "venv", dir},
		append([]string{py, "-m", "pip", "install", "-q", "--disable-pip-version-check"}, packages...),
	} {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
		if err := cmd.Run(); err != nil {
			return "", fmt.Errorf("%s: %w", strings.Join(args, " "), err)
		}
	}
	return py, nil
}

// LFW returns the JPEG files below dir in order, at least so many; "" is data/lfw/images below FACEID_SHARED or
// ../shared.
func LFW(dir string, least int) ([]string, error) {
	if dir == "" {
		base := os.Getenv("FACEID_SHARED")
		if base == "" {
			base = filepath.Join("..", "shared")
		}
		dir = filepath.Join(base, "data", "lfw", "images")
	}
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.EqualFold(filepath.Ext(path), ".jpg") {
			files = append(files, path)
		}
		return err
	})
	if err == nil && len(files) < least {
		err = fmt.Errorf("%s: %d photos, at least %d are needed", dir, len(files), least)
	}
	if err != nil {
		return nil, fmt.Errorf("LFW's photos: %w (name their folder with -lfw)", err)
	}
	slices.Sort(files)
	return files, nil
}
