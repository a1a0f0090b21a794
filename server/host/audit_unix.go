//go:build unix

package host

import (
	"os"

	"golang.org/x/sys/unix"
)

// lockAudit keeps other servers off the log for as long as it is open.
func lockAudit(f *os.File) error { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) }
