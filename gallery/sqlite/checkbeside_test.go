package sqlite

import (
	"errors"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"faceid/gallery"
	"faceid/gallery/flat"
	"faceid/gallery/sqlite/internal/file"
)

// TestCheckBeside: a removal by another store while a check compares the index, which is of the moment before, is not a
// problem; templates that an index lacks although nobody removed them are one.
func TestCheckBeside(t *testing.T) {
	const dim, people = 8, 9000
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "g")
	s, err := Open(path, &Options{Create: true,
		Model: &gallery.Model{Name: "test", SHA256: "00ff", Dim: dim, Views: "plain"}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r := rand.New(rand.NewPCG(14, 2))
	e := make([]gallery.Enrolment, people)
	for i := range e {
		v := make([]float32, dim)
		for j := range v {
			v[j] = float32(r.NormFloat64())
		}
		e[i] = gallery.Enrolment{Name: "P", Templates: []gallery.Template{{Embedding: v}}}
	}
	got, err := s.Enrol(ctx, e, &gallery.EnrolOptions{NewPeople: true})
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]int64, people)
	for i, x := range got {
		ids[i] = x.PersonID
	}
	if _, err := s.Search(ctx, [][]float32{e[0].Templates[0].Embedding}, nil); err != nil { // makes the index
		t.Fatal(err)
	}
	// remove is what a removal does to the index; the store's own waits for the readers of the file.
	remove := func(n int, stamp func(flat.Stamp) flat.Stamp) {
		x, err := flat.Open(file.IndexPath(path), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer x.Close()
		if _, err := x.Delete(ids[:n], nil, stamp(x.Stamp())); err != nil {
			t.Fatal(err)
		}
		ids = ids[n:]
	}
	look := func(meanwhile func(*flat.Index)) Report {
		opened, err := file.OpenBeside(path)
		if err != nil {
			t.Fatal(err)
		}
		defer opened.DB.Close()
		tx, err := opened.DB.Begin()
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		var out Report
		c := checker{ctx: ctx, tx: tx, r: &out, path: path, version: opened.Version}
		if err := errors.Join(c.sqlite(), c.contract()); err != nil { // the moment of the check
			t.Fatal(err)
		}
		idx, err := flat.Open(file.IndexPath(path), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer idx.Close()
		meanwhile(idx)
		if err := c.compare(idx); err != nil {
			t.Fatal(err)
		}
		return out
	}
	if c := look(func(*flat.Index) {}); !c.OK() || c.Index != "current" {
		t.Fatalf("nothing happens: %q, index %s", c.Problems, c.Index)
	}
	if c := look(func(*flat.Index) {
		remove(people/3, func(s flat.Stamp) flat.Stamp { return s })
	}); c.OK() {
		t.Error("an index that lost a third of the people is sound")
	}
	if c := look(func(*flat.Index) {
		remove(people/3, func(s flat.Stamp) flat.Stamp { return flat.Stamp{Seq: s.Seq + 1} })
	}); !c.OK() || c.Index != "changing" {
		t.Errorf("a third removed meanwhile: %q, index %s", c.Problems, c.Index)
	}
}
