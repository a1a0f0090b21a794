//go:build unix

package atomicfile

import (
	"errors"

	"golang.org/x/sys/unix"
)

// cannotSync reports whether a file system refuses to sync a folder, as some of those on networks do.
func cannotSync(err error) bool {
	return errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.ENOSYS)
}
