package train

import (
	"fmt"
	"slices"
	"strings"

	"faceid/embed"
	"faceid/finetune"
)

// View is one kind of rows of a training set: how a face is changed before it is embedded.
type View struct {
	Kind string
	How  embed.Augmentation
}

// spoilt are the kinds of views beside the clean one and its mirror image: what a poor camera, bad light, bad
// focus or a face mask do.
var spoilt = map[string]embed.Augmentation{
	"lowres": {LowRes: 18, JPEG: 60}, // a face of 18 pixels, compressed: far away, or a cheap camera
	"jpeg":   {JPEG: 30},
	"blur":   {Blur: 2},
	"dark":   {Brightness: -40},
	"bright": {Brightness: 40},
	"mask":   {Occlusion: embed.OccludeMask},

	"sunglasses": {Occlusion: embed.OccludeSunglasses},
	"block":      {Occlusion: embed.OccludeBlock}, // a hand, a phone, another head
}

// together are names for several kinds at once.
var together = map[string][]string{"occlusion": {"mask", "sunglasses", "block"}}

// KeepClean is finetune.Config's for views of these kinds: where all hide a part of the face twice as much as else. A
// photo without a mask looks so little like one with it that training moved it more: on the first two divisions of
// bench/finetune good photos lost 0.4 and 0.6 points.
func KeepClean(kinds ...string) float64 {
	c := finetune.Defaults("").KeepClean
	for _, kind := range kinds {
		if together[kind] == nil && spoilt[kind].Occlusion == "" {
			return c
		}
	}
	if len(kinds) == 0 {
		return c
	}
	return 2 * c
}

// SpoiltKinds names the kinds that Views takes, in order; "occlusion" is mask, sunglasses and block.
func SpoiltKinds() []string {
	var names []string
	for n := range spoilt {
		names = append(names, n)
	}
	for n := range together {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// Views are the mirrored view, and for each kind the spoilt view and its mirror image. The clean view is not among
// them: every photo has it. It returns a *KindError for a kind that SpoiltKinds does not name.
func Views(kinds ...string) ([]View, error) {
	views := []View{{finetune.KindMirror, embed.Augmentation{Mirror: true}}}
	var all []string
	for _, kind := range kinds {
		several, ok := together[kind]
		if !ok {
			several = []string{kind}
		}
		for _, k := range several {
			if !slices.Contains(all, k) {
				all = append(all, k)
			}
		}
	}
	for _, kind := range all {
		how, ok := spoilt[kind]
		if !ok {
			return nil, &KindError{kind}
		}
		mirrored := how
		mirrored.Mirror = true
		views = append(views, View{kind, how}, View{kind + "/mirror", mirrored})
	}
	return views, nil
}

// KindError is returned for views of a kind that there is not.
type KindError struct{ Kind string }

func (e *KindError) Error() string {
	return fmt.Sprintf("no views of the kind %q; there are %s", e.Kind, strings.Join(SpoiltKinds(), ", "))
}
