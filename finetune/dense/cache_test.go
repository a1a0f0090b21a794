package dense_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"

	"faceid/finetune/dense"
	"faceid/finetune/internal/synthetic"
)

func TestDatasetFile(t *testing.T) {
	d, _ := synthetic.World{People: 5, T: 6, D: 4, Photos: synthetic.Each(3),
		Kinds: []string{"noisy"}, Seed: 40}.Make(t)
	path := filepath.Join(t.TempDir(), "features")
	if _, err := dense.LoadDataset(path, "key"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if err := d.Save(path, "key"); err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
	got, err := dense.LoadDataset(path, "key")
	if err != nil || !reflect.DeepEqual(got, d) {
		t.Errorf("not what was saved: %v", err)
	}
	if _, err := dense.LoadDataset(path, "other"); !errors.Is(err, dense.ErrFormat) {
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
		if _, err := dense.LoadDataset(path, "key"); !errors.Is(err, dense.ErrFormat) {
			t.Fatalf("cut to %d bytes: %v", n, err)
		}
	}
}

func TestDatasetCheck(t *testing.T) {
	for name, spoil := range map[string]func(*dense.Dataset){
		"empty":      func(d *dense.Dataset) { *d = dense.Dataset{} },
		"lengths":    func(d *dense.Dataset) { d.X = d.X[1:] },
		"person":     func(d *dense.Dataset) { d.Person[2] = 99 },
		"photo":      func(d *dense.Dataset) { d.Photo[2] = -1 },
		"kind":       func(d *dense.Dataset) { d.Kind[2] = 9 },
		"no clean":   func(d *dense.Dataset) { d.Kinds[0] = "other" },
		"two owners": func(d *dense.Dataset) { d.Photo[len(d.Photo)-1] = 0 },
		"infinite":   func(d *dense.Dataset) { d.X[0] = float32(math.Inf(1)) },
	} {
		d, _ := synthetic.World{People: 3, T: 4, D: 4, Photos: synthetic.Each(2), Seed: 41}.Make(t)
		if err := d.Check(); err != nil {
			t.Fatal(err)
		}
		spoil(d)
		if err := d.Check(); !errors.Is(err, dense.ErrData) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
