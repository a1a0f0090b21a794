package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// notInput refuses to write a result over one of the files it is made from.
func notInput(out string, inputs []string) error {
	is, err := os.Stat(out)
	if err != nil {
		return nil // nothing is there to be overwritten
	}
	for _, in := range inputs {
		if st, err := os.Stat(in); err == nil && os.SameFile(is, st) {
			return withHint(fmt.Errorf("%s is one of the inputs, and would be overwritten", out), "choose another name for the result")
		}
	}
	return nil
}

// writePrivate writes a file that is the owner's alone, whole or not at all: a temporary file beside it, fsync, rename.
func writePrivate(path string, write func(io.Writer) error) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+"-*") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	w := bufio.NewWriterSize(f, 1<<20)
	if err = write(w); err != nil {
		return err
	}
	if err = w.Flush(); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	if d, derr := os.Open(dir); derr == nil {
		_ = d.Sync() // not every file system can; the data itself is safe
		d.Close()
	}
	return nil
}
