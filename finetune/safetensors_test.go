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
	"slices"
	"testing"

	"faceid/finetune"
)

// file puts a header and a body together as the format says.
func file(header string, body ...byte) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), body...)
}

// TestSafetensorsByHand reads and writes bytes that were written by hand from the format's description.
func TestSafetensorsByHand(t *testing.T) {
	want := file(`{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"b":{"dtype":"I64","shape":[1],"data_offsets":[8,16]}}  `,
		0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, // 1, −2
		0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff) // −2
	s, err := finetune.ParseSafetensors(want)
	if err != nil {
		t.Fatal(err)
	}
	a, b := s.Tensors["a"], s.Tensors["b"]
	if !slices.Equal(a.F32, []float32{1, -2}) || !slices.Equal(a.Shape, []int{2, 1}) || !slices.Equal(b.I64, []int64{-2}) || s.Metadata["k"] != "v" {
		t.Errorf("read %+v", s)
	}
	var got bytes.Buffer
	if n, err := s.WriteTo(&got); err != nil || n != int64(got.Len()) {
		t.Fatalf("%d bytes, %v", n, err)
	}
	hl := binary.LittleEndian.Uint64(got.Bytes())
	if hl%8 != 0 {
		t.Errorf("the header of %d bytes leaves the data unaligned", hl)
	}
	trim := func(b []byte) []byte { // the header's padding is free
		hl := binary.LittleEndian.Uint64(b)
		return append(bytes.TrimRight(bytes.Clone(b[8:8+hl]), " "), b[8+hl:]...)
	}
	if !bytes.Equal(trim(got.Bytes()), trim(want)) {
		t.Errorf("wrote\n%q, want\n%q", got.Bytes(), want)
	}
}

func TestSafetensorsRefused(t *testing.T) {
	for name, b := range map[string][]byte{
		"empty":            nil,
		"short":            {1, 0, 0},
		"header too long":  binary.LittleEndian.AppendUint64(nil, math.MaxUint64),
		"header cut":       file(`{"a":{}}`)[:10],
		"no object":        file(`[]`),
		"type":             file(`{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}`, 0, 0),
		"hole":             file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, make([]byte, 8)...),
		"overlap":          file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, make([]byte, 8)...),
		"bytes left over":  file(`{}`, 1),
		"shape and size":   file(`{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}`, make([]byte, 8)...),
		"negative":         file(`{"a":{"dtype":"F32","shape":[-1,-2],"data_offsets":[0,8]}}`, make([]byte, 8)...),
		"product overflow": file(`{"a":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,8]}}`, make([]byte, 8)...),
		"huge":             file(`{"a":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}}`, make([]byte, 8)...),
		"rank":             file(`{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}`, make([]byte, 4)...),
		"unknown field":    file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}`, make([]byte, 4)...),
	} {
		if _, err := finetune.ParseSafetensors(b); !errors.Is(err, finetune.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzSafetensors: no panic, no memory beyond a small multiple of the file, and what can be read is written to
// something that reads the same.
func FuzzSafetensors(f *testing.F) {
	f.Add(file(`{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}`, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0))
	f.Add(file(`{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"z":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}`, 1, 0, 0, 0, 0, 0, 0, 0))
	f.Add(file(`{"a":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}}`))
	f.Add(file(`{}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var m0, m1 runtime.MemStats
		runtime.ReadMemStats(&m0)
		s, err := finetune.ParseSafetensors(b)
		runtime.ReadMemStats(&m1)
		if grown := m1.TotalAlloc - m0.TotalAlloc; grown > uint64(1<<20+200*len(b)) {
			t.Fatalf("%d bytes allocated for a file of %d", grown, len(b))
		}
		if err != nil {
			if !errors.Is(err, finetune.ErrFormat) {
				t.Fatal(err)
			}
			return
		}
		var out bytes.Buffer
		if _, err := s.WriteTo(&out); err != nil {
			t.Fatal(err)
		}
		again, err := finetune.ParseSafetensors(out.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		var out2 bytes.Buffer
		if _, err := again.WriteTo(&out2); err != nil || !bytes.Equal(out.Bytes(), out2.Bytes()) {
			t.Fatalf("not the same after a round trip: %v", err)
		}
	})
}

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
