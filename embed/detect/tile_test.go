package detect

import (
	"math/rand/v2"
	"testing"

	"faceid/embed/photo"
)

// TestMergeKeepsTheWhole: a finer level takes the nose of a face for a face, with a better score than the face has; the
// face stays and the nose goes, in whatever order they come.
func TestMergeKeepsTheWhole(t *testing.T) {
	face := seen{Detection{Box: photo.Box{X0: 100, Y0: 100, X1: 300, Y1: 360}, Score: 0.99}, 0}
	nose := seen{Detection{Box: photo.Box{X0: 170, Y0: 200, X1: 240, Y1: 270}, Score: 1}, 1}
	lens := seen{Detection{Box: photo.Box{X0: 110, Y0: 150, X1: 190, Y1: 220}, Score: 0.8}, 2}
	same := seen{Detection{Box: photo.Box{X0: 104, Y0: 96, X1: 306, Y1: 350}, Score: 0.9}, 1} // the face again
	next := seen{Detection{Box: photo.Box{X0: 320, Y0: 100, X1: 500, Y1: 330}, Score: 0.7}, 1}
	for range 20 {
		in := []seen{face, nose, lens, same, next}
		rand.Shuffle(len(in), func(i, j int) { in[i], in[j] = in[j], in[i] })
		got := merge(in, 0.3)
		if len(got) != 2 || got[0].Box != face.Box || got[1].Box != next.Box {
			t.Fatalf("got %v", got)
		}
	}
}
