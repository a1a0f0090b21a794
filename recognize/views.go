package recognize

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
}

// SpoiltKinds names the kinds that Views takes, in order.
func SpoiltKinds() []string {
	var names []string
	for n := range spoilt {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// Views are the mirrored view, and for each kind the spoilt view and its mirror image. The clean view is not among them: every
// photo has it. It returns a *KindError for a kind that SpoiltKinds does not name.
func Views(kinds ...string) ([]View, error) {
	views := []View{{finetune.KindMirror, embed.Augmentation{Mirror: true}}}
	for _, kind := range kinds {
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
