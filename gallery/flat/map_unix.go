//go:build unix

package flat

import (
	"os"

	"golang.org/x/sys/unix"
)

const canMap = true

// mapFile maps size bytes from off, which need not begin a page. The first result is what unmap takes.
func mapFile(f *os.File, off int64, size int) (whole, part []byte, err error) {
	skip := off % int64(os.Getpagesize())
	whole, err = unix.Mmap(int(f.Fd()), off-skip, size+int(skip), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, nil, &os.PathError{Op: "mmap", Path: f.Name(), Err: err}
	}
	return whole, whole[skip:], nil
}

func unmap(whole []byte) error { return unix.Munmap(whole) }

func lock(f *os.File, exclusive bool) error {
	how := unix.LOCK_SH
	if exclusive {
		how = unix.LOCK_EX
	}
	for {
		err := unix.Flock(int(f.Fd()), how)
		if err == nil {
			return nil
		}
		if err != unix.EINTR {
			return &os.PathError{Op: "flock", Path: f.Name(), Err: err}
		}
	}
}

func unlock(f *os.File) { _ = unix.Flock(int(f.Fd()), unix.LOCK_UN) }
