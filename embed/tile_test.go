package embed

import (
	"math/rand/v2"
	"testing"
)

// TestMergeKeepsTheWhole: a finer level takes the nose of a face for a face, with a better score than the face has; the
// face stays and the nose goes, in whatever order they come.
func TestMergeKeepsTheWhole(t *testing.T) {
	face := seen{Detection{Box: Box{100, 100, 300, 360}, Score: 0.99}, 0}
	nose := seen{Detection{Box: Box{170, 200, 240, 270}, Score: 1}, 1}
	lens := seen{Detection{Box: Box{110, 150, 190, 220}, Score: 0.8}, 2}
	same := seen{Detection{Box: Box{104, 96, 306, 350}, Score: 0.9}, 1} // the face again
	next := seen{Detection{Box: Box{320, 100, 500, 330}, Score: 0.7}, 1}
	for range 20 {
		in := []seen{face, nose, lens, same, next}
		rand.Shuffle(len(in), func(i, j int) { in[i], in[j] = in[j], in[i] })
		got := merge(in, 0.3)
		if len(got) != 2 || got[0].Box != face.Box || got[1].Box != next.Box {
			t.Fatalf("got %v", got)
		}
	}
}
