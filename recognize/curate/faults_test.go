package curate

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/disintegration/imaging"

	"faceid/embed"
	"faceid/gallery"
	"faceid/recognize"
	"faceid/recognize/advice"
	"faceid/recognize/tidy"
)

// TestExamine plants a fault of each kind among people of LFW, finds these and no others, and mends them.
func TestExamine(t *testing.T) {
	ctx := t.Context()
	r, p, e := newGallery(t)
	of := templates(t, p, 14, 3)
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
	blurred := smeared(t, p, of[6][0].Source.Path)
	enrol(name(1), of[0][2])          // misfiled
	split := enrol("Split", of[2][2]) // twice
	enrol(name(4), of[3][0])          // the same photo for two people
	enrol(name(5), of[12][0])         // a stranger's
	enrol(name(6), blurred)           // poor
	enrol("not "+name(7), of[7][0])   // a person of that name, and no rejection
	if _, err := r.Reject(ctx, embed.Input{Path: of[9][1].Source.Path}, name(8)); err != nil {
		t.Fatal(err)
	}

	x, err := Examine(ctx, r, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"copy D E remove", "copy H not H remove", "twice C Split merge", "twice H not H merge",
		"misfiled B A move", "misfiled E D move", "apart F  remove", "poor G  remove"}
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
		if f.Person.ID == 0 || len(f.Templates) == 0 || f.Templates[0].ID == 0 || f.Templates[0].Path == "" ||
			len(f.Mend) == 0 {
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
	if x, err = Examine(ctx, r, nil); err != nil {
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
func smeared(t *testing.T, p *recognize.Pipeline, path string) gallery.Template {
	t.Helper()
	m, err := imaging.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	file := filepath.Join(t.TempDir(), "smeared.jpg")
	small := imaging.Resize(m, w/5, h/5, imaging.Linear)
	if err := imaging.Save(imaging.Resize(small, w, h, imaging.Linear), file); err != nil {
		t.Fatal(err)
	}
	for photo := range p.Run(t.Context(), embed.Files(file)) {
		f, err := recognize.OneFace(photo, recognize.SeveralMain)
		if err != nil {
			t.Fatal(err)
		}
		if recognize.TooPoor(f) == nil {
			t.Fatalf("usable %v", f.Quality.Usable)
		}
		return recognize.TemplateOf(photo, f)
	}
	panic("unreachable")
}

// TestExamineFew: a person alone, and nobody.
func TestExamineFew(t *testing.T) {
	r, p, e := newGallery(t)
	if _, err := Examine(t.Context(), r, nil); !errors.Is(err, recognize.ErrNobody) {
		t.Errorf("nobody: %v", err)
	}
	ts := templates(t, p, 1, 2)
	if _, err := e.Enrol(t.Context(), []gallery.Enrolment{{Name: "Ada", Templates: ts[0]}}, nil); err != nil {
		t.Fatal(err)
	}
	x, err := Examine(t.Context(), r, nil)
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

// TestApart: after a wrong merge no command deletes good photos, and what is printed takes the two apart again.
func TestApart(t *testing.T) {
	ctx := t.Context()
	r, p, e := newGallery(t)
	of := templates(t, p, 14, 3)
	for i, ts := range of {
		if i < 2 {
			ts = ts[:2]
		}
		x := []gallery.Enrolment{{Name: string(rune('A' + i)), Templates: ts}}
		if _, err := e.Enrol(ctx, x, nil); err != nil {
			t.Fatal(err)
		}
	}
	ids := func(who string) string {
		people, err := e.Find(ctx, who)
		if err != nil || len(people) != 1 {
			t.Fatal(people, err)
		}
		var ids []int64
		for x, err := range e.Sources(ctx, people[0].ID) {
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, x.ID)
		}
		return strings.Trim(fmt.Sprint(ids), "[]")
	}
	for _, c := range []struct {
		into, from string
		mend       func(into, from string) []string
	}{
		{"A", "B", func(into, from string) []string { // as many photos of each
			return []string{"move " + from + " --new NAME", "move " + into + " --new NAME"}
		}},
		{"C", "A", func(_, from string) []string { // fewer of the one
			return []string{"move " + from + " --new NAME", "remove --template " + from}
		}},
	} {
		want := c.mend(ids(c.into), ids(c.from))
		for i, w := range want {
			want[i] = advice.Paste("faceid gallery "+w, r.Options().Gallery)
		}
		m, err := Merge(ctx, r, c.into, c.from)
		if err != nil {
			t.Fatal(err)
		}
		x, err := Examine(ctx, r, nil)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(x.Faults, func(f Fault) bool { return f.Kind == tidy.Apart && f.Person.Name == c.into })
		if i < 0 || !slices.Equal(x.Faults[i].Mend, want) {
			t.Fatalf("%d: %+v\nwant %q", i, x.Faults, want)
		}
		if _, err := Move(ctx, r, c.from, true, m.From[0].Templates...); err != nil {
			t.Fatal(err)
		}
	}
}
