package file

import (
	"errors"
	"os"
	"sync"
)

// Raw is this process's own descriptors of a gallery file. A process loses all its POSIX locks on a file when it
// closes any descriptor of it, SQLite's too, so they are shared by all stores on that file and closed after the last
// of them.
type Raw struct {
	Info os.FileInfo
	refs int
	pins []*os.File // keep a file that is removed meanwhile from giving its number to the next, which Info would match
	f    *os.File
}

var (
	rawMu    sync.Mutex // protects rawFiles and their fields
	rawFiles []*Raw
)

// Hold registers a user of the file at path.
func Hold(path string) (*Raw, error) {
	rawMu.Lock()
	defer rawMu.Unlock()
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if r := held(info); r != nil {
		r.refs++
		return r, nil
	}
	pin, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if info, err = pin.Stat(); err != nil {
		return nil, err
	}
	r := held(info) // another is at the path by now
	if r == nil {
		r = &Raw{Info: info}
		rawFiles = append(rawFiles, r)
	}
	r.refs++
	r.pins = append(r.pins, pin)
	return r, nil
}

func held(info os.FileInfo) *Raw {
	for _, r := range rawFiles {
		if os.SameFile(r.Info, info) {
			return r
		}
	}
	return nil
}

// Open opens the file by one of the paths that lead to it; another may be through a mount for reading only.
func (r *Raw) Open(path string) (*os.File, error) {
	rawMu.Lock()
	defer rawMu.Unlock()
	if r.f == nil {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			return nil, err
		}
		info, err := f.Stat()
		if err != nil || !os.SameFile(info, r.Info) {
			f.Close()
			return nil, errors.Join(errors.New("gallery: the file was replaced by another while open"), err)
		}
		r.f = f
	}
	return r.f, nil
}

// Release ends the use; call it after SQLite's connections are closed.
func (r *Raw) Release() error {
	rawMu.Lock()
	defer rawMu.Unlock()
	if r.refs--; r.refs > 0 {
		return nil
	}
	for i, x := range rawFiles {
		if x == r {
			rawFiles = append(rawFiles[:i], rawFiles[i+1:]...)
			break
		}
	}
	if r.f != nil {
		r.pins = append(r.pins, r.f)
	}
	var err error
	for _, f := range r.pins {
		err = errors.Join(err, f.Close())
	}
	return err
}
