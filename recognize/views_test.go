package recognize_test

import (
	"errors"
	"slices"
	"testing"

	"faceid/recognize"
)

// TestViews: occlusion stands for three kinds, none comes twice, and every kind has its mirror image.
func TestViews(t *testing.T) {
	views, err := recognize.Views("mask", "occlusion", "lowres")
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, v := range views {
		kinds = append(kinds, v.Kind)
	}
	want := []string{"clean/mirror", "mask", "mask/mirror", "sunglasses", "sunglasses/mirror", "block", "block/mirror", "lowres", "lowres/mirror"}
	if !slices.Equal(kinds, want) {
		t.Errorf("views %q, want %q", kinds, want)
	}
	for _, k := range recognize.SpoiltKinds() {
		if _, err := recognize.Views(k); err != nil {
			t.Errorf("%s: %v", k, err)
		}
	}
	var bad *recognize.KindError
	if _, err := recognize.Views("fog"); !errors.As(err, &bad) {
		t.Errorf("fog: %v", err)
	}
}
