//go:build unix

package pictures

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

const (
	shared    = unix.LOCK_SH
	exclusive = unix.LOCK_EX
)

// lock waits for the folder's lock, of all programs.
func (f Folder) lock(how int) (unlock func(), err error) {
	d, err := os.Open(f.dir)
	if err != nil {
		return nil, err
	}
	for {
		if err = unix.Flock(int(d.Fd()), how); !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if err != nil {
		d.Close()
		return nil, err
	}
	return func() { d.Close() }, nil
}

func othersWrite(fi fs.FileInfo) bool { return fi.Mode().Perm()&0o022 != 0 }
