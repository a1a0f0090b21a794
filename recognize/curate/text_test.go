package curate

import (
	"bytes"
	"testing"

	"faceid/recognize/tidy"
)

func TestExaminationText(t *testing.T) {
	ada, kofi := Named{1, "Ada"}, Named{2, "Kofi"}
	own := 0.1
	x := &Examination{People: 2, Templates: 9, Threshold: 0.42, Faults: []Fault{
		{Kind: tidy.Copy, Person: ada, Templates: []Kept{{ID: 3, Path: "b.jpg"}}, Other: &ada,
			With: &Kept{ID: 1}, Score: 1,
			Mend: []string{"A"}},
		{Kind: tidy.Copy, Person: ada, Templates: []Kept{{ID: 4}}, Other: &kofi, With: &Kept{ID: 5}, Score: 0.99,
			Mend: []string{"B", "C"}},
		{Kind: tidy.Twice, Person: ada, Other: &kofi, Score: 0.41, Chance: 2e-6, Mend: []string{"F"}},
		{Kind: tidy.Misfiled, Person: ada, Templates: []Kept{{ID: 6}, {ID: 7}}, Other: &kofi, Score: 0.7, Own: &own,
			Mend: []string{"D"}},
		{Kind: tidy.Apart, Person: kofi, Templates: []Kept{{ID: 8}}, Score: 0.05, Mend: []string{"E"}},
	}}
	for range shortList + 1 {
		x.Faults = append(x.Faults, Fault{Kind: tidy.Alike, Person: ada, Other: &kofi, Score: 0.5})
	}
	var b bytes.Buffer
	if err := x.WriteText(&b, false); err != nil {
		t.Fatal(err)
	}
	want := `2 people, 9 templates: 5 faults; threshold 0.420
the same photo twice: 2
  1.000  Ada (#1): template 3 (b.jpg), the same as template 1
         A
  0.990  Ada (#1): template 4, the same as template 5 of Kofi (#2)
         B
      or C
people who look like one person under two names: 1
  0.410  Ada (#1) and Kofi (#2); of pairs of strangers 1 in 500,000 is so alike
         F
  those below the threshold are named since hardly any two strangers of so few people are so alike, or
  nobody else comes near either of them: look at the photos before you merge
photos under a wrong name: nearer to somebody else: 1
  0.700  Ada (#1): template 6, template 7 is of Kofi (#2); 0.100 with its own
         D
photos unlike the others of their person: 1
  0.050  Kofi (#2): template 8
         E
people whom the threshold cannot tell apart: 11
  0.500  Ada (#1) and Kofi (#2)
  0.500  Ada (#1) and Kofi (#2)
  0.500  Ada (#1) and Kofi (#2)
  0.500  Ada (#1) and Kofi (#2)
  0.500  Ada (#1) and Kofi (#2)
  0.500  Ada (#1) and Kofi (#2)
  0.500  Ada (#1) and Kofi (#2)
  0.500  Ada (#1) and Kofi (#2)
  0.500  Ada (#1) and Kofi (#2)
  0.500  Ada (#1) and Kofi (#2)
  … 1 more, with --all
`
	if got := b.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	b.Reset()
	if err := x.WriteText(&b, true); err != nil || bytes.Count(b.Bytes(), []byte("0.500")) != shortList+1 {
		t.Errorf("%v\n%s", err, b.String())
	}
}

func TestSortedText(t *testing.T) {
	s := &Sorted{Photos: 6, Faces: 5, Threshold: 0.49, Calibrated: 12, NoFace: []string{"g.jpg"},
		People: []Group{{[]Face{{Path: "a.jpg", Number: 1}, {Path: "b.jpg", Number: 2}}}},
		Uncertain: []Unsure{{Face: Face{Path: "c.jpg"}, Person: 1, Score: 0.4}, {Face: Face{Path: "d.jpg"}, Score: 0.3},
			{Face: Face{Path: "e.jpg"}, Poor: true}}}
	var b bytes.Buffer
	if err := s.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	want := `6 photos, 5 faces: 1 person, 3 uncertain; threshold 0.490, by the 12 people of the gallery
person 1: 2 faces
  a.jpg
  b.jpg face 2
uncertain: 3 faces
  c.jpg: perhaps person 1 (0.400)
  d.jpg: perhaps another uncertain one's (0.300)
  e.jpg: too poor to tell
no face found in 1 photo:
  g.jpg
`
	if got := b.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
