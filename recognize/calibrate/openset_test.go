package calibrate

import (
	"errors"
	"math"
	"slices"
	"testing"
)

// gallery enrols n of the population, each taken out in turn, and searches everybody else: best scores of both.
func (p *population) gallery(n int) (s Sample, out, strangers []float64) {
	who := p.rng.Perm(len(p.e))
	s.People = n
	for a := range who {
		best := -1.0
		for b := range n {
			if a == b {
				continue
			}
			v := dot(p.e[who[a]], p.e[who[b]])
			best = math.Max(best, float64(v))
			if a < b && b < n {
				s.Pairs = append(s.Pairs, Pair{int32(a), int32(b), v})
			}
		}
		if a < n {
			out = append(out, best)
		} else {
			strangers = append(strangers, best)
		}
	}
	return s, out, strangers
}

// TestOpenSet: among strangers kept out, the share found is about the one asked for, and in the interval.
func TestOpenSet(t *testing.T) {
	p := faces(1200, 31)
	for _, c := range []struct {
		people int
		fpir   float64
	}{{100, 0.05}, {100, 0.01}, {600, 0.02}} {
		var r []float64
		held := 0
		for range 25 {
			s, out, strangers := p.gallery(c.people)
			o, err := fit(t, like, s).OpenSet(out, c.people-1)
			if err != nil {
				t.Fatal(err)
			}
			at := o.Threshold(c.fpir, c.people)
			is := AtThreshold(strangers, at, c.fpir).FPIR
			r = append(r, is/c.fpir)
			rate, low, high := o.FPIR(at, c.people)
			if low <= is && is <= high {
				held++
			}
			if rate > c.fpir*1.001 || low > rate || high < rate {
				t.Fatalf("FPIR %v in [%v, %v] at the threshold for %v", rate, low, high, c.fpir)
			}
		}
		slices.Sort(r)
		if r[12] < 0.6 || r[12] > 1.6 || held < 21 {
			t.Errorf("%d people, FPIR %v: true over asked %.2f .. %.2f .. %.2f, %d of 25 intervals hold it", c.people,
				c.fpir, r[2], r[12], r[22], held)
		}
	}
}

// TestOpenSetGrows: more people need a higher threshold, and the formula carries a small gallery's counts to a large
// one.
func TestOpenSetGrows(t *testing.T) {
	p := faces(1200, 32)
	s, out, _ := p.gallery(150)
	o, err := fit(t, like, s).OpenSet(out, 149)
	if err != nil {
		t.Fatal(err)
	}
	last := -1.0
	for _, n := range []int{1, 10, 150, 1000, 100_000} {
		at := o.Threshold(0.02, n)
		if at < last {
			t.Errorf("%d people: threshold %.4f after %.4f", n, at, last)
		}
		last = at
	}
	var r []float64
	for range 9 {
		s, out, _ := p.gallery(100)
		o, err := fit(t, like, s).OpenSet(out, 99)
		if err != nil {
			t.Fatal(err)
		}
		at := o.Threshold(0.05, 800)
		_, _, strangers := p.gallery(800)
		r = append(r, AtThreshold(strangers, at, 0.05).FPIR/0.05)
	}
	slices.Sort(r)
	if r[4] < 0.4 || r[4] > 2 {
		t.Errorf("from 100 people to 800: true over asked %.2f", r)
	}
}

// TestOpenSetPhotos: where everybody has several photos, strangers find more, and the threshold rises with it.
func TestOpenSetPhotos(t *testing.T) {
	p := faces(600, 33)
	s, out, _ := p.gallery(300)
	one, err := fit(t, like, s).OpenSet(out, 299)
	if err != nil {
		t.Fatal(err)
	}
	_, many, _ := p.gallery(300)
	for i := range out { // as if each person had a second, independent photo
		many[i] = math.Max(many[i], out[i])
	}
	two, err := fit(t, like, s).OpenSet(many, 299)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := one.Threshold(0.02, 300), two.Threshold(0.02, 300); b < a+0.005 {
		t.Errorf("threshold %.4f, with two photos each %.4f", a, b)
	}
}

func TestOpenSetRefuses(t *testing.T) {
	f := fit(t, like, faces(30, 1).sample(20))
	for _, c := range []struct {
		best   []float64
		people int
		want   error
	}{{[]float64{0.1, 0.2}, 10, ErrFew}, {[]float64{0.1, 0.2, 0.3}, 0, ErrFew},
		{[]float64{0.1, math.NaN(), 0.3}, 9, ErrScore}} {
		if _, err := f.OpenSet(c.best, c.people); !errors.Is(err, c.want) {
			t.Errorf("%v: %v", c.best, err)
		}
	}
	o, err := f.OpenSet([]float64{0.1, 0.2, 0.3}, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []float64{0, 1, math.NaN(), -1} {
		if !math.IsNaN(o.Threshold(bad, 2)) {
			t.Errorf("a threshold for %v", bad)
		}
	}
}

// TestStrangers: of the strangers no more than asked pass, and one more would be too many.
func TestStrangers(t *testing.T) {
	var best []float64
	for i := range 1000 {
		best = append(best, 0.3+0.0003*float64((i*379)%1000))
	}
	s, err := FromStrangers(best, 0.01)
	if err != nil || s.Hits != 10 || s.N != 1000 || s.FPIR != 0.01 || !s.Rough || s.NeedForMore != 3000 {
		t.Errorf("%+v, %v", s, err)
	}
	if s.Low > 0.006 || s.High < 0.017 || s.High > 0.02 {
		t.Errorf("interval [%v, %v]", s.Low, s.High)
	}
	s, err = FromStrangers(best, 0.05)
	if err != nil || s.Hits != 50 || s.Rough {
		t.Errorf("%+v, %v", s, err)
	}
	if s, err = FromStrangers(best[:300], 0.01); err != nil || s.Hits != 3 {
		t.Errorf("%+v, %v", s, err)
	}
	var few *FewStrangers
	if _, err = FromStrangers(best[:299], 0.01); !errors.As(err, &few) || few.Need != 300 || !errors.Is(err, ErrFew) {
		t.Errorf("299 strangers: %v", err)
	}
	equal := slices.Repeat([]float64{0.4}, 400)
	if s, err = FromStrangers(equal, 0.01); err != nil || s.Hits != 0 || s.Threshold <= 0.4 || s.High < 0.005 {
		t.Errorf("all alike: %+v, %v", s, err)
	}
	for _, bad := range []float64{0, 1, math.NaN()} {
		if _, err := FromStrangers(best, bad); !errors.Is(err, ErrScore) {
			t.Errorf("FPIR %v: %v", bad, err)
		}
	}
	best[4] = math.NaN()
	if _, err := FromStrangers(best, 0.01); !errors.Is(err, ErrScore) {
		t.Errorf("NaN: %v", err)
	}
}

// TestLookEnrolled: among strangers' photos, other photos of people enrolled are found, the more of them the lower they
// score, and hardly any stranger is taken for one.
func TestLookEnrolled(t *testing.T) {
	p := faces(500, 33)
	const people, galleries = 150, 8
	for _, enrolled := range []int{0, 1, 30} {
		found, wrong := 0, 0
		for range galleries {
			s, out, strangers := p.gallery(people)
			o, err := fit(t, like, s).OpenSet(out, people-1)
			if err != nil {
				t.Fatal(err)
			}
			var second []float64
			for range enrolled { // as two photos of one person score on LFW
				second = append(second, math.Min(1, 0.68+0.1*p.rng.NormFloat64()))
			}
			cut := o.LookEnrolled(append(second, strangers...), people)
			for _, v := range second {
				if v >= cut {
					found++
				}
			}
			for _, v := range strangers {
				if v >= cut {
					wrong++
				}
			}
		}
		all := enrolled * galleries
		least := 0.5 // one alone must be beyond what chance brings among all strangers
		if enrolled > 1 {
			least = 0.9
		}
		if float64(found) < least*float64(all) || float64(wrong) > 0.1*float64(all+galleries) {
			t.Errorf("%d enrolled: %d of %d found, and %d strangers", enrolled, found, all, wrong)
		}
	}
}
