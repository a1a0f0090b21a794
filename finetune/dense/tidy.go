package dense

import (
	"fmt"
	"slices"
	"strings"
)

// NearCopy is the cosine of two clean embeddings from which on two photos count as one: the same file, or the same
// picture saved again, resized or cropped a little. On LFW a picture saved again as JPEG of quality 50 is at 0.95 in
// the median, and one pair in a thousand of different photos of a person above 0.93; of two people none is above 0.83.
const NearCopy = 0.93

// Findings are what Tidy has to say about a dataset.
type Findings struct {
	Copies  []Copy   `json:"copies,omitempty"`  // photos left out: near copies of another of the same person
	Doubles []Double `json:"doubles,omitempty"` // people left out: most of their photos are another's
	// one picture under two names: both left out, since one of them is wrong
	Shared   []Copy    `json:"shared,omitempty"`
	Twice    []Twice   `json:"twice,omitempty"`    // people who look like another, left out unless suspects are kept
	Suspects []Suspect `json:"suspects,omitempty"` // photos nearer to another person than to their own
	Lone     []Lone    `json:"lone,omitempty"`     // photos unlike every other of their person
	Dropped  bool      `json:"suspects_dropped"`   // the suspects were left out
	Mended   bool      `json:"suspects_mended"`    // the suspects count as whom they look like, the lone are left out
}

// Copy is a photo that is a copy of another.
type Copy struct {
	Photo string `json:"photo"`
	Of    string `json:"of"`
}

// Double is a person under a second name.
type Double struct {
	Person string `json:"person"`
	Of     string `json:"of"`
	Copies int    `json:"copies"` // of the person's photos, how many are the other's
	Photos int    `json:"photos"`
}

// Tidy looks for photos that would count more than once or under a wrong name, by the embeddings of l, and returns the
// dataset without copies, doubles and shared photos, and what w says of the suspects and of people under two names.
// People left without a photo are gone. d is not changed.
func (d *Dataset) Tidy(l Layer, mirrored bool, w WrongLabels) (*Dataset, *Findings) {
	v := d.Views(KindClean, mirrored)
	e := Embed(v, l)
	f := &Findings{Dropped: w == Drop, Mended: w == Mend}
	out := make([]bool, len(d.Photos)) // photos left out
	across, strangers := f.copies(d, e, out)
	f.doubles(d, v, across, out)
	for _, c := range across {
		a, b := v.Photo[c[0]], v.Photo[c[1]]
		if !out[a] && !out[b] {
			f.Shared = append(f.Shared, Copy{d.Photos[a], d.Photos[b]})
		}
	}
	for _, c := range f.Shared {
		for ph, name := range d.Photos {
			if name == c.Photo || name == c.Of {
				out[ph] = true
			}
		}
	}
	f.twice(d, e, out, w == Keep)
	looks := f.wrongLabels(d, e, out, strangers)
	tidy := *d
	if w == Mend && len(looks) > 0 {
		tidy.Person = slices.Clone(d.Person)
		for i, ph := range d.Photo {
			if p, ok := looks[ph]; ok && p >= 0 {
				tidy.Person[i] = p
			}
		}
	}
	for ph, p := range looks {
		out[ph] = out[ph] || w == Drop || w == Mend && p < 0
	}
	if !slices.Contains(out, true) && (w != Mend || len(looks) == 0) {
		return d, f
	}
	return tidy.Select(func(i int) bool { return !out[d.Photo[i]] }), f
}

// copies leaves out near copies within a person, and returns the pairs of rows of e across people, later one first, and
// the cosines of all pairs across people.
func (f *Findings) copies(d *Dataset, e *Embedded, out []bool) (across [][2]int, strangers *quantiles) {
	strangers = newQuantiles()
	e.EachScore(e, 1, func(_, i int, scores []float32) {
		for j, s := range scores[:i] {
			if e.Person[i] != e.Person[j] {
				strangers.add(float64(s))
			}
			if s < NearCopy || out[e.Photo[j]] || out[e.Photo[i]] {
				continue
			}
			if e.Person[i] != e.Person[j] {
				across = append(across, [2]int{i, j})
				continue
			}
			out[e.Photo[i]] = true
			f.Copies = append(f.Copies, Copy{d.Photos[e.Photo[i]], d.Photos[e.Photo[j]]})
		}
	})
	return across, strangers
}

// doubles leaves out the people more than half of whose photos are copies of one other person's.
func (f *Findings) doubles(d *Dataset, v *Dataset, across [][2]int, out []bool) {
	photos := make([]int, len(d.People))
	for i, ph := range v.Photo {
		if !out[ph] {
			photos[v.Person[i]]++
		}
	}
	type names struct{ person, of int32 }
	found := map[names]map[int32]bool{}
	for _, c := range across {
		for k := range 2 { // either may be the double: the one with fewer photos, the later of equals
			p, q := v.Person[c[k]], v.Person[c[1-k]]
			if photos[p] > photos[q] || photos[p] == photos[q] && p < q {
				continue
			}
			n := names{p, q}
			if found[n] == nil {
				found[n] = map[int32]bool{}
			}
			found[n][v.Photo[c[k]]] = true
		}
	}
	gone := map[int32]bool{}
	for p := range int32(len(d.People)) {
		for q := range int32(len(d.People)) {
			n := len(found[names{p, q}])
			if 2*n <= photos[p] || gone[p] || gone[q] {
				continue
			}
			gone[p] = true
			f.Doubles = append(f.Doubles, Double{d.People[p], d.People[q], n, photos[p]})
		}
	}
	for i, ph := range v.Photo {
		if gone[v.Person[i]] {
			out[ph] = true
		}
	}
}

// Words says in sentences what was found, for people; nil where there is nothing.
func (f *Findings) Words() (out []string) {
	say := func(format string, a ...any) { out = append(out, fmt.Sprintf(format, a...)) }
	some := func(n int, name func(i int) string) string {
		var list []string
		for i := range min(n, 5) {
			list = append(list, name(i))
		}
		if n > 5 {
			list = append(list, fmt.Sprintf("and %d more", n-5))
		}
		return strings.Join(list, ", ")
	}
	if n := len(f.Copies); n > 0 {
		say("near copies of another photo of the same person count once, %d left out: %s", n,
			some(n, func(i int) string {
				return f.Copies[i].Photo + " of " + f.Copies[i].Of
			}))
	}
	for _, x := range f.Doubles {
		say("%s holds %d of %d photos of %s: one person under two names? %s is left out", x.Person, x.Copies, x.Photos,
			x.Of, x.Person)
	}
	if n := len(f.Shared); n > 0 {
		say("the same picture under two names, left out in both, %d: %s", n, some(n, func(i int) string {
			return f.Shared[i].Photo + " and " + f.Shared[i].Of
		}))
	}
	if n := len(f.Twice); n > 0 {
		what := "the first of each is left out"
		if !f.Dropped && !f.Mended {
			what = "trained as strangers"
		}
		say("one person under two names? %d, %s; if so, merge the folders or names: %s", n, what,
			some(n, func(i int) string { return f.Twice[i].Person + " looks like " + f.Twice[i].Of }))
	}
	if n := len(f.Suspects); n > 0 {
		what := "look at them"
		switch {
		case f.Dropped:
			what = "left out"
		case f.Mended:
			what = "they count as the other's"
		}
		say("nearer to another person than to their own, wrong labels? %d, %s: %s", n, what,
			some(n, func(i int) string {
				return f.Suspects[i].Photo + " looks like " + f.Suspects[i].Looks
			}))
	}
	if n := len(f.Lone); n > 0 {
		what := "look at them"
		if f.Dropped || f.Mended {
			what = "left out"
		}
		say("unlike every other photo of their person, wrong labels? %d, %s: %s", n, what,
			some(n, func(i int) string { return f.Lone[i].Photo }))
	}
	return out
}
