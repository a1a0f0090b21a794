package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"faceid/models/https"
)

// notes collects what a Store tells the user.
type notes struct {
	mu  sync.Mutex
	all []string
}

func (n *notes) add(s string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = append(n.all, s)
}

func (n *notes) has(part string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.ContainsFunc(n.all, func(s string) bool { return strings.Contains(s, part) })
}

// testStore is a store with an empty cache and nothing local.
func testStore(t testing.TB, o Options) (*Store, *notes) {
	t.Helper()
	n := &notes{}
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	if o.Local == "" {
		o.Local = "-"
	}
	if o.Fetch == nil {
		o.Fetch = https.Fetch
	}
	o.Notify = n.add
	s, err := Open(&o)
	if err != nil {
		t.Fatal(err)
	}
	return s, n
}

// testEntry is an entry of role sample with this content, put into the store's catalogue.
func testEntry(s *Store, name, content string, sources ...string) Entry {
	h := sha256.Sum256([]byte(content))
	e := Entry{
		Name: name, Role: RoleSample, File: name + ".bin", Sources: sources,
		SHA256: hex.EncodeToString(h[:]), Size: int64(len(content)),
		License: License{ID: "MIT", Class: Permissive, URL: "https://example.com/licence"},
	}
	cat := *s.catalogue()
	cat.Entries = append(slices.Clone(cat.Entries), e)
	s.cat = &cat
	return e
}

// content is some text longer than a git-LFS pointer.
func content(seed string) string { return strings.Repeat("some bytes of "+seed+"\n", 4000) }

// checkOnly fails if the cache folder holds anything but these files and the store's own dot files for locks and
// stamps.
func checkOnly(t *testing.T, dir string, want ...string) {
	t.Helper()
	fs, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var got []string
	for _, f := range fs {
		if strings.HasPrefix(f.Name(), ".") && (strings.HasSuffix(f.Name(), ".lock") ||
			strings.HasSuffix(f.Name(), ".verified")) {
			continue
		}
		got = append(got, f.Name())
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the cache holds %q, want %q", got, want)
	}
}

// write makes a file with its folders.
func write(t testing.TB, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func bg() context.Context { return context.Background() }
