package finetune_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"

	"faceid/finetune"
)

func TestDatasetFile(t *testing.T) {
	d, _ := world{people: 5, t: 6, d: 4, photos: each(3), kinds: []string{"noisy"}, seed: 40}.make(t)
	path := filepath.Join(t.TempDir(), "features")
	if _, err := finetune.LoadDataset(path, "key"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if err := d.Save(path, "key"); err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
	got, err := finetune.LoadDataset(path, "key")
	if err != nil || !reflect.DeepEqual(got, d) {
		t.Errorf("not what was saved: %v", err)
	}
	if _, err := finetune.LoadDataset(path, "other"); !errors.Is(err, finetune.ErrFormat) {
		t.Errorf("another key: %v", err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n < len(b); n += 97 {
		if err := os.WriteFile(path, b[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := finetune.LoadDataset(path, "key"); !errors.Is(err, finetune.ErrFormat) {
			t.Fatalf("cut to %d bytes: %v", n, err)
		}
	}
}

func TestDatasetCheck(t *testing.T) {
	for name, spoil := range map[string]func(*finetune.Dataset){
		"empty":      func(d *finetune.Dataset) { *d = finetune.Dataset{} },
		"lengths":    func(d *finetune.Dataset) { d.X = d.X[1:] },
		"person":     func(d *finetune.Dataset) { d.Person[2] = 99 },
		"photo":      func(d *finetune.Dataset) { d.Photo[2] = -1 },
		"kind":       func(d *finetune.Dataset) { d.Kind[2] = 9 },
		"no clean":   func(d *finetune.Dataset) { d.Kinds[0] = "other" },
		"two owners": func(d *finetune.Dataset) { d.Photo[len(d.Photo)-1] = 0 },
		"infinite":   func(d *finetune.Dataset) { d.X[0] = float32(math.Inf(1)) },
	} {
		d, _ := world{people: 3, t: 4, d: 4, photos: each(2), seed: 41}.make(t)
		if err := d.Check(); err != nil {
			t.Fatal(err)
		}
		spoil(d)
		if err := d.Check(); !errors.Is(err, finetune.ErrData) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestFlippedBit damages every kind of file that is read back: no bit may pass for another number.
func TestFlippedBit(t *testing.T) {
	d, l := world{people: 6, t: 6, d: 4, photos: each(3), kinds: []string{"noisy"}, seed: 90}.make(t)
	dir := t.TempDir()
	cache, check, head := filepath.Join(dir, "cache"), filepath.Join(dir, "checkpoint"), filepath.Join(dir, "head")
	if err := d.Save(cache, "key"); err != nil {
		t.Fatal(err)
	}
	c := small()
	c.Epochs, c.Checkpoint, c.Resume = 2, check, true
	r := train(t, d, l, c)
	if err := r.Head.Save(head); err != nil {
		t.Fatal(err)
	}
	for path, load := range map[string]func() error{
		cache: func() error { _, err := finetune.LoadDataset(cache, "key"); return err },
		check: func() error { _, err := finetune.Train(t.Context(), d, l, c); return err },
		head:  func() error { _, err := finetune.LoadHead(head); return err },
	} {
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := load(); err != nil {
			t.Fatalf("%s: %v", filepath.Base(path), err)
		}
		// The header's first bytes are the format's own; a flip there can change a space.
		start := 8 + int(binary.LittleEndian.Uint64(whole))
		for at := start; at < len(whole); at += 1 + len(whole)/200 {
			bad := bytes.Clone(whole)
			bad[at] ^= 1 << (at % 8)
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			if load() == nil {
				t.Fatalf("%s: a flipped bit in byte %d passed", filepath.Base(path), at)
			}
		}
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
