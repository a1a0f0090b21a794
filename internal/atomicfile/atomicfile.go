// Package atomicfile writes a file so that at any moment, a power cut included, its path is the old file or the whole
// new one: a temporary file in the same folder, fsync, rename, fsync of the folder.
package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"faceid/internal/hint"
)

// Write makes path the file that write writes. The bytes are buffered; perm is the file's mode exactly, whatever the
// umask and the old file say. Missing folders are made, for their owner alone. The error of write is returned as it is;
// after any error the temporary file is gone. A symbolic link stays, and the file it leads to is written. A pipe or a
// device that takes characters is written into, not replaced; anything else that is not a file is refused.
func Write(path string, perm os.FileMode, write func(io.Writer) error) (err error) {
	if fi, err := os.Stat(path); err == nil && !fi.Mode().IsRegular() {
		if fi.Mode()&(fs.ModeNamedPipe|fs.ModeCharDevice) == 0 {
			return hint.With(fmt.Errorf("%s: not a regular file", path), "name a file, or a path where nothing is yet")
		}
		return writeInto(path, write)
	}
	if path, err = target(path); err != nil {
		return err
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := Temp(path)
	if err != nil {
		return err
	}
	done := false
	defer func() { // by a flag, so that a panic of write leaves nothing behind either
		if !done {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	w := bufio.NewWriterSize(f, 1<<16)
	if err := write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := f.Chmod(perm); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	done = true
	return SyncDir(dir)
}

// writeInto writes into what is there already and keeps no bytes, a pipe or a device.
func writeInto(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<16)
	err = write(w)
	if err == nil {
		err = w.Flush()
	}
	return errors.Join(err, f.Close())
}

// target follows symbolic links to the file that they lead to, which need not be there.
func target(path string) (string, error) {
	for range 40 { // as many as Linux follows
		fi, err := os.Lstat(path)
		if err != nil || fi.Mode().Type() != fs.ModeSymlink {
			return path, nil // what is wrong with it, the writing says
		}
		to, err := os.Readlink(path)
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(to) {
			to = filepath.Dir(path) + string(filepath.Separator) + to
		}
		dir, name := filepath.Split(to)
		if dir, err = filepath.EvalSymlinks(dir); err != nil { // "..", as the system takes it
			return "", err
		}
		path = filepath.Join(dir, name)
	}
	return "", fmt.Errorf("%s: too many symbolic links", path)
}

// SyncDir makes new names in a folder survive a power cut. Where that cannot be asked for it does nothing: on Windows,
// whose file system journals renames, on file systems that refuse to sync a folder, and in folders that may be written
// but not read.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !cannotSync(err) {
		return err
	}
	return nil
}

// prefix begins the names of path's temporary files: hidden, and cut where the whole name could become too long.
func prefix(path string) string {
	name := filepath.Base(path)
	if len(name) > 200 {
		name = strings.ToValidUTF8(name[:200], "")
	}
	return "." + name + "-"
}

// Temp makes a temporary file for path as Write does, of mode 0600 and in the same folder. The caller renames or
// removes it.
func Temp(path string) (*os.File, error) {
	return os.CreateTemp(filepath.Dir(path), prefix(path)+strconv.Itoa(os.Getpid())+"-*")
}

// Temps returns the temporary files of path: those whose process is gone, and those of processes that may be at work.
func Temps(path string) (dead, live []string) {
	dir := filepath.Dir(path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil // there is nothing to be found, or nobody to find it
	}
	for _, e := range entries {
		begins, pid, ok := parse(e.Name())
		if !ok || begins != prefix(path) || !e.Type().IsRegular() {
			continue
		}
		if name := filepath.Join(dir, e.Name()); alive(pid) {
			live = append(live, name)
		} else {
			dead = append(dead, name)
		}
	}
	return dead, live
}

// parse takes the name of a temporary file apart: the prefix of what it is for, and whose process it is.
func parse(name string) (begins string, pid int, ok bool) {
	last := strings.LastIndexByte(name, '-')
	if last < 0 || !strings.HasPrefix(name, ".") {
		return "", 0, false
	}
	first := strings.LastIndexByte(name[:last], '-')
	pid, err := strconv.Atoi(name[first+1 : last])
	_, rerr := strconv.ParseUint(name[last+1:], 10, 64)
	return name[:first+1], pid, err == nil && rerr == nil && first > 0
}

// SweepAll removes what killed processes left of any of these files, by reading each folder once.
func SweepAll(paths []string) {
	folders := map[string]map[string]bool{}
	for _, path := range paths {
		if path == "" {
			continue
		}
		path, err := target(path)
		if err != nil {
			continue
		}
		dir := filepath.Dir(path)
		if folders[dir] == nil {
			folders[dir] = map[string]bool{}
		}
		folders[dir][prefix(path)] = true
	}
	for dir, prefixes := range folders {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue // it is yet to be made
		}
		for _, e := range entries {
			begins, pid, ok := parse(e.Name())
			if ok && prefixes[begins] && e.Type().IsRegular() && !alive(pid) {
				os.Remove(filepath.Join(dir, e.Name()))
			}
		}
	}
}

// Sweep removes the temporary files that killed processes left of path: those whose process is gone and that nobody has
// written to for as long as age. On a folder that several machines share, age is what keeps another machine's files.
func Sweep(path string, age time.Duration) {
	dead, _ := Temps(path)
	for _, f := range dead {
		if fi, err := os.Lstat(f); err == nil && time.Since(fi.ModTime()) >= age {
			os.Remove(f)
		}
	}
}

// alive reports whether a process may be running under this id, in doubt yes.
func alive(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	defer p.Release()
	err = p.Signal(syscall.Signal(0))
	return !errors.Is(err, os.ErrProcessDone) && !errors.Is(err, syscall.ESRCH)
}

// Vacant returns an error that wraps fs.ErrExist if something stands in a file, which would be lost if it were written.
// A pipe, a device or an empty file, as mktemp makes one, holds nothing.
func Vacant(path string) error {
	st, err := os.Stat(path)
	if err != nil || !st.Mode().IsRegular() || st.Size() == 0 {
		return nil
	}
	return hint.With(fmt.Errorf("%s is there: %w", path, fs.ErrExist), "choose another name, or --force replaces it")
}
