//go:build unix

package file

import (
	"os"
	"syscall"
)

// links is the number of names that a file has.
func links(st os.FileInfo) uint64 {
	if s, ok := st.Sys().(*syscall.Stat_t); ok {
		return uint64(s.Nlink)
	}
	return 1
}
