//go:build !unix

package pictures

import (
	"io/fs"
	"sync"
)

const (
	shared = iota
	exclusive
)

// folders is the lock of this program's folders, all as one.
var folders sync.RWMutex

// lock waits for other goroutines. Other programs are not kept off.
func (f Folder) lock(how int) (unlock func(), err error) {
	if how == exclusive {
		folders.Lock()
		return folders.Unlock, nil
	}
	folders.RLock()
	return folders.RUnlock, nil
}

func othersWrite(fs.FileInfo) bool { return false } // by access lists, which inherit the user's folder's
