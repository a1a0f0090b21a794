package eval

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// clustersSlowly is the definition, pair by pair and photo by photo.
func clustersSlowly(group, person []int) (c Clustering) {
	var right, grouped, genuine float64
	for i := range group {
		var same, inGroup, ofPerson float64
		for j := range group {
			g, p := group[i] == group[j], person[i] == person[j]
			if g {
				inGroup++
			}
			if p {
				ofPerson++
			}
			if g && p {
				same++
			}
			if i < j && g {
				grouped++
			}
			if i < j && p {
				genuine++
			}
			if i < j && g && p {
				right++
			}
		}
		c.BPrecision += same / inGroup / float64(len(group))
		c.BRecall += same / ofPerson / float64(len(group))
	}
	c.Precision, c.Recall = right/grouped, right/genuine
	c.F = 2 * right / (grouped + genuine)
	c.BF = 2 * c.BPrecision * c.BRecall / (c.BPrecision + c.BRecall)
	return c
}

func TestClusters(t *testing.T) {
	for seed := range uint64(10) {
		rng := rand.New(rand.NewPCG(seed, 3))
		group, person := make([]int, 40), make([]int, 40)
		for i := range group {
			group[i], person[i] = rng.IntN(9), 100+rng.IntN(7)
		}
		got, err := Clusters(group, person)
		want := clustersSlowly(group, person)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range [][2]float64{{got.Precision, want.Precision}, {got.Recall, want.Recall}, {got.F, want.F},
			{got.BPrecision, want.BPrecision}, {got.BRecall, want.BRecall}, {got.BF, want.BF}} {
			if math.Abs(x[0]-x[1]) > 1e-12 {
				t.Fatalf("%+v, want %+v", got, want)
			}
		}
	}
}

func TestClustersEdges(t *testing.T) {
	one := Clustering{1, 1, 1, 1, 1, 1}
	if c, err := Clusters([]int{1, 2, 3}, []int{7, 8, 9}); err != nil || c != one {
		t.Errorf("everybody alone: %+v, %v", c, err)
	}
	if c, err := Clusters([]int{1, 1, 2}, []int{7, 7, 9}); err != nil || c != one {
		t.Errorf("all right: %+v, %v", c, err)
	}
	// All in one group of two people with one photo each: no pair of the group is right, and there are none to find.
	if c, err := Clusters([]int{1, 1}, []int{7, 8}); err != nil || c.Precision != 0 || c.Recall != 1 || c.F != 0 ||
		c.BPrecision != 0.5 || c.BRecall != 1 {
		t.Errorf("one group: %+v, %v", c, err)
	}
	if _, err := Clusters(nil, nil); !errors.Is(err, ErrEmpty) {
		t.Error(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("no panic for different lengths")
		}
	}()
	Clusters([]int{1}, nil)
}
