package weaviate

import (
	"slices"
	"sync"
)

// locks are mutexes by key.
type locks struct {
	mu sync.Mutex
	m  map[string]*lock
}

type lock struct {
	sync.Mutex
	users int
}

// hold locks things of one kind, in one order for everybody, and returns what unlocks them.
func (l *locks) hold(kind string, names []string) func() {
	keys := make([]string, len(names))
	for i, n := range names {
		keys[i] = kind + " " + n
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	for _, k := range keys {
		l.mu.Lock()
		if l.m == nil {
			l.m = make(map[string]*lock)
		}
		x := l.m[k]
		if x == nil {
			x = &lock{}
			l.m[k] = x
		}
		x.users++
		l.mu.Unlock()
		x.Lock()
	}
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, k := range keys {
			x := l.m[k]
			x.Unlock()
			if x.users--; x.users == 0 {
				delete(l.m, k)
			}
		}
	}
}
