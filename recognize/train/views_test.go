package train_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"faceid/finetune"
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

// TestDefaults: faces that are all partly hidden train under CosFace unless another loss is named, which is held faster
// to what good photos give.
func TestDefaults(t *testing.T) {
	usual := finetune.Defaults("").KeepClean
	for _, c := range []struct {
		loss  finetune.Loss
		kinds string
		want  finetune.Loss
		keep  float64
	}{
		{"", "", finetune.ArcFace, usual}, {"", "lowres", finetune.ArcFace, usual},
		{"", "mask,lowres", finetune.ArcFace, usual}, {"", "mask", finetune.CosFace, 1},
		{"", "occlusion", finetune.CosFace, 1}, {"", "mask,sunglasses", finetune.CosFace, 1},
		{finetune.ArcFace, "mask", finetune.ArcFace, 2 * usual}, {finetune.CosFace, "mask", finetune.CosFace, 1},
		{finetune.CosFace, "lowres", finetune.CosFace, usual}, {finetune.Focal, "occlusion", finetune.Focal, 2 * usual},
	} {
		var kinds []string
		if c.kinds != "" {
			kinds = strings.Split(c.kinds, ",")
		}
		got := train.Defaults(c.loss, kinds...)
		if got.Loss != c.want || got.KeepClean != c.keep {
			t.Errorf("%q of %q: %s kept at %v, want %s at %v", c.loss, c.kinds, got.Loss, got.KeepClean, c.want, c.keep)
		}
		if m := finetune.Defaults(c.want).Margin; got.Margin != m {
			t.Errorf("%q of %q: the margin is %v, want %v", c.loss, c.kinds, got.Margin, m)
		}
		if err := got.Check(); err != nil {
			t.Error(err)
		}
	}
}
