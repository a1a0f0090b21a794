package finetune_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"faceid/finetune"
	"faceid/finetune/internal/synthetic"
)

// TestFlippedBit damages every kind of file that is read back: no bit may pass for another number.
func TestFlippedBit(t *testing.T) {
	d, l := synthetic.World{People: 6, T: 6, D: 4, Photos: synthetic.Each(3),
		Kinds: []string{"noisy"}, Seed: 90}.Make(t)
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
