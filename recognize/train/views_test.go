package train_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"faceid/recognize/train"
)

// TestViews: occlusion stands for three kinds, none comes twice, and every kind has its mirror image.
func TestViews(t *testing.T) {
	views, err := train.Views("mask", "occlusion", "lowres")
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, v := range views {
		kinds = append(kinds, v.Kind)
	}
	want := []string{"clean/mirror", "mask", "mask/mirror", "sunglasses", "sunglasses/mirror", "block", "block/mirror",
		"lowres", "lowres/mirror"}
	if !slices.Equal(kinds, want) {
		t.Errorf("views %q, want %q", kinds, want)
	}
	for _, k := range train.SpoiltKinds() {
		if _, err := train.Views(k); err != nil {
			t.Errorf("%s: %v", k, err)
		}
	}
	var bad *train.KindError
	if _, err := train.Views("fog"); !errors.As(err, &bad) {
		t.Errorf("fog: %v", err)
	}
}

// TestKeepClean: faces that are all partly hidden are held faster to what good photos give.
func TestKeepClean(t *testing.T) {
	usual := train.KeepClean()
	for kinds, want := range map[string]float64{"lowres": usual, "mask": 2 * usual, "occlusion": 2 * usual,
		"mask,sunglasses": 2 * usual, "mask,lowres": usual} {
		if got := train.KeepClean(strings.Split(kinds, ",")...); got != want {
			t.Errorf("%s: %v, want %v", kinds, got, want)
		}
	}
}
