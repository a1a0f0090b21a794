package eval

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// slowBest counts right decisions at every candidate threshold.
func slowBest(g, i []float64) (right int) {
	for _, t := range append(slices.Concat(g, i), math.Inf(1)) {
		n := 0
		for _, s := range g {
			n += btoi(s >= t)
		}
		for _, s := range i {
			n += btoi(s < t)
		}
		right = max(right, n)
	}
	return right
}

func TestBestThreshold(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		g, i := randomScores(r)
		th, err := BestThreshold(g, i)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, s := range g {
			n += btoi(s >= th)
		}
		for _, s := range i {
			n += btoi(s < th)
		}
		if want := slowBest(g, i); n != want {
			t.Fatalf("%v is right %d times, best is %d\n%v\n%v", th, n, want, g, i)
		}
	}
	for _, x := range []struct {
		g, i []float64
		want float64
	}{
		{[]float64{0.8, 0.6}, []float64{0.2, 0.4}, 0.5},       // half-way in the one best gap
		{[]float64{1, 3}, []float64{2, 0}, 2.5},               // gaps below 3 and below 1 are as good: the higher
		{[]float64{1}, []float64{2}, math.Inf(1)},             // +Inf and 1 are as good: the higher
		{[]float64{1}, []float64{2, 3}, math.Inf(1)},          // accepting nothing is best
		{[]float64{1, 2}, []float64{math.Inf(-1)}, 1},         // nothing lies half-way to −Inf
		{[]float64{2, 2, 2, 2}, []float64{1, 2, 0, 0.5}, 1.5}, // ties stay together
	} {
		if th, err := BestThreshold(x.g, x.i); err != nil || th != x.want {
			t.Errorf("BestThreshold(%v, %v) = %v, %v; want %v", x.g, x.i, th, err, x.want)
		}
	}
	a, b := 1.0, math.Nextafter(1, 2) // no number between them
	if th, _ := BestThreshold([]float64{b}, []float64{a}); th != b {
		t.Errorf("neighbours: %v", th)
	}
}

func TestKFoldByHand(t *testing.T) {
	folds := []Fold{
		{[]float64{0.9, 0.5}, []float64{0.1, 0.2}},
		{[]float64{0.8, 0.7}, []float64{0.3, 0.4}},
		{[]float64{0.9, 0.95}, []float64{0.6, 0.1}},
	}
	k, err := KFold(folds)
	if err != nil {
		t.Fatal(err)
	}
	// Fold 0: others are 0.7… genuine, …0.6 impostor: 0.65. Fold 1: 0.9, 0.5, 0.9, 0.95 against 0.1, 0.2, 0.6, 0.1: one
	// error at 0.75 (0.5 lost) or at 0.35 (0.6 accepted): of two the higher. Fold 2: 0.45.
	want := []float64{0.65, 0.75, 0.45}
	for i := range want {
		if math.Abs(k.Thresholds[i]-want[i]) > 1e-12 {
			t.Errorf("thresholds %v, want %v", k.Thresholds, want)
		}
	}
	if !slices.Equal(k.Folds, []float64{0.75, 0.75, 0.75}) || k.Accuracy != 0.75 || k.StdErr != 0 {
		t.Errorf("%+v", k)
	}
	// Standard error: accuracies 1 and 0.5 have σ = 0.3536, over √2 is 0.25.
	k, err = KFold([]Fold{{[]float64{3}, []float64{0}}, {[]float64{3}, []float64{2}}})
	if err != nil || k.Folds[0] != 1 || k.Folds[1] != 0.5 || math.Abs(k.StdErr-0.25) > 1e-15 {
		t.Errorf("%+v, %v", k, err)
	}
}

// Whoever asks for an accuracy of 1 gets it from folds without an error.
func TestKFoldPerfect(t *testing.T) {
	folds := slices.Repeat([]Fold{{[]float64{0.9}, []float64{0.1}}}, 10)
	if k, err := KFold(folds); err != nil || k.Accuracy != 1 || k.StdErr != 0 {
		t.Errorf("%+v, %v", k, err)
	}
}

func TestKFoldRefuses(t *testing.T) {
	ok := Fold{[]float64{1}, []float64{0}}
	for _, x := range []struct {
		f    []Fold
		want error
	}{
		{nil, ErrOption}, {[]Fold{ok}, ErrOption}, {[]Fold{ok, {}}, ErrEmpty},
		{[]Fold{ok, {Genuine: []float64{1}}}, ErrEmpty}, {[]Fold{ok, {[]float64{math.NaN()}, []float64{1}}}, ErrScore},
	} {
		if _, err := KFold(x.f); !errors.Is(err, x.want) {
			t.Errorf("%v: %v", x.f, err)
		}
	}
}
