package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// errBusy is returned by tryLock while somebody else holds the lock.
var errBusy = errors.New("models: locked")

// lock lets one process at a time do something (fetch an entry, change a list); the others wait. The lock is the
// operating system's, on a small file that stays: it ends with its process, however that dies. Downloads do not need it
// to be correct (temporary names are unique and a rename is atomic), only to happen once. busy says to the user what is
// waited for; whoever waits for this process's own work is not told, for that was said when it began.
func (s *Store) lock(ctx context.Context, path, busy string) (unlock func(), err error) {
	t, _ := s.turns.LoadOrStore(path, make(chan struct{}, 1))
	turn := t.(chan struct{})
	select {
	case turn <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("models: waiting: %s: %w", busy, ctx.Err())
	}
	defer func() {
		if err != nil {
			<-turn
		}
	}()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, withHint(fmt.Errorf("models: %w", err), "Set FACEID_CACHE to a folder that can be written.")
	}
	for waited := false; ; waited = true {
		err := tryLock(f)
		if err == nil {
			return func() { f.Close(); <-turn }, nil
		}
		if !errors.Is(err, errBusy) {
			f.Close()
			return nil, fmt.Errorf("models: lock %s: %w", path, err)
		}
		if !waited {
			s.notify("waiting: %s", busy)
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, fmt.Errorf("models: waiting: %s: %w", busy, ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// stamp is what an operating system tells of a file without reading it. Two equal stamps mean the same
// contents unless they were forged, and whoever does that can as well forge the file that holds the stamp.
type stamp struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	MTime  int64  `json:"mtime"`  // nanoseconds
	CTime  int64  `json:"ctime"`  // of the inode, nanoseconds; 0 where there is none
	Inode  uint64 `json:"inode"`  // 0 where there is none
	SHA256 string `json:"sha256"` // what the file was found to be, or should be
}

func stampOf(path string, e Entry) (stamp, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return stamp{}, err
	}
	st := stamp{Path: path, Size: fi.Size(), MTime: fi.ModTime().UnixNano(), SHA256: e.SHA256}
	st.CTime, st.Inode = inode(fi)
	return st, nil
}

func (s *Store) stampPath(e Entry) string { return filepath.Join(s.dir, "."+e.File+".verified") }

// stamped reports whether the file was hashed in exactly this state.
func (s *Store) stamped(e Entry, st stamp) bool {
	if s.nowhere != nil {
		return false
	}
	b, err := os.ReadFile(s.stampPath(e))
	if err != nil {
		return false
	}
	var old stamp
	return json.Unmarshal(b, &old) == nil && old == st
}

// stamp remembers that a file was hashed. A file younger than two seconds is not remembered: it could change again
// within the clock's grain and keep its stamp. Failing to remember only costs time.
func (s *Store) stamp(e Entry, st stamp) {
	youngest := max(st.MTime, st.CTime)
	if s.nowhere != nil || time.Now().UnixNano()-youngest < int64(2*time.Second) {
		return
	}
	now, err := stampOf(st.Path, e)
	if err != nil || now != st {
		return // it changed while it was read
	}
	b, err := json.Marshal(st)
	if err == nil {
		_ = writeFile(s.stampPath(e), b)
	}
}
