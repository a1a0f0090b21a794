package models

import (
	"context"
	"os"
	"runtime"
)

// State is what became of an entry's file.
type State string

const (
	Local   State = "local"   // in one of the local folders
	Cached  State = "cached"  // in the cache
	Missing State = "missing" // nowhere yet
	Corrupt State = "corrupt" // in the cache, with other contents; the next use fetches it again
)

// Status is an entry and where it stands.
type Status struct {
	Entry    Entry  `json:"entry"`
	State    State  `json:"state"`
	Path     string `json:"path,omitempty"` // where State is not Missing
	Own      bool   `json:"own"`            // the user's own entry
	Accepted bool   `json:"accepted"`       // its licence needs no further word
}

// List returns all entries with their state, by size and presence alone; Verify reads the files.
// Runtime libraries for other systems are left out.
func (s *Store) List() []Status {
	return s.list(false, nil)
}

// Verify reads and hashes the files of entries and packs, all that are there if none is named, and returns their
// states.
func (s *Store) Verify(ctx context.Context, names ...string) ([]Status, error) {
	var only map[string]bool
	for _, n := range names {
		es, err := s.expand(n)
		if err != nil {
			return nil, err
		}
		for _, e := range es {
			if only == nil {
				only = map[string]bool{}
			}
			only[e.Name] = true
		}
	}
	return s.list(true, only), ctx.Err()
}

func (s *Store) list(hash bool, only map[string]bool) []Status {
	var out []Status
	for _, e := range s.Entries() {
		if only != nil && !only[e.Name] || only == nil && e.library() &&
			(e.OS != runtime.GOOS || e.Arch != runtime.GOARCH) {
			continue
		}
		st := Status{Entry: e, State: Missing, Own: s.isOwn(e.Name), Accepted: s.licensed(e) == nil}
		good := func(path string) bool {
			if hash {
				_, err := readVerified(path, e, false)
				return err == nil
			}
			fi, err := os.Stat(path)
			return err == nil && fi.Mode().IsRegular() && fi.Size() == e.Size
		}
		for _, p := range s.localPaths(e) {
			if st.State == Missing && good(p) {
				st.State, st.Path = Local, p
			}
		}
		if p := s.cachePath(e); st.State == Missing && s.nowhere == nil {
			if good(p) {
				st.State, st.Path = Cached, p
			} else if _, err := os.Stat(p); err == nil {
				st.State, st.Path = Corrupt, p
			}
		}
		out = append(out, st)
	}
	return out
}
