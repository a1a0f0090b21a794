package recognize

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/disintegration/imaging"

	"faceid/embed"
	"faceid/gallery"
	"faceid/internal/golden"
	"faceid/recognize/tidy"
)

// lfwTemplates are templates of people of LFW, so many of each, whose faces are good enough.
func lfwTemplates(t *testing.T, p *Pipeline, people, photos int) [][]gallery.Template {
	t.Helper()
	paths, err := golden.LFW(people+6, photos)
	if err != nil {
		t.Fatal(err)
	}
	if paths == nil {
		t.Skip("LFW is not at hand (FACEID_SHARED)")
	}
	var out [][]gallery.Template
	for _, of := range paths {
		var list []gallery.Template
		for photo := range p.Run(t.Context(), embed.Files(of...)) {
			if f, err := OneFace(photo, SeveralMain); err == nil && poor(f) == nil {
				list = append(list, TemplateOf(photo, f))
			}
		}
		if len(list) == photos && len(out) < people {
			out = append(out, list)
		}
	}
	if len(out) < people {
		t.Fatalf("%d people of %d", len(out), people)
	}
	return out
}

// TestExamine plants a fault of each kind among people of LFW, finds these and no others, and mends them.
func TestExamine(t *testing.T) {
	needPhotos(t)
	ctx := t.Context()
	dir := t.TempDir()
	r := open(t, Options{Gallery: filepath.Join(dir, "g.db")})
	p, err := r.Pipeline(ctx)
	if err != nil {
		t.Fatal(err)
	}
	of := lfwTemplates(t, p, 14, 3)
	e, err := r.GalleryFor(ctx, p.Model())
	if err != nil {
		t.Fatal(err)
	}
	enrol := func(name string, ts ...gallery.Template) int64 {
		t.Helper()
		d, err := e.Enrol(ctx, []gallery.Enrolment{{Name: name, Templates: ts}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return d[0].PersonID
	}
	name := func(i int) string { return string(rune('A' + i)) }
	for i := range 12 {
		ts := of[i]
		if i == 0 || i == 2 {
			ts = ts[:2]
		}
		enrol(name(i), ts...)
	}
	blurred := smeared(t, p, of[6][0].Source.Path, dir)
	enrol(name(1), of[0][2])          // misfiled
	split := enrol("Split", of[2][2]) // twice
	enrol(name(4), of[3][0])          // the same photo for two people
	enrol(name(5), of[12][0])         // a stranger's
	enrol(name(6), blurred)           // poor
	enrol("not "+name(7), of[7][0])   // a person of that name, and no rejection
	if _, _, err := addRejection(ctx, e, rejection{Not: name(8)}, of[9][1]); err != nil {
		t.Fatal(err)
	}

	x, err := r.Examine(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"copy D E remove", "copy H not H remove", "twice C Split merge", "twice H not H merge", "misfiled B A move",
		"misfiled E D move", "apart F  remove", "poor G  remove"}
	var got []string
	for _, f := range x.Faults {
		if f.Kind == tidy.Alike {
			continue
		}
		names := []string{f.Person.Name, ""}
		if f.Other != nil {
			names[1] = f.Other.Name
		}
		if f.Kind == tidy.Copy || f.Kind == tidy.Twice {
			slices.Sort(names)
		}
		if f.Person.ID == 0 || len(f.Templates) == 0 || f.Templates[0].ID == 0 || f.Templates[0].Path == "" || len(f.Mend) == 0 {
			t.Fatalf("%+v", f)
		}
		got = append(got, strings.Join([]string{string(f.Kind), names[0], names[1], strings.Fields(f.Mend[0])[2]}, " "))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("found %q\nwant  %q\n%+v", got, want, x.Faults)
	}
	if x.People != 14 || x.Templates != 40 || x.Count(tidy.Twice) != 2 {
		t.Errorf("%d people, %d templates", x.People, x.Templates)
	}

	// What Mend says, by the engine.
	gone := map[int64]bool{}
	for _, f := range x.Faults {
		var ids []int64
		for _, k := range f.Templates {
			if !gone[k.ID] {
				ids = append(ids, k.ID)
			}
		}
		if len(ids) == 0 {
			continue
		}
		var err error
		switch f.Kind {
		case tidy.Twice:
			_, err = e.Merge(ctx, min(f.Person.ID, f.Other.ID), max(f.Person.ID, f.Other.ID))
		case tidy.Misfiled:
			_, err = e.Move(ctx, ids, f.Other.ID)
		case tidy.Copy, tidy.Apart, tidy.Poor:
			err = e.RemoveTemplates(ctx, ids...)
			for _, id := range ids {
				gone[id] = true
			}
		}
		if err != nil {
			t.Fatalf("%+v: %v", f, err)
		}
	}
	if x, err = r.Examine(ctx, nil); err != nil {
		t.Fatal(err)
	}
	for _, f := range x.Faults {
		if f.Kind != tidy.Alike {
			t.Errorf("after mending: %+v", f)
		}
	}
	if _, err := e.Person(ctx, split); err == nil {
		t.Error("Split is still there")
	}
}

// smeared is the template of a photo shrunk until nothing can be told.
func smeared(t *testing.T, p *Pipeline, path, dir string) gallery.Template {
	t.Helper()
	m, err := imaging.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	file := filepath.Join(dir, "smeared.jpg")
	if err := writeJPEG(file, imaging.Resize(imaging.Resize(m, w/5, h/5, imaging.Linear), w, h, imaging.Linear)); err != nil {
		t.Fatal(err)
	}
	for photo := range p.Run(t.Context(), embed.Files(file)) {
		f, err := OneFace(photo, SeveralMain)
		if err != nil {
			t.Fatal(err)
		}
		if poor(f) == nil {
			t.Fatalf("usable %v", f.Quality.Usable)
		}
		return TemplateOf(photo, f)
	}
	panic("unreachable")
}

// TestExamineFew: a person alone, and nobody.
func TestExamineFew(t *testing.T) {
	needPhotos(t)
	r, _ := enrolled(t, crowd(3, 1, 0.5))
	x, err := r.Examine(t.Context(), nil)
	if err != nil || x.People != 1 || len(x.Faults) != 0 {
		t.Errorf("%+v, %v", x, err)
	}
	if x.Faults == nil {
		t.Error("no list in JSON")
	}
}

func TestMerges(t *testing.T) {
	m := merges{30: 7, 31: 30}
	for id, want := range map[int64]int64{7: 7, 30: 7, 31: 7, 8: 8} {
		if got := m.root(id); got != want {
			t.Errorf("%d is %d, want %d", id, got, want)
		}
	}
}
