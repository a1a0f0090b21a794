package recognize

import (
	"errors"
	"path/filepath"
	"testing"

	"faceid/embed"
	"faceid/models"
)

func boxed(x0, y0, side, usable float32) embed.Face {
	return embed.Face{Box: embed.Box{X0: x0, Y0: y0, X1: x0 + side, Y1: y0 + side},
		Quality: embed.Quality{Size: side, Usable: usable}}
}

func TestOneFace(t *testing.T) {
	big, small, twin := boxed(300, 300, 400, 1), boxed(0, 0, 60, 1), boxed(560, 300, 380, 1)
	photo := func(faces ...embed.Face) embed.Photo { return embed.Photo{Width: 1000, Height: 1000, Faces: faces} }
	var several *SeveralError
	for _, c := range []struct {
		name  string
		p     embed.Photo
		which Several
		want  *embed.Face // nil: a *SeveralError
	}{
		{"one", photo(small), SeveralRefuse, &small},
		{"one leads", photo(big, small), SeveralMain, &big},
		{"one leads, but strict", photo(big, small), SeveralRefuse, nil},
		{"two friends", photo(big, twin), SeveralMain, nil},
		{"two friends, the largest", photo(big, twin), SeveralLargest, &big},
	} {
		got, err := OneFace(c.p, c.which)
		if c.want == nil && !errors.As(err, &several) || c.want != nil && (err != nil || got.Box != c.want.Box) {
			t.Errorf("%s: %+v, %v", c.name, got.Box, err)
		}
	}
	if _, err := OneFace(photo(), SeveralMain); !errors.Is(err, ErrNoFace) {
		t.Errorf("no face: %v", err)
	}
}

// The models of a cache that is not there are missing, and nothing is fetched unasked.
func TestNoNetwork(t *testing.T) {
	r := open(t, Options{Models: &models.Options{Dir: filepath.Join(t.TempDir(), "none"), Local: "-", Offline: true}})
	if _, err := r.Pipeline(t.Context()); !errors.Is(err, models.ErrMissing) {
		t.Errorf("%v", err)
	}
}
