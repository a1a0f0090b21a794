//go:build unix && !linux

package models

import "syscall"

// changed is known on Linux only; elsewhere the field has other names, and the stamp does without.
func changed(*syscall.Stat_t) int64 { return 0 }
