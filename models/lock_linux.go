package models

import "syscall"

// changed returns the time of the inode's last change.
func changed(st *syscall.Stat_t) int64 { return st.Ctim.Nano() }
