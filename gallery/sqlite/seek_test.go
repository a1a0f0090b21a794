package sqlite

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"faceid/gallery"
)

// plain is an engine that is not a gallery.Seeker.
type plain struct{ gallery.Engine }

// What is found by id is what reading everything finds.
func TestSeek(t *testing.T) {
	m := gallery.Model{Name: "m", SHA256: fmt.Sprintf("%064d", 7), Dim: 3, Views: "plain"}
	s, err := Open(filepath.Join(t.TempDir(), "g.db"), &Options{Create: true, Model: &m})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for i := range 2*page + 3 { // several pages
		x := float32(i)
		e := gallery.Enrolment{Name: fmt.Sprint(i), Templates: []gallery.Template{
			{Embedding: []float32{1, x, 2}, Trunk: []float32{x}}, {Embedding: []float32{1, 2, x}}}}
		if _, err := s.Enrol(t.Context(), []gallery.Enrolment{e}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Remove(t.Context(), 5); err != nil {
		t.Fatal(err)
	}
	var people []gallery.Person
	for p, err := range s.People(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		people = append(people, p)
	}
	for x, err := range s.Templates(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if x.ID%97 > 1 {
			continue
		}
		for _, e := range []gallery.Engine{s, plain{s}} {
			if got, err := gallery.FindTemplate(t.Context(), e, x.ID); err != nil || !reflect.DeepEqual(got, x) {
				t.Errorf("template %d: %v, %v", x.ID, got, err)
			}
		}
	}
	if _, err := s.Move(t.Context(), []int64{1, 2}, 3); err != nil { // person 1 has none left
		t.Fatal(err)
	}
	var counts [2][]gallery.Count
	for i, e := range []gallery.Engine{s, plain{s}} {
		for c, err := range gallery.Counts(t.Context(), e) {
			if err != nil {
				t.Fatal(err)
			}
			counts[i] = append(counts[i], c)
		}
		for range gallery.Counts(t.Context(), e) {
			break // a caller may stop
		}
	}
	if n := len(people) - 1; len(counts[0]) != n || !reflect.DeepEqual(counts[0], counts[1]) ||
		counts[0][0] != (gallery.Count{PersonID: 2, Templates: 2}) ||
		counts[0][1].Templates != 3 { // person 3 had one photo twice
		t.Errorf("%d and %d people with templates, want %d: %v", len(counts[0]), len(counts[1]), n, counts[0][:2])
	}
	for _, prefix := range []string{"1", "10", "0", "é", "51", "9"} {
		var got, want []int64
		for p, err := range s.PeopleNamed(t.Context(), prefix) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, p.ID)
		}
		for _, p := range people {
			if strings.HasPrefix(p.Name, prefix) {
				want = append(want, p.ID)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("named %s…: %v, want %v", prefix, got, want)
		}
	}
	for range s.PeopleNamed(t.Context(), "1") {
		break // a caller may stop
	}
	for _, ids := range [][]int64{nil, {}, {1}, {2, 3, 2, 1 << 40}} {
		want := [2]int{}
		for _, c := range counts[1] {
			if ids == nil || slices.Contains(ids, c.PersonID) {
				want[0], want[1] = want[0]+1, want[1]+c.Templates
			}
		}
		if n, m, err := s.CountTemplates(t.Context(), ids); err != nil || [2]int{n, m} != want {
			t.Errorf("of %v: %d people with %d templates, %v; want %v", ids, n, m, err, want)
		}
	}
	for _, e := range []gallery.Engine{s, plain{s}} {
		for _, id := range []int64{0, -1, 9, 1 << 40} { // 9 was person 5's
			if _, err := gallery.FindTemplate(t.Context(), e, id); !errors.Is(err, gallery.ErrNoTemplate) {
				t.Errorf("template %d: %v", id, err)
			}
		}
		for _, after := range []int64{-1, 0, 4, 5, page, 2*page + 3, 1 << 40} {
			var got, want []gallery.Person
			for p, err := range gallery.PeopleAfter(t.Context(), e, after) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, p)
			}
			for _, p := range people {
				if p.ID > after {
					want = append(want, p)
				}
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("after %d: %d people, want %d", after, len(got), len(want))
			}
		}
		for range gallery.PeopleAfter(t.Context(), e, 3) {
			break // a caller may stop
		}
	}
}
