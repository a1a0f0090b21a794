package tidy

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// steep is the curve of strangers in 128 dimensions: normal with deviation 1/√128.
type steep struct{}

func (steep) Threshold(far float64) float64 {
	return math.Min(0.9, math.Sqrt(2)*math.Erfcinv(2*far)/math.Sqrt(128))
}

// planted is a gallery of 30 people, four photos each, with faults.
type planted struct {
	g   Gallery
	rng *rand.Rand
	who [][]float32
}

func plant(t *testing.T, seed uint64) *planted {
	t.Helper()
	p := &planted{rng: rand.New(rand.NewPCG(seed, 9))}
	for i := range 30 {
		p.who = append(p.who, person(p.rng, 128))
		for range 4 {
			p.add(t, i, p.who[i])
		}
	}
	return p
}

func (p *planted) add(t *testing.T, label int, who []float32) int {
	t.Helper()
	return p.put(t, label, photo(p.rng, who, 0.6), "", 1)
}

func (p *planted) put(t *testing.T, label int, v []float32, file string, usable float32) int {
	t.Helper()
	if err := p.g.Add(label, v, file, usable); err != nil {
		t.Fatal(err)
	}
	return p.g.Len() - 1
}

func (p *planted) examine(t *testing.T) []Fault {
	t.Helper()
	f, err := Examine(t.Context(), &p.g, steep{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(f, func(f Fault) bool { return f.Kind == Alike })
}

func one(t *testing.T, faults []Fault) Fault {
	t.Helper()
	if len(faults) != 1 {
		t.Fatalf("%d faults, want one: %+v", len(faults), faults)
	}
	return faults[0]
}

func TestNothingWrong(t *testing.T) {
	if f := plant(t, 1).examine(t); len(f) > 0 {
		t.Errorf("%+v", f)
	}
	if f, err := Examine(t.Context(), &Gallery{}, steep{}, nil); err != nil || f != nil {
		t.Errorf("empty: %v, %v", f, err)
	}
}

func TestMisfiled(t *testing.T) {
	p := plant(t, 2)
	wrong := p.add(t, 3, p.who[7])
	f := one(t, p.examine(t))
	if f.Kind != Misfiled || f.Person != 3 || f.Other != 7 || !slices.Equal(f.Templates, []int{wrong}) ||
		p.g.Person(f.With) != 7 || f.Score <= f.Own {
		t.Errorf("%+v", f)
	}
}

// TestMisfiledOfTwo: of two photos that are unlike, the one that somebody else claims is wrong.
func TestMisfiledOfTwo(t *testing.T) {
	p := plant(t, 3)
	wrong := p.add(t, 30, p.who[7])
	p.add(t, 30, person(p.rng, 128))
	f := one(t, p.examine(t))
	if f.Kind != Misfiled || f.Person != 30 || f.Other != 7 || !slices.Equal(f.Templates, []int{wrong}) {
		t.Errorf("%+v", f)
	}
}

// TestMisfiledSeveral: two photos of a stranger to the person are one fault.
func TestMisfiledSeveral(t *testing.T) {
	p := plant(t, 4)
	a, b := p.add(t, 3, p.who[7]), p.add(t, 3, p.who[7])
	f := one(t, p.examine(t))
	if f.Kind != Misfiled || f.Other != 7 || !slices.Equal(f.Templates, []int{a, b}) {
		t.Errorf("%+v", f)
	}
}

func TestApart(t *testing.T) {
	p := plant(t, 5)
	wrong := p.add(t, 3, person(p.rng, 128))
	f := one(t, p.examine(t))
	if f.Kind != Apart || f.Unclear != nil || f.Person != 3 || f.Other != -1 || f.With != -1 ||
		!slices.Equal(f.Templates, []int{wrong}) {
		t.Errorf("%+v", f)
	}
}

// TestApartOfTwo: nobody can tell which of two is wrong.
func TestApartOfTwo(t *testing.T) {
	p := plant(t, 6)
	a, b := p.add(t, 30, person(p.rng, 128)), p.add(t, 30, person(p.rng, 128))
	if f := one(t, p.examine(t)); f.Kind != Apart || len(f.Unclear) != 2 || !slices.Equal(f.Templates, []int{a, b}) {
		t.Errorf("%+v", f)
	}
	x, y := person(p.rng, 128), person(p.rng, 128) // two people merged
	a, b, c, d := p.add(t, 31, x), p.add(t, 31, y), p.add(t, 31, x), p.add(t, 31, y)
	for _, f := range p.examine(t) {
		if f.Person == 31 && (f.Kind != Apart || !slices.Equal(f.Templates, []int{a, b, c, d}) ||
			!slices.EqualFunc(f.Unclear, [][]int{{a, c}, {b, d}}, slices.Equal)) {
			t.Errorf("%+v", f)
		}
	}
}

// TestTwice: by single photos and by several; three names are two faults, each with the best partner.
func TestTwice(t *testing.T) {
	p := plant(t, 7)
	p.add(t, 30, p.who[7])
	if f := one(t, p.examine(t)); f.Kind != Twice || f.Person != 7 || f.Other != 30 ||
		p.g.Person(f.Templates[0]) != 7 || p.g.Person(f.With) != 30 {
		t.Errorf("%+v", f)
	}
	p.add(t, 31, p.who[7])
	p.add(t, 31, p.who[7])
	f := p.examine(t)
	if len(f) != 2 || f[0].Kind != Twice || f[1].Kind != Twice || f[0].Score < f[1].Score {
		t.Fatalf("%+v", f)
	}
	people := []int{f[0].Person, f[0].Other, f[1].Person, f[1].Other}
	slices.Sort(people)
	if people = slices.Compact(people); !slices.Equal(people, []int{7, 30, 31}) {
		t.Errorf("%v", people)
	}
	// Two people with one photo each.
	p = plant(t, 8)
	who := person(p.rng, 128)
	p.put(t, 30, photo(p.rng, who, 0.8), "", 1)
	p.put(t, 31, photo(p.rng, who, 0.8), "", 1)
	if f := one(t, p.examine(t)); f.Kind != Twice || f.Person != 30 || f.Other != 31 {
		t.Errorf("%+v", f)
	}
}

// TestCopy: the same photo for two people, saved anew; of one file; and within a person.
func TestCopy(t *testing.T) {
	p := plant(t, 9)
	v := p.g.templates.row(4 * 7)
	again := p.put(t, 3, photo(p.rng, v, 0.99), "", 1)
	f := p.examine(t)
	if len(f) != 2 || f[0].Kind != Copy || f[0].With != 4*7 || !slices.Equal(f[0].Templates, []int{again}) ||
		f[0].Person != 3 || f[0].Other != 7 || f[1].Kind != Misfiled || f[1].Other != 7 {
		t.Errorf("%+v", f)
	}
	for _, c := range []struct {
		share float64
		file  string
		want  int
	}{{0.985, "", 1}, {0.93, "f", 1}, {0.93, "", 0}, {0.93, "other", 0}, {0.6, "f", 0}} {
		p := plant(t, 10)
		p.g.photo[0] = "f"
		again := p.put(t, 0, photo(p.rng, p.g.templates.row(0), c.share*c.share), c.file, 1)
		f := p.examine(t)
		if len(f) != c.want || c.want == 1 &&
			(f[0].Kind != Copy || f[0].Templates[0] != again || f[0].With != 0 || f[0].Other != 0) {
			t.Errorf("%v: %+v", c, f)
		}
	}
}

func TestPoor(t *testing.T) {
	p := plant(t, 11)
	v := photo(p.rng, p.who[3], 0.6)
	poor := p.put(t, 3, v, "", 0.3)
	if f := one(t, p.examine(t)); f.Kind != Poor || f.Templates[0] != poor || f.Score != float64(float32(0.3)) {
		t.Errorf("%+v", f)
	}
}

// TestAlike: two people whose best templates pass the threshold in use though the people are two.
func TestAlike(t *testing.T) {
	p := plant(t, 12)
	a := p.g.templates.row(4 * 2)
	p.put(t, 5, photo(p.rng, mid(a, p.who[5]), 0.9), "", 1)
	f, err := Examine(t.Context(), &p.g, steep{}, &Options{InUse: 0.4})
	if err != nil {
		t.Fatal(err)
	}
	found := slices.IndexFunc(f, func(f Fault) bool { return f.Kind == Alike && f.Person == 2 && f.Other == 5 })
	if found < 0 {
		t.Fatalf("%+v", f)
	}
	for _, x := range f {
		if x.Kind == Alike && x.Score < 0.4 {
			t.Errorf("%+v", x)
		}
	}
}

func mid(a, b []float32) []float32 {
	v := make([]float32, len(a))
	for i := range v {
		v[i] = a[i] + b[i]
	}
	n := float32(math.Sqrt(float64(dot(v, v))))
	for i := range v {
		v[i] /= n
	}
	return v
}

// TestManyPhotos: a person with more photos than are compared all with each other.
func TestManyPhotos(t *testing.T) {
	p := plant(t, 13)
	for range 2*whole + 20 {
		p.add(t, 3, p.who[3])
	}
	wrong := p.add(t, 3, p.who[7])
	f := one(t, p.examine(t))
	if f.Kind != Misfiled || f.Other != 7 || !slices.Equal(f.Templates, []int{wrong}) {
		t.Errorf("%+v", f)
	}
}

// TestOrder: what is found does not hang on the order of people and photos.
func TestOrder(t *testing.T) {
	p := plant(t, 14)
	p.add(t, 3, p.who[7])
	p.add(t, 30, p.who[8])
	p.add(t, 31, p.who[9])
	p.add(t, 31, person(p.rng, 128))
	want := kinds(p.examine(t))
	for seed := range uint64(5) {
		rng := rand.New(rand.NewPCG(seed, 1))
		label := rng.Perm(32)
		var q planted
		for _, i := range rng.Perm(p.g.Len()) {
			q.put(t, label[p.g.Person(i)], p.g.templates.row(i), "", 1)
		}
		if got := kinds(q.examine(t)); !slices.Equal(got, want) {
			t.Errorf("seed %d: %v, want %v", seed, got, want)
		}
	}
}

func kinds(f []Fault) (k []Kind) {
	for _, x := range f {
		k = append(k, x.Kind)
	}
	return k
}

// TestNeighbours: the nearest people of each template, by brute force.
func TestNeighbours(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 15))
	var g Gallery
	for range 300 {
		if err := g.Add(rng.IntN(40), person(rng, 6), "", 1); err != nil {
			t.Fatal(err)
		}
	}
	near, _, err := g.neighbours(t.Context(), 0.3, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range g.Len() {
		best := map[int32]float32{}
		for j := range g.Len() {
			if s := dot(g.templates.row(i), g.templates.row(j)); g.person[i] != g.person[j] && s >= 0.3 {
				best[g.person[j]] = max(best[g.person[j]], s)
			}
		}
		var want []float32
		for _, s := range best {
			want = append(want, s)
		}
		slices.Sort(want)
		slices.Reverse(want)
		for k, n := range near[i] {
			if k >= len(want) {
				if n.score != 0 {
					t.Fatalf("template %d: neighbour %d of %d", i, k, len(want))
				}
				continue
			}
			if math.Abs(float64(n.score-want[k])) > 1e-5 || math.Abs(float64(best[n.person]-n.score)) > 1e-5 {
				t.Fatalf("template %d: %v, want %v", i, near[i], want)
			}
		}
	}
}
