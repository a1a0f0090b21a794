package curate_test

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"faceid/gallery"
	"faceid/gallery/sqlite"
	"faceid/recognize"
	"faceid/recognize/curate"
	"faceid/recognize/rejection"
)

// corrected opens a gallery of Ada, Kofi and somebody else named Kofi, two templates each, and of an example of whom
// Ada is not.
func corrected(t *testing.T) (*recognize.Recognizer, gallery.Engine) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "g.db")
	s, err := sqlite.Open(path, &sqlite.Options{Create: true,
		Model: &gallery.Model{Name: "toy", SHA256: "ab12", Dim: 8, Views: "plain"}})
	if err != nil {
		t.Fatal(err)
	}
	template := func(at int) gallery.Template {
		v := make([]float32, 8)
		v[at] = 1
		return gallery.Template{Embedding: v}
	}
	all := []gallery.Enrolment{
		{Name: "Ada", Metadata: []byte(`{"badge":1}`), Templates: []gallery.Template{template(0), template(1)}},
		{Name: "Kofi", Metadata: []byte(`{"team":"x"}`), Templates: []gallery.Template{template(2), template(3)}},
		{Name: "Kofi", Templates: []gallery.Template{template(4), template(5)}},
		{Name: "not Ada", Metadata: []byte(`{"faceid:not":"Ada"}`), Templates: []gallery.Template{template(6)}},
	}
	if _, err := s.Enrol(t.Context(), all, &gallery.EnrolOptions{NewPeople: true}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := recognize.Open(t.Context(), &recognize.Options{Gallery: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	e, err := r.Gallery(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r, e
}

func rejected(t *testing.T, e gallery.Engine, name string) bool {
	t.Helper()
	found, err := e.Find(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(found, rejection.Is)
}

func TestMove(t *testing.T) {
	r, e := corrected(t)
	ctx := t.Context()
	m, err := curate.Move(ctx, r, "Ada", false, 3, 5, 1)
	if err != nil || m.Person.ID != 1 || m.Templates != 2 || len(m.From) != 2 ||
		m.From[0].Person.ID != 2 || !slices.Equal(m.From[0].Templates, []int64{3}) {
		t.Errorf("%+v, %v", m, err)
	}
	var several *recognize.SeveralPeopleError
	if _, err := curate.Move(ctx, r, "Kofi", false, 1); !errors.As(err, &several) {
		t.Errorf("to one of two: %v", err)
	}
	if m, err = curate.Move(ctx, r, "Eve", true, 1); err != nil || m.Person.Name != "Eve" {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := curate.Move(ctx, r, "Eve", true, 4); !errors.Is(err, gallery.ErrNameTaken) {
		t.Errorf("a second Eve: %v", err)
	}
	if _, err := curate.Move(ctx, r, "Bea", true, 4, 99); !errors.Is(err, gallery.ErrNoTemplate) {
		t.Errorf("a template that is not there: %v", err)
	}
	if found, err := e.Find(ctx, "Bea"); err != nil || len(found) > 0 {
		t.Errorf("made in vain: %v, %v", found, err)
	}
	if held, err := curate.Holders(ctx, r, 4, 6); err != nil || len(held) != 2 {
		t.Errorf("%v, %v", held, err)
	}
	if err := curate.RemoveTemplates(ctx, r, 4); err != nil {
		t.Error(err)
	}
	if _, err := curate.Holders(ctx, r, 4); !errors.Is(err, gallery.ErrNoTemplate) {
		t.Errorf("removed: %v", err)
	}
}

func TestMerge(t *testing.T) {
	r, e := corrected(t)
	ctx := t.Context()
	m, err := curate.Merge(ctx, r, "#2", "#3")
	if err != nil || m.Person.ID != 2 || m.Templates != 2 || string(m.Person.Metadata) != `{"team":"x"}` {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := curate.Merge(ctx, r, "Kofi", "#2"); err == nil {
		t.Error("one person merged")
	}
	if _, err := curate.Merge(ctx, r, "Kofi", "not Ada"); err == nil {
		t.Error("a person and what is none are merged")
	}
	if _, err := curate.Merge(ctx, r, "Kofi", "Ada"); err != nil {
		t.Fatal(err)
	}
	if !rejected(t, e, "not Kofi") || rejected(t, e, "not Ada") {
		t.Error("the example of whom Ada is not does not follow her into Kofi")
	}
}

// A name that somebody has asks for a merge; what is known of a name goes with it.
func TestRename(t *testing.T) {
	r, e := corrected(t)
	var held *recognize.NameHeldError
	if _, err := curate.Rename(t.Context(), r, "Ada", " Kofi ", nil); !errors.As(err, &held) || held.Person.ID != 1 {
		t.Errorf("%v", err)
	}
	if d, err := curate.Rename(t.Context(), r, "#2", "Kofi",
		&curate.RenameOptions{Metadata: []byte(`{"a":1}`)}); err != nil || d.Is.Name != "Kofi" {
		t.Errorf("the same name, other metadata: %+v, %v", d, err)
	}
	if d, err := curate.Rename(t.Context(), r, "#3", "Ada", &curate.RenameOptions{Namesake: true}); err != nil ||
		d.Is.Name != "Ada" || len(d.Alike) > 0 || !rejected(t, e, "not Ada") {
		t.Errorf("a namesake: %+v, %v", d, err)
	}
	if d, err := curate.Rename(t.Context(), r, "#3", "KOFI", nil); err != nil || len(d.Alike) != 1 ||
		d.Alike[0].Other.Name != "Kofi" {
		t.Errorf("a name that looks like another: %+v, %v", d, err)
	}
	if _, err := curate.Rename(t.Context(), r, "#3", "Bea", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := curate.Rename(t.Context(), r, "Ada", "Ada Lovelace", nil); err != nil {
		t.Fatal(err)
	}
	if !rejected(t, e, "not Ada Lovelace") {
		t.Error("the example of whom Ada is not does not know her any more")
	}
}
