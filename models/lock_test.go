package models

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
)

// TestLockWaits: that another process is waited for is said; for one's own fetch it is not, which said so itself.
func TestLockWaits(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".lock")
	synctest.Test(t, func(t *testing.T) {
		var told []string
		s := &Store{o: Options{Notify: func(text string) { told = append(told, text) }}}
		unlock, err := s.lock(t.Context(), path, "busy")
		if err != nil {
			t.Fatal(err)
		}
		ended, end := context.WithCancel(t.Context())
		end()
		if _, err := s.lock(ended, path, "busy"); !errors.Is(err, context.Canceled) {
			t.Errorf("a wait that ends: %v", err)
		}
		second := make(chan func())
		go func() {
			unlock, err := s.lock(t.Context(), path, "busy")
			if err != nil {
				t.Error(err)
			}
			second <- unlock
		}()
		synctest.Wait()
		unlock()
		unlock = <-second
		if unlock(); len(told) > 0 {
			t.Errorf("of its own work: %q", told)
		}

		other, err := os.OpenFile(path, os.O_RDWR, 0) // as another process has it
		if err == nil {
			err = tryLock(other)
		}
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			unlock, err := s.lock(t.Context(), path, "busy")
			if err != nil {
				t.Error(err)
			}
			second <- unlock
		}()
		synctest.Wait()
		other.Close()
		unlock = <-second
		if unlock(); !slices.Equal(told, []string{"waiting: busy"}) {
			t.Errorf("of another process: %q", told)
		}
	})
}
