package dense

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// Kinds with a meaning of their own. Every other name is a spoilt view, such as "lowres". A name with a slash
// ("clean/mirror", "lowres/mirror", "lowres/2") is trained on but is not a test domain of its own.
const (
	KindClean  = "clean"
	KindMirror = "clean/mirror"
)

// Dataset holds trunk features, the inputs of the embedder's last dense layer: one row per view of a photo.
// Row i is X[i*T : (i+1)*T].
type Dataset struct {
	T      int       // length of a trunk feature
	X      []float32 // n × T, row-major
	Person []int32   // n values: index in People
	Photo  []int32   // n values: index in Photos; a photo shows one person
	Kind   []uint8   // n values: index in Kinds

	People []string // names, for reports and as the labels of the head
	Photos []string // names, for reports
	Kinds  []string // "clean" must be one of them
}

// Len returns the number of rows.
func (d *Dataset) Len() int { return len(d.Person) }

// Row returns trunk feature i, T values.
func (d *Dataset) Row(i int) []float32 { return d.X[i*d.T:][:d.T] }

// Add appends the view x, T values, of a photo; names are looked up or added. It is for building a Dataset; n calls
// with p people cost n map look-ups, kept in ix, which must start empty and go with this Dataset alone.
func (d *Dataset) Add(ix *Index, person, photo, kind string, x []float32) error {
	if d.T == 0 {
		d.T = len(x)
	}
	if len(x) != d.T || len(x) == 0 {
		return fmt.Errorf("%w: photo %q has a trunk feature of %d values, others have %d", ErrData, photo, len(x), d.T)
	}
	k := look(&ix.kinds, &d.Kinds, kind)
	if k > math.MaxUint8 {
		return fmt.Errorf("%w: more than 256 kinds of views", ErrData)
	}
	d.Person = append(d.Person, look(&ix.people, &d.People, person))
	d.Photo = append(d.Photo, look(&ix.photos, &d.Photos, photo))
	d.Kind = append(d.Kind, uint8(k))
	d.X = append(d.X, x...)
	return nil
}

// Index is the look-up table of Dataset.Add; the zero value is ready.
type Index struct{ people, photos, kinds map[string]int32 }

func look(m *map[string]int32, names *[]string, name string) int32 {
	if *m == nil {
		*m = map[string]int32{}
	}
	i, ok := (*m)[name]
	if !ok {
		i = int32(len(*names))
		(*m)[name] = i
		*names = append(*names, name)
	}
	return i
}

// Check returns ErrData with the first thing found wrong.
func (d *Dataset) Check() error {
	n := d.Len()
	if n == 0 || d.T <= 0 {
		return fmt.Errorf("%w: no trunk features", ErrData)
	}
	if len(d.X) != n*d.T || len(d.Photo) != n || len(d.Kind) != n {
		return fmt.Errorf("%w: %d features of %d values for %d people, %d photos and %d kinds", ErrData, len(d.X)/d.T,
			d.T, n, len(d.Photo), len(d.Kind))
	}
	if d.kind(KindClean) < 0 {
		return fmt.Errorf("%w: no view called %q among %q", ErrData, KindClean, d.Kinds)
	}
	owner := make([]int32, len(d.Photos))
	for i := range owner {
		owner[i] = -1
	}
	for i := range n {
		p, ph, k := d.Person[i], d.Photo[i], d.Kind[i]
		if p < 0 || int(p) >= len(d.People) || ph < 0 || int(ph) >= len(d.Photos) || int(k) >= len(d.Kinds) {
			return fmt.Errorf("%w: row %d: person %d, photo %d or kind %d out of range", ErrData, i, p, ph, k)
		}
		if owner[ph] >= 0 && owner[ph] != p {
			return fmt.Errorf("%w: photo %q belongs to both %q and %q", ErrData, d.Photos[ph], d.People[owner[ph]],
				d.People[p])
		}
		owner[ph] = p
		for _, v := range d.Row(i) {
			if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
				return fmt.Errorf("%w: the trunk feature of photo %q is not finite", ErrData, d.Photos[ph])
			}
		}
	}
	return nil
}

func (d *Dataset) kind(name string) int {
	for i, k := range d.Kinds {
		if k == name {
			return i
		}
	}
	return -1
}

// TestKinds returns the kinds that are test domains: "clean" first, then each without a slash in its name.
func (d *Dataset) TestKinds() []string {
	kinds := []string{KindClean}
	for _, k := range d.Kinds {
		if k != KindClean && !strings.Contains(k, "/") {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// Select returns the rows for which keep(row) is true. People and photos without a row are dropped and the rest
// renumbered in the old order; kinds stay.
func (d *Dataset) Select(keep func(i int) bool) *Dataset {
	s := &Dataset{T: d.T, Kinds: d.Kinds}
	var rows []int
	person, photo := make([]int32, len(d.People)), make([]int32, len(d.Photos))
	for i := range d.Len() {
		if keep(i) {
			rows = append(rows, i)
			person[d.Person[i]], photo[d.Photo[i]] = 1, 1
		}
	}
	renumber := func(used []int32, names []string) (kept []string) {
		for i, u := range used {
			if u != 0 {
				used[i] = int32(len(kept))
				kept = append(kept, names[i])
			}
		}
		return kept
	}
	s.People, s.Photos = renumber(person, d.People), renumber(photo, d.Photos)
	s.X = make([]float32, 0, len(rows)*d.T)
	for _, i := range rows {
		s.X = append(s.X, d.Row(i)...)
		s.Person = append(s.Person, person[d.Person[i]])
		s.Photo = append(s.Photo, photo[d.Photo[i]])
		s.Kind = append(s.Kind, d.Kind[i])
	}
	return s
}

// Pick is Select that keeps the numbers of people and photos.
func (d *Dataset) Pick(keep func(i int) bool) *Dataset {
	s := &Dataset{T: d.T, People: d.People, Photos: d.Photos, Kinds: d.Kinds}
	for i := range d.Len() {
		if keep(i) {
			s.X = append(s.X, d.Row(i)...)
			s.Person, s.Photo, s.Kind = append(s.Person, d.Person[i]), append(s.Photo, d.Photo[i]),
				append(s.Kind, d.Kind[i])
		}
	}
	return s
}

// OnlyKinds returns the rows of the kinds named, as a dataset that knows no others.
func (d *Dataset) OnlyKinds(kinds ...string) *Dataset {
	s := d.Select(func(i int) bool { return slices.Contains(kinds, d.Kinds[d.Kind[i]]) })
	to := make([]uint8, len(d.Kinds))
	s.Kinds = nil
	for k, name := range d.Kinds {
		if slices.Contains(kinds, name) {
			to[k] = uint8(len(s.Kinds))
			s.Kinds = append(s.Kinds, name)
		}
	}
	for i, k := range s.Kind {
		s.Kind[i] = to[k]
	}
	return s
}

// SplitPeople returns the rows of a share of the people, chosen by seed, and the rows of the others. The share is
// kept among people with several photos and among people with one, so both parts can verify.
func (d *Dataset) SplitPeople(share float64, seed uint64) (part, rest *Dataset) {
	in := d.ChoosePeople(share, seed)
	return d.Select(func(i int) bool { return in[d.Person[i]] }), d.Select(func(i int) bool { return !in[d.Person[i]] })
}

// ChoosePeople says of each person whether it is in the part that SplitPeople takes.
func (d *Dataset) ChoosePeople(share float64, seed uint64) []bool {
	photos := d.PhotosOf()
	in := make([]bool, len(d.People))
	rng := rand.New(rand.NewPCG(seed, 0x73706c6974)) // a stream of its own
	for _, several := range [2]bool{true, false} {
		var group []int
		for p := range d.People {
			if (photos[p] > 1) == several {
				group = append(group, p)
			}
		}
		rng.Shuffle(len(group), func(i, j int) { group[i], group[j] = group[j], group[i] })
		for _, p := range group[:int(share*float64(len(group))+0.5)] {
			in[p] = true
		}
	}
	return in
}

// Rows counts the rows of each person.
func (d *Dataset) Rows() []int {
	n := make([]int, len(d.People))
	for _, p := range d.Person {
		n[p]++
	}
	return n
}

// PhotosOf counts the photos with a clean view of each person.
func (d *Dataset) PhotosOf() []int {
	seen := make([]bool, len(d.Photos))
	n := make([]int, len(d.People))
	clean := d.kind(KindClean)
	for i := range d.Len() {
		if int(d.Kind[i]) == clean && !seen[d.Photo[i]] {
			seen[d.Photo[i]] = true
			n[d.Person[i]]++
		}
	}
	return n
}

// Views returns one trunk feature per photo for a test kind, by ascending photo: the view of that kind, or with
// mirrored its mean with the view KIND/mirror where there is one. The layer is linear, so that is what embedding
// both views and adding gives.
func (d *Dataset) Views(kind string, mirrored bool) *Dataset {
	k, m := d.kind(kind), -1
	if mirrored {
		m = d.kind(kind + "/mirror")
	}
	first, second := make([]int, len(d.Photos)), make([]int, len(d.Photos))
	for i := range d.Len() {
		switch int(d.Kind[i]) {
		case k:
			first[d.Photo[i]] = i + 1
		case m:
			second[d.Photo[i]] = i + 1
		}
	}
	v := &Dataset{T: d.T, People: d.People, Photos: d.Photos, Kinds: []string{kind}}
	for ph, i := range first {
		if i == 0 {
			continue
		}
		at := len(v.X)
		v.X = append(v.X, d.Row(i-1)...)
		if j := second[ph]; j > 0 {
			for t, x := range d.Row(j - 1) {
				v.X[at+t] = (v.X[at+t] + x) / 2
			}
		}
		v.Person = append(v.Person, d.Person[i-1])
		v.Photo = append(v.Photo, int32(ph))
		v.Kind = append(v.Kind, 0)
	}
	return v
}
