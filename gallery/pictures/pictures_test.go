package pictures

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"faceid/gallery"
	"faceid/gallery/sqlite"
)

func open(t *testing.T) (*sqlite.Store, Folder) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "g.db")
	m := &gallery.Model{Name: "m", SHA256: hashOf(nil), Dim: 4, Views: "plain"}
	e, err := sqlite.Open(path, &sqlite.Options{Create: true, Model: m})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e, Beside(path)
}

func hashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// enrol stores a template of a photo and keeps the photo, as a server does; it returns the template's id, 0 where it
// was removed meanwhile.
func enrol(ctx context.Context, e gallery.Engine, f Folder, name string, photo []byte) (int64, error) {
	rng := rand.New(rand.NewPCG(uint64(photo[0]), uint64(len(name))))
	v := []float32{rng.Float32(), rng.Float32(), rng.Float32(), 1}
	one := gallery.Template{Embedding: v, Source: gallery.Source{SHA256: hashOf(photo)}}
	d, err := e.Enrol(ctx, []gallery.Enrolment{{Name: name, Templates: []gallery.Template{one}}}, nil)
	if err != nil {
		return 0, err
	}
	if err := f.Put(photo); err != nil {
		return 0, err
	}
	for t, err := range e.Sources(ctx, d[0].PersonID) {
		if err != nil {
			return 0, err
		}
		if t.Source.SHA256 == one.Source.SHA256 {
			return t.ID, nil
		}
	}
	_, err = f.Sweep(ctx, e)
	return 0, err
}

func names(t *testing.T, f Folder) map[string]bool {
	t.Helper()
	list, err := os.ReadDir(f.Path())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, file := range list {
		out[file.Name()] = true
	}
	return out
}

func TestKeepAndDelete(t *testing.T) {
	e, f := open(t)
	ctx := t.Context()
	if there, err := f.There(); there || err != nil {
		t.Fatal(there, err)
	}
	if n, err := f.Sweep(ctx, e); n != 0 || err != nil { // nothing is there, and nothing is made
		t.Fatal(n, err)
	}
	a, b := bytes.Repeat([]byte("a photo of Ann "), 1000), bytes.Repeat([]byte("b photo of Ben "), 1000)
	var ids []int64
	for _, x := range []struct {
		name  string
		photo []byte
	}{{"Ann", a}, {"Ben", b}, {"Ben", a}} { // the first photo shows both
		id, err := enrol(ctx, e, f, x.name, x.photo)
		if err != nil || id == 0 {
			t.Fatal(id, err)
		}
		ids = append(ids, id)
	}
	dir, err := os.Stat(f.Path())
	if err != nil || dir.Mode().Perm() != 0o700 {
		t.Error(dir.Mode(), err)
	}
	file, err := os.Stat(filepath.Join(f.Path(), hashOf(a)))
	if err != nil || file.Mode().Perm() != 0o600 {
		t.Error(file.Mode(), err)
	}
	if got, err := f.Read(hashOf(a)); !bytes.Equal(got, a) || err != nil {
		t.Error(len(got), err)
	}
	for _, none := range []string{"", "..", "../g.db", hashOf(nil), hashOf(a)[:63] + "/"} {
		if _, err := f.Read(none); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: %v", none, err)
		}
	}
	// What a killed program left, and what is somebody else's.
	torn, other := filepath.Join(f.Path(), "."+hashOf(b)+"-123-456"), filepath.Join(f.Path(), "notes.txt")
	orphan := filepath.Join(f.Path(), hashOf([]byte("nobody's")))
	for _, path := range []string{torn, other, orphan} {
		if err := os.WriteFile(path, []byte("nobody's"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := f.Sweep(ctx, e); n != 1 || err != nil || len(names(t, f)) != 3 {
		t.Error(n, err, names(t, f))
	}
	// The photo stays with the template of it that is left.
	for i, left := range []map[string]bool{
		{hashOf(a): true, hashOf(b): true, "notes.txt": true},
		{hashOf(a): true, "notes.txt": true},
		{"notes.txt": true},
	} {
		if err := e.RemoveTemplates(ctx, ids[i]); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Sweep(ctx, e); err != nil || fmt.Sprint(names(t, f)) != fmt.Sprint(left) {
			t.Errorf("%v, want %v: %v", names(t, f), left, err)
		}
	}
	os.Remove(other)
	if err := f.Put(a); err != nil {
		t.Fatal(err)
	}
	if n, err := f.Drop(); n != 1 || err != nil {
		t.Error(n, err)
	}
	if there, err := f.There(); there || err != nil {
		t.Error(there, err)
	}
}

// A folder that is none of ours, or of others, too, gets no photo.
func TestRefused(t *testing.T) {
	e, f := open(t)
	if err := os.Symlink(t.TempDir(), f.Path()); err != nil {
		t.Skipf("symbolic links cannot be made here: %v", err)
	}
	if err := f.Put([]byte("photo")); err == nil {
		t.Error("kept where a link leads")
	}
	if _, err := f.Sweep(t.Context(), e); err == nil {
		t.Error("swept where a link leads")
	}
	if err := os.Remove(f.Path()); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(f.Path(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(f.Path(), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := f.Put([]byte("photo")); err == nil {
		t.Error("kept where everybody may write")
	}
}

// Several enrol, and remove what others enrol: in the end each template has its photo and no photo is without one.
func TestTogether(t *testing.T) {
	e, f := open(t)
	seed := rand.Uint64()
	var all sync.WaitGroup
	for who := range 6 {
		all.Go(func() {
			rng := rand.New(rand.NewPCG(seed, uint64(who)))
			for range 60 {
				photo := []byte{byte(rng.IntN(5))}
				if rng.IntN(2) == 0 {
					if _, err := enrol(t.Context(), e, f, fmt.Sprint(rng.IntN(3)), photo); err != nil {
						t.Error(err)
					}
					continue
				}
				for s, err := range e.Sources(t.Context(), 0) {
					if err != nil {
						t.Error(err)
						break
					}
					if s.Source.SHA256 != hashOf(photo) {
						continue
					}
					err := e.RemoveTemplates(t.Context(), s.ID)
					if err != nil && !errors.Is(err, gallery.ErrNoTemplate) && !errors.Is(err, gallery.ErrTraces) {
						t.Error(err)
					}
					if _, err := f.Sweep(t.Context(), e); err != nil {
						t.Error(err)
					}
					break
				}
			}
		})
	}
	all.Wait()
	want := map[string]bool{}
	for s, err := range e.Sources(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		want[s.Source.SHA256] = true
	}
	if got := names(t, f); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("seed %d: photos %v, templates of %v", seed, got, want)
	}
}
