package gallery_test

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"faceid/gallery"
	"faceid/gallery/sqlite"
)

// TestOddities: what was let in before is found by the check of the file and through the engine alike.
func TestOddities(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "g")
	s := open(t, path, 3)
	group := gallery.Source{Path: "group.jpg", SHA256: strings.Repeat("ab", 32), Box: [4]float32{0, 0, 10, 10}}
	beside := group
	beside.Box[0] = 5
	one := func(name string, from ...gallery.Source) gallery.Enrolment {
		e := gallery.Enrolment{Name: name}
		for _, x := range from {
			e.Templates = append(e.Templates, gallery.Template{Embedding: []float32{1, 0, 0}, Source: x})
		}
		return e
	}
	// The second Ada has a Cyrillic capital; two of the very same name are told apart by their numbers.
	_, err := s.Enrol(ctx, []gallery.Enrolment{one("Ada L", group), one("Bob", beside),
		one("\u0410da_l", group), one("Bob"), one("Cleo", gallery.Source{}), one("Dora", gallery.Source{})},
		&gallery.EnrolOptions{NewPeople: true})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"the names of Ada L (#1) and \u0410da_l (#3) look alike",
		"Ada L (#1) and \u0410da_l (#3) have the same photo: templates 1 and 3",
		"Bob (#4) has no photo, and is not recognised",
	}
	got, err := gallery.FindOddities(ctx, s)
	if err != nil || !reflect.DeepEqual(got.Words(), want) {
		t.Errorf("%q, %v", got.Words(), err)
	}
	r, err := sqlite.Check(ctx, path)
	if err != nil || !r.OK() || !reflect.DeepEqual(r.Words(), want) {
		t.Errorf("check: %q, %q, %v", r.Problems, r.Words(), err)
	}

	// What is new is compared with all, and nothing else is.
	for _, x := range []struct {
		name string
		n    int
	}{{"ADA L", 1}, {"Eve", 0}} {
		e, err := s.Enrol(ctx, []gallery.Enrolment{one(x.name)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		pairs, err := gallery.AlikeNames(ctx, s, func(p gallery.Person) bool { return p.ID == e[0].PersonID })
		if err != nil || len(pairs) != x.n || x.n > 0 && pairs[0].Other.Name != "Ada L" {
			t.Errorf("%s: %v, %v", x.name, pairs, err)
		}
	}
}

// TestImportAlike: an import says whose name looks like that of somebody who was there.
func TestImportAlike(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "g"), 3)
	in := `{"name":"Ada","templates":[]}` + "\n" + `{"name":"Bob","templates":[]}`
	sum, err := gallery.ImportJSONL(t.Context(), s, strings.NewReader(in), nil)
	if err != nil || sum.Alike != nil {
		t.Fatalf("%+v, %v", sum, err)
	}
	in = `{"name":"ADA","templates":[]}` + "\n" + `{"name":"Bob","templates":[]}`
	sum, err = gallery.ImportJSONL(t.Context(), s, strings.NewReader(in), nil)
	if err != nil || len(sum.Alike) != 1 || sum.Alike[0].Person.Name != "ADA" || sum.Alike[0].Other.ID != 1 {
		t.Errorf("%+v, %v", sum, err)
	}
	sum, err = gallery.ImportJSONL(t.Context(), s, strings.NewReader(in), nil)
	if err != nil || sum.Alike != nil || sum.Created != 0 {
		t.Errorf("again: %+v, %v", sum, err)
	}
}
