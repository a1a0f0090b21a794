package dense

import (
	"fmt"
	"slices"
	"strings"

	"faceid/internal/gemm"
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
	Suspects []Suspect `json:"suspects,omitempty"` // photos nearer to another person than to their own
	Dropped  bool      `json:"suspects_dropped"`   // the suspects were left out
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

// Suspect is a photo that looks wrongly labelled.
type Suspect struct {
	Photo  string  `json:"photo"`
	Person string  `json:"person"`
	Looks  string  `json:"looks_like"` // the person that it is nearer to
	Own    float64 `json:"own"`        // mean cosine with the other photos of its own person
	Other  float64 `json:"other"`      // with those of the other
}

// Tidy looks for photos that would count more than once or under a wrong name, by the embeddings of l, and returns the
// dataset without copies, doubles and shared photos, and with drop without the suspects too. A photo is a suspect if
// its mean cosine is higher with another person's photos than with its own's, and beyond what strangers have in common.
// People left without a photo are gone. d is not changed.
func (d *Dataset) Tidy(l Layer, mirrored, drop bool) (*Dataset, *Findings) {
	v := d.Views(KindClean, mirrored)
	e := Embed(v, l)
	f := &Findings{Dropped: drop}
	out := make([]bool, len(d.Photos)) // photos left out
	across := f.copies(d, e, out)
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
	suspects := f.suspects(d, e, out)
	if drop {
		for _, ph := range suspects {
			out[ph] = true
		}
	}
	if !slices.Contains(out, true) {
		return d, f
	}
	return d.Select(func(i int) bool { return !out[d.Photo[i]] }), f
}

// copies leaves out near copies within a person, and returns the pairs of rows of e across people, later one first.
func (f *Findings) copies(d *Dataset, e *Embedded, out []bool) (across [][2]int) {
	e.EachScore(e, 1, func(_, i int, scores []float32) {
		for j, s := range scores[:i] {
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
	return across
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

// suspects lists photos nearer to another person, and returns them.
func (f *Findings) suspects(d *Dataset, e *Embedded, out []bool) (photos []int32) {
	people, dim := len(d.People), e.E.Cols
	sums := gemm.Matrix(make([]float32, people*dim), people, dim)
	n := make([]int, people)
	for i, p := range e.Person {
		if out[e.Photo[i]] {
			continue
		}
		n[p]++
		row := sums.Data[int(p)*dim:][:dim]
		for k, x := range e.Row(i) {
			row[k] += x
		}
	}
	if people < 2 {
		return nil
	}
	// What strangers have in common: the mean cosines with other people's photos, most of which are right.
	common, own := newQuantiles(), newQuantiles()
	type candidate struct {
		row        int
		other      int32
		own, score float64
	}
	var list []candidate
	g := &Embedded{E: sums}
	e.EachScore(g, 1, func(_, i int, scores []float32) {
		p := e.Person[i]
		if out[e.Photo[i]] || n[p] < 2 {
			return
		}
		c := candidate{row: i, other: -1, score: -2, own: (float64(scores[p]) - 1) / float64(n[p]-1)}
		for q, s := range scores {
			if n[q] == 0 || q == int(p) {
				continue
			}
			m := float64(s) / float64(n[q])
			common.add(m)
			if m > c.score {
				c.other, c.score = int32(q), m
			}
		}
		own.add(c.own)
		if c.other >= 0 && c.score > c.own {
			list = append(list, c)
		}
	})
	middle := common.at(0.5)
	limit := middle + 4*(common.at(0.84)-middle) // four standard deviations, of which wrong labels move little
	// The nearest of thousands of strangers comes as near as that. So it must also be as near as photos of one person
	// mostly are, which the upper half of them says, that wrong labels are not in.
	half := own.at(0.5)
	limit = max(limit, half-2*(own.at(0.84)-half))
	for _, c := range list {
		if c.score > limit && c.own < limit { // else one photo of theirs under another's name would accuse many
			ph := e.Photo[c.row]
			photos = append(photos, ph)
			f.Suspects = append(f.Suspects, Suspect{d.Photos[ph], d.People[e.Person[c.row]], d.People[c.other], c.own,
				c.score})
		}
	}
	return photos
}

// quantiles counts values in [-1, 1].
type quantiles struct {
	n     [4096]int
	total int
}

func newQuantiles() *quantiles { return &quantiles{} }

func (q *quantiles) add(v float64) {
	q.n[min(max(int((v+1)*2048), 0), 4095)]++
	q.total++
}

func (q *quantiles) at(p float64) float64 {
	sum := 0
	for b, n := range q.n {
		if sum += n; float64(sum) >= p*float64(q.total) {
			return (float64(b)+0.5)/2048 - 1
		}
	}
	return 1
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
	if n := len(f.Suspects); n > 0 {
		what := "look at them"
		if f.Dropped {
			what = "left out"
		}
		say("nearer to another person than to their own, wrong labels? %d, %s: %s", n, what,
			some(n, func(i int) string {
				return f.Suspects[i].Photo + " looks like " + f.Suspects[i].Looks
			}))
	}
	return out
}
