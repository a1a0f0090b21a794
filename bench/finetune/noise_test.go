package main

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"faceid/finetune"
)

// TestMislabel: a share of the photos moves to another person, with all of its views; misnamed counts just those.
func TestMislabel(t *testing.T) {
	d := &finetune.Dataset{}
	var ix finetune.Index
	for p := range 50 {
		for k := range 20 {
			for _, kind := range []string{finetune.KindClean, "lowres"} {
				photo := fmt.Sprintf("%d/%d", p, k)
				if err := d.Add(&ix, fmt.Sprint(p), photo, kind, []float32{float32(p), float32(k)}); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if n := misnamed(d, d); n != 0 {
		t.Fatalf("%v photos of right names are misnamed", n)
	}
	for seed := range uint64(20) {
		before := slices.Clone(d.Person)
		wrong := mislabel(d, 0.1, seed)
		if err := wrong.Check(); err != nil { // a photo belongs to one person
			t.Fatal(err)
		}
		if !slices.Equal(before, d.Person) {
			t.Fatal("the names of the photos given changed")
		}
		rows := 0
		for i, p := range d.Person {
			if wrong.Person[i] != p {
				rows++
			}
		}
		n := misnamed(d, wrong)
		if int(n)*2 != rows {
			t.Errorf("seed %d: %d rows have another person, %v photos are misnamed", seed, rows, n)
		}
		if sigma := math.Sqrt(1000 * 0.1 * 0.9); math.Abs(n-1000*0.1*49/50) > 5*sigma {
			t.Errorf("seed %d: %v of 1,000 photos misnamed at a share of 0.1", seed, n)
		}
		if m := misnamed(d, wrong.Select(func(i int) bool { return wrong.Person[i] == d.Person[i] })); m != 0 {
			t.Errorf("seed %d: %v photos are misnamed where those that are were taken out", seed, m)
		}
	}
}
