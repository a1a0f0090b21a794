package recognize

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"faceid/embed"
	"faceid/recognize/rejection"
)

// TestReject: at a threshold that everybody reaches, a face that is nearer to an example of whom somebody is not does
// not get that name; those who are right stay, and what is kept for it is nobody.
func TestReject(t *testing.T) {
	needPhotos(t)
	ctx := t.Context()
	file := filepath.Join(t.TempDir(), "g.db")
	r := open(t, Options{Gallery: file})
	if _, err := r.Enroll(ctx, "Ada", "ada1.jpg"); err != nil {
		t.Fatal(err)
	}
	low := -0.99
	who := func(paths ...string) []string {
		t.Helper()
		var names []string
		for a, err := range r.IdentifyWith(ctx, embed.Files(paths...),
			&IdentifyOptions{Target: Target{Threshold: &low}, K: 5}) {
			if err != nil {
				t.Fatal(err)
			}
			name := "unknown"
			if a.Person != nil {
				name = a.Person.Name
			}
			for _, m := range a.Nearest {
				if rejection.May(m.Name) {
					t.Errorf("%s: an example is shown as a person: %+v", a.Photo.Path, m)
				}
			}
			names = append(names, name)
		}
		return names
	}
	want := func(what string, names ...string) {
		t.Helper()
		if got := who("ada2.jpg", "eve2.jpg", "grace2.jpg"); !slices.Equal(got, names) {
			t.Errorf("%s: %v, want %v", what, got, names)
		}
	}
	want("before", "Ada", "Ada", "Ada")
	first, err := r.Reject(ctx, embed.Input{Path: "eve1.jpg"}, "Ada")
	if err != nil || first.Not != "Ada" || first.Before || first.Face == nil {
		t.Fatalf("%+v, %v", first, err)
	}
	again, err := r.Reject(ctx, embed.Input{Path: "eve1.jpg"}, "Ada")
	if err != nil || !again.Before || again.Entry != first.Entry {
		t.Errorf("once more: %+v, %v", again, err)
	}
	want("eve is not Ada", "Ada", "unknown", "Ada")
	if _, err := r.Enroll(ctx, "Eve", "eve1.jpg"); err != nil {
		t.Fatal(err)
	}
	want("eve has a name of her own", "Ada", "Eve", "Ada")
	if _, err := r.Reject(ctx, embed.Input{Path: "grace1.jpg"}, ""); err != nil {
		t.Fatal(err)
	}
	want("grace is to be ignored", "Ada", "Eve", "unknown")
	e, err := r.Gallery(ctx)
	if err != nil {
		t.Fatal(err)
	}
	g, err := TakeCensus(ctx, e)
	if err != nil || g.Enrolled != 2 || g.Templates != 2 {
		t.Errorf("calibrated from %d people, %d templates, %v", g.Enrolled, g.Templates, err)
	}
	if err := e.Remove(ctx, first.Entry); err != nil {
		t.Fatal(err)
	}
	want("taken back", "Ada", "Eve", "unknown")
	// An example follows the person whom it is about.
	if _, err := r.Reject(ctx, embed.Input{Path: "grace2.jpg"}, "Ada"); err != nil {
		t.Fatal(err)
	}
	was, err := Person(ctx, e, "Ada")
	if err != nil {
		t.Fatal(err)
	}
	is := was
	is.Name = "Adele"
	if err := errors.Join(e.Update(ctx, is), rejection.Follow(ctx, e, was.Name, is.Name)); err != nil {
		t.Fatal(err)
	}
	not, err := rejection.Against(ctx, e, "Adele", was.ID)
	if err != nil || len(not) != 1 || not[0].Name != "not Adele" {
		t.Errorf("renamed: %+v, %v", not, err)
	}
	if err := r.Remove(ctx, was); err != nil {
		t.Fatal(err)
	}
	if not, err := e.Find(ctx, "not Adele"); err != nil || len(not) != 0 {
		t.Errorf("left of a removed person: %+v, %v", not, err)
	}
	// Of several faces the one that is most like the person.
	if _, err := r.Reject(ctx, embed.Input{Path: "nobody.jpg"}, "Eve"); err == nil {
		t.Error("a photo that is not there")
	}
	if _, err := r.Reject(ctx, embed.Input{Path: "eve1.jpg"}, "Nobody"); err == nil {
		t.Error("a person who is not there")
	}
}
