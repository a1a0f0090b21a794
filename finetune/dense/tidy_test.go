package dense_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"faceid/finetune/dense"
	"faceid/finetune/internal/synthetic"
)

// copyOf appends rows that repeat photo ph under another name, moved by noise.
func copyOf(rng *rand.Rand, d *dense.Dataset, ph int32, person int32, name string, noise float64) {
	to := int32(len(d.Photos))
	d.Photos = append(d.Photos, name)
	for i := range d.Len() {
		if d.Photo[i] != ph {
			continue
		}
		d.Person, d.Photo, d.Kind = append(d.Person, person), append(d.Photo, to), append(d.Kind, d.Kind[i])
		for _, v := range d.Row(i) {
			d.X = append(d.X, v+float32(noise*rng.NormFloat64()))
		}
	}
}

func TestTidy(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	c := synthetic.Crowd{Clean: 0.55, Poor: 0.6, D: 48}
	d := c.Draw(rng, 20)
	l, _ := c.Layers()
	if got, f := d.Tidy(l, false, dense.Keep); got != d || len(f.Words()) != 0 {
		t.Fatalf("clean data: %q", f.Words())
	}
	before := d.Len()
	// 40 copies and near copies of one photo.
	for k := range 40 {
		copyOf(rng, d, d.Photo[0], d.Person[0], "copy", 0.02*float64(k%2))
	}
	// Person 3 again under another name.
	d.People = append(d.People, "three again")
	for ph := range int32(len(d.Photos) - 40) {
		for i := range before {
			if d.Photo[i] == ph && d.Person[i] == 3 {
				copyOf(rng, d, ph, int32(len(d.People)-1), "again", 0.01)
				break
			}
		}
	}
	got, f := d.Tidy(l, false, dense.Keep)
	if len(f.Copies) != 40 || len(f.Doubles) != 1 || f.Doubles[0].Person != "three again" || f.Doubles[0].Of != "3" ||
		len(f.Shared) != 0 || len(f.Suspects) != 0 {
		t.Errorf("found %d copies, doubles %+v, shared %v, suspects %v", len(f.Copies), f.Doubles, f.Shared, f.Suspects)
	}
	if got.Len() != before || len(got.People) != 20 {
		t.Errorf("%d rows of %d people are left, want %d of 20", got.Len(), len(got.People), before)
	}
	if err := got.Check(); err != nil {
		t.Error(err)
	}

	// One photo under two names, and three swapped between people.
	d = got
	d = d.Select(func(int) bool { return true })
	photoOf := func(p int32) int32 { return d.Photo[slices.Index(d.Person, p)] }
	copyOf(rng, d, photoOf(5), 6, "five in six", 0)
	move := func(ph, to int32) {
		for i := range d.Len() {
			if d.Photo[i] == ph {
				d.Person[i] = to
			}
		}
	}
	wrong := []int32{photoOf(10), photoOf(11), photoOf(12)}
	for k, ph := range wrong {
		move(ph, int32(13+k))
	}
	for _, w := range []dense.WrongLabels{dense.Keep, dense.Drop, dense.Mend} {
		got, f = d.Tidy(l, false, w)
		var found []string
		for _, s := range f.Suspects {
			found = append(found, s.Photo)
		}
		slices.Sort(found)
		var want []string
		for _, ph := range wrong {
			want = append(want, d.Photos[ph])
		}
		slices.Sort(want)
		if len(f.Shared) != 1 || !slices.Equal(found, want) || len(f.Lone) != 0 {
			t.Errorf("shared %v, suspects %v, want %v, lone %v", f.Shared, f.Suspects, want, f.Lone)
		}
		left := len(d.Photos) - 2
		if w == dense.Drop {
			left -= 3
		}
		if len(got.Photos) != left {
			t.Errorf("%s: %d photos are left, want %d", w, len(got.Photos), left)
		}
		for k, ph := range wrong {
			is := slices.Index(got.Photos, d.Photos[ph])
			if is < 0 {
				continue
			}
			of := got.People[got.Person[slices.Index(got.Photo, int32(is))]]
			if want := d.People[map[bool]int{true: 10, false: 13}[w == dense.Mend]+k]; of != want {
				t.Errorf("%s: %s counts as %s's, want %s", w, d.Photos[ph], of, want)
			}
		}
		if err := got.Check(); err != nil {
			t.Error(err)
		}
	}
	if len(f.Words()) != 2 {
		t.Errorf("in words: %q", f.Words())
	}
}

// TestTwice: most people with some photos under a second name are told, hardly anybody else is, and the two do not
// count as strangers; the larger name stays.
func TestTwice(t *testing.T) {
	world := synthetic.Crowd{Clean: 0.55, Poor: 0.6, D: 48}
	for photos := 1; photos <= 2; photos++ { // under the second name
		found, others := 0, 0
		for seed := range uint64(10) {
			d := world.Draw(rand.New(rand.NewPCG(10, seed)), 24)
			l, _ := world.Layers()
			n := d.PhotosOf()
			of := map[string]string{}
			for p := 0; len(of) < 2; p++ {
				if n[p] < 5 {
					continue
				}
				twin, from := int32(len(d.People)), d.Photo[slices.Index(d.Person, int32(p))]
				d.People = append(d.People, "again "+d.People[p])
				of[d.People[twin]] = d.People[p]
				for i, ph := range d.Photo {
					if ph >= from && ph < from+int32(photos) {
						d.Person[i] = twin
					}
				}
			}
			_, f := d.Tidy(l, false, dense.Keep)
			for _, x := range f.Twice {
				if of[x.Person] == x.Of && x.Photos == photos {
					found++
				} else {
					others++
				}
			}
			for _, w := range []dense.WrongLabels{dense.Keep, dense.Drop, dense.Mend} {
				got, f := d.Tidy(l, false, w)
				for _, x := range f.Twice {
					stays := slices.Contains(got.People, x.Person)
					if stays != (w == dense.Keep) || !slices.Contains(got.People, x.Of) {
						t.Errorf("%d of %d, %s: %+v, people %q", photos, seed, w, x, got.People)
					}
				}
				if w != dense.Keep && len(got.People) > 26-len(f.Twice) {
					t.Errorf("seed %d, %s: %d people are left", seed, w, len(got.People))
				}
				if len(f.Twice) > 0 && !strings.Contains(f.Words()[0], "one person under two names?") {
					t.Errorf("in words: %q", f.Words())
				}
			}
		}
		if found < 15 || others > 0 {
			t.Errorf("with %d photos under a second name: %d of 20 are found, and %d others", photos, found, others)
		}
	}
}

// TestOnePhotoAccusesNobody: a photo of a person alone under another name is nearer to some of theirs than they are to
// each other on average. They are right all the same.
func TestOnePhotoAccusesNobody(t *testing.T) {
	world := synthetic.Crowd{Clean: 0.55, Poor: 0.6, D: 48}
	for seed := range uint64(10) {
		d := world.Draw(rand.New(rand.NewPCG(7, seed)), 20)
		l, _ := world.Layers()
		ph := d.Photo[0]
		d.People = append(d.People, "another name")
		for i, p := range d.Photo {
			if p == ph {
				d.Person[i] = int32(len(d.People) - 1)
			}
		}
		if _, f := d.Tidy(l, false, dense.Keep); len(f.Suspects) != 0 {
			t.Errorf("seed %d: %+v", seed, f.Suspects)
		}
	}
}

// opposed makes every view of photo ph point away from that photo's of.
func opposed(d *dense.Dataset, ph, of int32) {
	like := d.Row(slices.Index(d.Photo, of))
	for i, p := range d.Photo {
		if p == ph {
			for k, v := range like {
				d.Row(i)[k] = -v
			}
		}
	}
}

// TestLone: a photo that is like nobody's is left out; of two that are unlike each other the first one stays, so that
// no person is lost. A photo that is only a little unlike the others is not lone.
func TestLone(t *testing.T) {
	world := synthetic.Crowd{Clean: 0.55, Poor: 0.6, D: 48}
	for seed := range uint64(10) {
		d := world.Draw(rand.New(rand.NewPCG(8, seed)), 24)
		l, _ := world.Layers()
		of := make([][]int32, len(d.People))
		for i, ph := range d.Photo {
			if d.Kind[i] == 0 {
				of[d.Person[i]] = append(of[d.Person[i]], ph)
			}
		}
		opposed(d, of[3][2], of[3][0])
		opposed(d, of[4][0], of[4][1])
		opposed(d, of[5][1], of[5][0])
		want := []string{d.Photos[of[3][2]], d.Photos[of[4][0]], d.Photos[of[5][1]]}
		d = d.Select(func(i int) bool { return d.Person[i] != 5 || d.Photo[i] == of[5][0] || d.Photo[i] == of[5][1] })
		for _, w := range []dense.WrongLabels{dense.Keep, dense.Drop, dense.Mend} {
			got, f := d.Tidy(l, false, w)
			var found []string
			for _, x := range f.Lone {
				found = append(found, x.Photo)
			}
			if !slices.Equal(found, want) || len(f.Suspects) != 0 || len(f.Words()) != 1 {
				t.Errorf("seed %d: lone %v, want %v, suspects %v", seed, f.Lone, want, f.Suspects)
			}
			left := len(d.Photos)
			if w != dense.Keep {
				left -= len(want)
			}
			if len(got.Photos) != left || len(got.People) != len(d.People) {
				t.Errorf("seed %d, %s: %d photos of %d people are left", seed, w, len(got.Photos), len(got.People))
			}
		}
	}
}

// TestHardFolder: where photos of one person are often as unlike as those of strangers are, and poor photos of
// strangers as near as two of one person, next to nobody is accused.
func TestHardFolder(t *testing.T) {
	photos, lone, suspects, twice := 0, 0, 0, 0
	for seed := range uint64(10) {
		rng := rand.New(rand.NewPCG(9, seed))
		hard := synthetic.Crowd{Clean: 1.4, Poor: 0.6, Uneven: 0.3, D: 100}
		d := hard.Draw(rng, 150)
		for ph := range int32(len(d.Photos)) {
			blur := math.Exp(1.5 + rng.NormFloat64()) // one look of all blurred photos
			for i, p := range d.Photo {
				if p == ph {
					d.Row(i)[0] += float32(blur)
				}
			}
		}
		l, _ := hard.Layers()
		_, f := d.Tidy(l, false, dense.Mend)
		photos, lone, suspects = photos+len(d.Photos), lone+len(f.Lone), suspects+len(f.Suspects)
		twice += len(f.Twice)
	}
	if 100*lone > photos || 100*suspects > photos || twice > 15 {
		t.Errorf("of %d photos %d are lone, %d suspects; %d people under two names", photos, lone, suspects, twice)
	}
}
