package curate

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"faceid/internal/plain"
	"faceid/internal/words"
	"faceid/recognize/tidy"
)

// shortList is how many pairs of look-alikes, which chance makes many of in a large gallery, and how many copies within
// a person, which do no harm, are written unless all are wanted.
const shortList = 10

// kinds are the kinds of faults in the order of a list, with what is said of them.
var kinds = []struct {
	kind  tidy.Kind
	title string
}{
	{tidy.Copy, "the same photo twice"},
	{tidy.Twice, "people who look like one person under two names"},
	{tidy.Misfiled, "photos under a wrong name: nearer to somebody else"},
	{tidy.Apart, "photos unlike the others of their person"},
	{tidy.Poor, "faces too poor to tell whose they are"},
	{tidy.Alike, "people whom the threshold cannot tell apart"},
}

// WriteText writes the faults by kind with what mends them: all, or of what shortList counts a few.
func (x *Examination) WriteText(w io.Writer, all bool) error {
	var b bytes.Buffer
	faults := len(x.Faults) - x.Count(tidy.Alike)
	plain.Fprintf(&b, "%s, %s: %s; threshold %.3f\n", words.Plural(x.People, "person", "people"),
		words.Plural(x.Templates, "template", "templates"), words.Plural(faults, "fault", "faults"), x.Threshold)
	for _, k := range kinds {
		n := x.Count(k.kind)
		if n == 0 {
			continue
		}
		plain.Fprintf(&b, "%s: %s\n", k.title, words.Thousands(n))
		short, left := 0, 0
		for _, f := range x.Faults {
			if f.Kind != k.kind {
				continue
			}
			if f.minor() {
				if short++; short > shortList && !all {
					left++
					continue
				}
			}
			plain.Fprintf(&b, "  %.3f  %s\n", f.Score, f)
			for i, m := range f.Mend {
				plain.Fprintf(&b, "%s%s\n", [2]string{"         ", "      or "}[min(i, 1)], m)
			}
		}
		if k.kind == tidy.Twice && slices.ContainsFunc(x.Faults, x.below) {
			plain.Fprintf(&b, "  those below the threshold are named since hardly any two strangers of so few people "+
				"are so alike, or\n  nobody else comes near either of them: look at the photos before you merge\n")
		}
		if left > 0 {
			plain.Fprintf(&b, "  … %s more, with --all\n", words.Thousands(left))
		}
	}
	_, err := b.WriteTo(w)
	return err
}

// below says that two look like one person though answers would not say so.
func (x *Examination) below(f Fault) bool { return f.Kind == tidy.Twice && f.Score < x.Threshold }

// minor faults are no harm, or no fault at all.
func (f Fault) minor() bool {
	return f.Kind == tidy.Alike || f.Kind == tidy.Copy && f.Other.ID == f.Person.ID
}

// String says who and what, without the score.
func (f Fault) String() string {
	switch f.Kind {
	case tidy.Copy:
		if f.Other.ID == f.Person.ID {
			return fmt.Sprintf("%v: %s, the same as %s", f.Person, list(f.Templates), list([]Kept{*f.With}))
		}
		return fmt.Sprintf("%v: %s, the same as %s of %v", f.Person, list(f.Templates), list([]Kept{*f.With}), f.Other)
	case tidy.Twice: // below the threshold too, where hardly any strangers are so alike
		return fmt.Sprintf("%v and %v; of pairs of strangers %s is so alike", f.Person, f.Other, rare(f.Chance))
	case tidy.Alike:
		return fmt.Sprintf("%v and %v", f.Person, f.Other)
	case tidy.Misfiled:
		return fmt.Sprintf("%v: %s is of %v; %s", f.Person, list(f.Templates), f.Other, f.own())
	}
	return fmt.Sprintf("%v: %s", f.Person, list(f.Templates))
}

func (f Fault) own() string {
	if f.Own == nil {
		return "nothing else to compare it with"
	}
	return fmt.Sprintf("%.3f with its own", *f.Own)
}

// String is "Ada (#3)".
func (n Named) String() string { return fmt.Sprintf("%s (#%d)", n.Name, n.ID) }

// list is "template 3 (ada1.jpg), template 7".
func list(ts []Kept) string {
	s := make([]string, len(ts))
	for i, t := range ts {
		s[i] = fmt.Sprintf("template %d", t.ID)
		if t.Path != "" {
			s[i] += " (" + t.Path + ")"
		}
	}
	return strings.Join(s, ", ")
}

// WriteText writes the people with the paths of their photos, then what is uncertain.
func (s *Sorted) WriteText(w io.Writer) error {
	var b bytes.Buffer
	by := "measured for the model"
	if s.Calibrated > 0 {
		by = fmt.Sprintf("by the %d people of the gallery", s.Calibrated)
	}
	plain.Fprintf(&b, "%s, %s: %s, %d uncertain; threshold %.3f, %s\n", words.Plural(s.Photos, "photo", "photos"),
		words.Plural(s.Faces, "face", "faces"), words.Plural(len(s.People), "person", "people"), len(s.Uncertain),
		s.Threshold, by)
	for n, g := range s.People {
		plain.Fprintf(&b, "person %d: %s\n", n+1, words.Plural(len(g.Faces), "face", "faces"))
		for _, f := range g.Faces {
			plain.Fprintf(&b, "  %v\n", f)
		}
	}
	if len(s.Uncertain) > 0 {
		plain.Fprintf(&b, "uncertain: %s\n", words.Plural(len(s.Uncertain), "face", "faces"))
	}
	for _, u := range s.Uncertain {
		switch {
		case u.Poor:
			plain.Fprintf(&b, "  %v: too poor to tell\n", u.Face)
		case u.Person > 0:
			plain.Fprintf(&b, "  %v: perhaps person %d (%.3f)\n", u.Face, u.Person, u.Score)
		default:
			plain.Fprintf(&b, "  %v: perhaps another uncertain one's (%.3f)\n", u.Face, u.Score)
		}
	}
	if n := len(s.NoFace); n > 0 {
		plain.Fprintf(&b, "no face found in %s:\n", words.Plural(n, "photo", "photos"))
	}
	for _, path := range s.NoFace {
		plain.Fprintf(&b, "  %s\n", path)
	}
	_, err := b.WriteTo(w)
	return err
}

// String is the path, and the face's number where it is not the largest.
func (f Face) String() string {
	if f.Number > 1 {
		return fmt.Sprintf("%s face %d", f.Path, f.Number)
	}
	return f.Path
}

// rare is a share of pairs of strangers; below one in a million it is the model's tail more than anything seen.
func rare(share float64) string {
	if share < 1e-6 {
		return "fewer than " + words.OneIn(1e-6)
	}
	return words.OneIn(share)
}
