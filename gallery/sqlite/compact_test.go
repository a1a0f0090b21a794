package sqlite_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"faceid/gallery"
	"faceid/gallery/sqlite"
)

// TestRemoveCompacts removes most people and expects the index to give their rows back by itself, once that pays.
func TestRemoveCompacts(t *testing.T) {
	const dim = 8
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "g")
	s := open(t, path, dim)
	r := rand.New(rand.NewPCG(9, 2))
	var e []gallery.Enrolment
	var ids []int64
	for i := range 7000 {
		e = append(e, gallery.Enrolment{Name: fmt.Sprint(i),
			Templates: []gallery.Template{{Embedding: randVec(r, dim)}}})
		ids = append(ids, int64(i+1))
	}
	if _, err := s.Enrol(ctx, e, nil); err != nil {
		t.Fatal(err)
	}
	size := func() int64 {
		st, err := s.Stats(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return st.IndexBytes
	}
	other := open(t, path, dim) // has the index open while it is exchanged
	for _, x := range []*sqlite.Store{s, other} {
		if err := x.Prepare(ctx); err != nil {
			t.Fatal(err)
		}
	}
	all := size()
	if err := s.Remove(ctx, ids[:4000]...); err != nil { // more than half of those who stay, but few
		t.Fatal(err)
	}
	if n := size(); n != all {
		t.Errorf("index of %d bytes after the first removal, %d before", n, all)
	}
	if err := s.Remove(ctx, ids[4000:6000]...); err != nil {
		t.Fatal(err)
	}
	if n := size(); n > all/2 {
		t.Errorf("index of %d bytes for a seventh of the people, %d for all", n, all)
	}
	for _, x := range []*sqlite.Store{s, other} {
		for _, i := range []int{0, 4100, 6000, 6999} {
			got, err := x.Search(ctx, [][]float32{e[i].Templates[0].Embedding}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if m := got[0][0]; m.PersonID <= 6000 || (m.PersonID == ids[i]) != (i >= 6000) {
				t.Errorf("probe of person %d found %v", ids[i], m)
			}
		}
	}
	if rep, err := sqlite.Check(ctx, path); err != nil || !rep.OK() || rep.Index != "current" {
		t.Errorf("%+v, %v", rep, err)
	}
}
