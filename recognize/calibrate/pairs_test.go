package calibrate

import (
	"errors"
	"math"
	"testing"
)

// TestPairs: each pair of people once, by a photo of either, against the plain product.
func TestPairs(t *testing.T) {
	e := faces(60, 1).e
	var people [][][]float32
	for i := range 30 {
		var photos [][]float32
		for range i % 4 { // every fourth has none
			photos = append(photos, e[len(photos)+2*i])
		}
		people = append(people, photos)
	}
	s, who, err := Pairs(people, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.People != 22 || len(who) != 22 || len(s.Pairs) != 22*21/2 {
		t.Fatalf("%d people, %d pairs", s.People, len(s.Pairs))
	}
	seen := map[[2]int32]bool{}
	for _, q := range s.Pairs {
		if q.A >= q.B || seen[[2]int32{q.A, q.B}] {
			t.Fatalf("pair %v", q)
		}
		seen[[2]int32{q.A, q.B}] = true
		found := false
		for _, x := range people[who[q.A]] {
			for _, y := range people[who[q.B]] {
				var d float64
				for k := range x {
					d += float64(x[k]) * float64(y[k])
				}
				found = found || math.Abs(d-float64(q.Score)) < 1e-6
			}
		}
		if !found {
			t.Fatalf("pair %v: no two photos score that", q)
		}
	}
}

// TestPairsManyPhotos: a person with many photos counts as anybody, and more than one of the photos is compared.
func TestPairsManyPhotos(t *testing.T) {
	e := faces(450, 1).e
	people := [][][]float32{e[:400]}
	for _, v := range e[400:] {
		people = append(people, [][]float32{v})
	}
	s, _, err := Pairs(people, nil)
	if err != nil {
		t.Fatal(err)
	}
	scores := map[float32]bool{}
	n := 0
	for _, q := range s.Pairs {
		if q.A == 0 {
			n++
			scores[q.Score] = true
		}
	}
	if n != 50 || len(scores) != 50 {
		t.Errorf("%d pairs of the first person, %d different scores", n, len(scores))
	}
}

func TestPairsLimit(t *testing.T) {
	var people [][][]float32
	for _, v := range faces(100, 1).e {
		people = append(people, [][]float32{v})
	}
	a, who, err := Pairs(people, &PairsOptions{People: 20, Seed: 3})
	if err != nil || a.People != 20 || len(a.Pairs) != 190 {
		t.Fatalf("%d people, %d pairs, %v", a.People, len(a.Pairs), err)
	}
	b, same, _ := Pairs(people, &PairsOptions{People: 20, Seed: 3})
	c, other, _ := Pairs(people, &PairsOptions{People: 20, Seed: 4})
	equal := func(x, y []int) bool {
		for i := range x {
			if x[i] != y[i] {
				return false
			}
		}
		return true
	}
	if !equal(who, same) || equal(who, other) || a.Pairs[7] != b.Pairs[7] || a.Pairs[7] == c.Pairs[7] {
		t.Error("the draw does not hang on the seed alone")
	}
	if _, _, err := Pairs(people[:2], nil); !errors.Is(err, ErrFew) {
		t.Errorf("two people: %v", err)
	}
	people[3] = [][]float32{{1, 0}}
	if _, _, err := Pairs(people, nil); !errors.Is(err, ErrShape) {
		t.Errorf("an embedding of two values: %v", err)
	}
}

// TestLeaveOut: people enrolled twice are found among 8 and among 300, and where there are none, none are, however
// alike all of them are.
func TestLeaveOut(t *testing.T) {
	for _, n := range []int{8, 20, 300} {
		for _, common := range []float64{0.1, 0.7} {
			s := newPopulation(n, uint64(n), common, 0.3, 0.3).sample(n)
			alone := Sample{People: n, Pairs: append([]Pair(nil), s.Pairs...)}
			alone.LeaveOut()
			if len(alone.Twice) > 0 {
				t.Errorf("%d people, alike %.1f: left out %v", n, common, alone.Twice)
			}
			s.Pairs[3].Score, s.Pairs[5].Score = 0.97, 0.95
			want := []Pair{s.Pairs[3], s.Pairs[5]}
			all := len(s.Pairs)
			s.LeaveOut()
			if len(s.Twice) != 2 || s.Twice[0] != want[0] || s.Twice[1] != want[1] || len(s.Pairs) != all-2 {
				t.Errorf("%d people, alike %.1f: left out %v of %d, want %v", n, common, s.Twice, all, want)
			}
		}
	}
	var none Sample
	none.LeaveOut()
	same := Sample{People: 3, Pairs: []Pair{{0, 1, 0.5}, {0, 2, 0.5}, {1, 2, 0.5}}}
	same.LeaveOut()
	if len(same.Pairs) != 3 {
		t.Error("equal scores were left out")
	}
}

// TestTwiceMatters: one person enrolled twice among twenty would raise the threshold of everybody.
func TestTwiceMatters(t *testing.T) {
	s := faces(50, 7).sample(20)
	clean := fit(t, like, s).Threshold(1e-3)
	s.Pairs = append([]Pair(nil), s.Pairs...)
	s.Pairs[0].Score = 0.98
	spoilt := fit(t, like, s).Threshold(1e-3)
	s.LeaveOut()
	mended := fit(t, like, s).Threshold(1e-3)
	if spoilt < clean+0.003 || math.Abs(mended-clean) > 0.001 {
		t.Errorf("threshold %.3f, with one twice %.3f, left out %.3f", clean, spoilt, mended)
	}
}
