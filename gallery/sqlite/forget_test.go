package sqlite_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"faceid/gallery"
	"faceid/gallery/sqlite"
)

// randVec returns a random unit vector.
func randVec(r *rand.Rand, dim int) []float32 {
	v := make([]float32, dim)
	var s float64
	for i := range v {
		v[i] = float32(r.NormFloat64())
		s += float64(v[i]) * float64(v[i])
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(s))
	}
	return v
}

func floatBytes(v []float32) []byte {
	var b []byte
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

// TestForget looks for the bytes of removed people in every file beside the gallery. Names are random and long,
// and people come and go and are renamed, so that SQLite splits, merges and defragments its pages.
func TestForget(t *testing.T) {
	const dim = 64
	ctx := t.Context()
	r := rand.New(rand.NewPCG(7, 7))
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "g"), dim)

	type somebody struct {
		id     int64
		traces map[string][]byte
	}
	word := func() string {
		b := make([]byte, 12+r.IntN(60))
		for i := range b {
			b[i] = byte('a' + r.IntN(26))
		}
		return string(b)
	}
	var people []somebody
	for range 16 {
		var e []gallery.Enrolment
		var now []somebody
		for range 25 {
			name, meta, path := word(), word(), word()
			p := gallery.Enrolment{Name: name, Metadata: []byte(`{"note":"` + meta + `"}`)}
			tr := map[string][]byte{"name": []byte(name), "metadata": []byte(meta), "path": []byte(path)}
			for j := range 1 + r.IntN(3) {
				v, trunk := randVec(r, dim), randVec(r, dim)
				p.Templates = append(p.Templates, gallery.Template{Embedding: v, Trunk: trunk,
					Source: gallery.Source{Path: path, SHA256: fmt.Sprintf("%064x", r.Uint64())}})
				sum := p.Templates[j].Source.SHA256
				tr[fmt.Sprint("embedding", j)], tr[fmt.Sprint("trunk", j)] = floatBytes(v)[:48], floatBytes(trunk)[:48]
				tr[fmt.Sprint("sha", j)] = []byte(sum[40:])
			}
			e = append(e, p)
			now = append(now, somebody{traces: tr})
		}
		got, err := s.Enrol(ctx, e, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range now {
			now[i].id = got[i].PersonID
			if r.IntN(3) == 0 {
				name := word()
				if err := s.Update(ctx, gallery.Person{ID: now[i].id, Name: name, Metadata: []byte(`{}`)}); err != nil {
					t.Fatal(err)
				}
				now[i].traces["new name"] = []byte(name)
			}
		}
		people = append(people, now...)
		if _, err := s.Search(ctx, [][]float32{randVec(r, dim)}, nil); err != nil {
			t.Fatal(err)
		}
		if r.IntN(3) == 0 { // somebody goes now and then
			i := r.IntN(len(people))
			if err := s.Remove(ctx, people[i].id); err != nil {
				t.Fatal(err)
			}
			sought(t, dir, people[i].traces, false)
			people = append(people[:i], people[i+1:]...)
		}
	}
	sought(t, dir, people[0].traces, true) // the search of this test finds what is there
	all := make(map[string][]byte)
	other := open(t, filepath.Join(dir, "g"), dim) // a second process, as far as SQLite is concerned
	r.Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
	for len(people) > 0 {
		n := min(len(people), 1+r.IntN(150))
		var ids []int64
		for _, p := range people[:n] {
			ids = append(ids, p.id)
		}
		if err := s.Remove(ctx, ids...); err != nil {
			t.Fatal(err)
		}
		for _, p := range people[:n] {
			sought(t, dir, p.traces, false)
			for what, x := range p.traces {
				all[fmt.Sprint(what, " of ", p.id)] = x
			}
		}
		people = people[n:]
		for _, w := range []*sqlite.Store{other, s} { // pages with old bytes must not come back from a cache
			if _, err := w.Enrol(ctx, []gallery.Enrolment{{Name: word()},
				{Name: word(), Templates: []gallery.Template{{Embedding: randVec(r, dim)}}}}, nil); err != nil {
				t.Fatal(err)
			}
			if err := w.Update(ctx, gallery.Person{ID: 1, Name: word()}); err != nil &&
				!errors.Is(err, gallery.ErrNoPerson) {
				t.Fatal(err)
			}
		}
	}
	sought(t, dir, all, false)
}

// sought fails if a trace is in a file of dir, or with want, if one is nowhere.
func sought(t *testing.T, dir string, traces map[string][]byte, want bool) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]string)
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for what, x := range traces {
			if bytes.Contains(b, x) {
				found[what] = filepath.Base(f)
			}
		}
	}
	for what := range traces {
		if f, ok := found[what]; ok && !want {
			t.Errorf("%s of a removed person is in %s", what, f)
		} else if !ok && want && what != "name" && what != "metadata" {
			t.Errorf("%s of an enrolled person is nowhere", what)
		}
	}
}
