package dense_test

import (
	"math/rand/v2"
	"slices"
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
	if got, f := d.Tidy(l, false, false); got != d || len(f.Words()) != 0 {
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
	got, f := d.Tidy(l, false, false)
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
	for _, drop := range []bool{false, true} {
		got, f = d.Tidy(l, false, drop)
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
		if len(f.Shared) != 1 || !slices.Equal(found, want) {
			t.Errorf("shared %v, suspects %v, want %v", f.Shared, f.Suspects, want)
		}
		left := len(d.Photos) - 2
		if drop {
			left -= 3
		}
		if len(got.Photos) != left {
			t.Errorf("drop %v: %d photos are left, want %d", drop, len(got.Photos), left)
		}
	}
	if len(f.Words()) != 2 {
		t.Errorf("in words: %q", f.Words())
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
		if _, f := d.Tidy(l, false, false); len(f.Suspects) != 0 {
			t.Errorf("seed %d: %+v", seed, f.Suspects)
		}
	}
}
