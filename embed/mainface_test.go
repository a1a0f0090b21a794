package embed

import (
	"math/rand/v2"
	"testing"
)

func TestMainFace(t *testing.T) {
	face := func(x, y, side, usable float32) Face {
		b := Box{X0: x - side/2, Y0: y - side/2, X1: x + side/2, Y1: y + side/2}
		return Face{Box: b, Quality: Quality{Usable: usable}}
	}
	for _, c := range []struct {
		name  string
		faces []Face
		main  int
		clear bool
	}{
		{"none", nil, -1, false},
		{"one", []Face{face(10, 10, 20, 0.1)}, 0, true},
		{"one that says nothing", []Face{face(10, 10, 20, 0)}, 0, true},
		{"a portrait and a face behind", []Face{face(800, 100, 40, 1), face(500, 400, 300, 1)}, 1, true},
		{"two friends", []Face{face(350, 400, 200, 1), face(650, 400, 190, 1)}, 0, false},
		{"in the middle and at the edge", []Face{face(500, 400, 200, 1), face(960, 60, 150, 1)}, 0, true},
		{"the same sizes with the middle free", []Face{face(300, 400, 200, 1), face(960, 400, 150, 1)}, 0, false},
		{"a blurred one before a sharp one", []Face{face(400, 400, 300, 0.1), face(600, 400, 200, 1)}, 1, true},
		{"three", []Face{face(400, 400, 100, 1), face(500, 400, 220, 1), face(600, 400, 110, 1)}, 1, true},
	} {
		main, clear := MainFace(c.faces, 1000, 800)
		if main != c.main || clear != c.clear {
			t.Errorf("%s: face %d, clear %t, want %d, %t", c.name, main, clear, c.main, c.clear)
		}
	}
	// The order of the faces says nothing, and neither does the photo's scale.
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		var faces []Face
		for range 1 + r.IntN(5) {
			faces = append(faces, face(1000*r.Float32(), 800*r.Float32(), 20+300*r.Float32(), r.Float32()))
		}
		main, clear := MainFace(faces, 1000, 800)
		perm := r.Perm(len(faces))
		var other []Face
		for _, i := range perm {
			f := faces[i]
			f.Box = Box{X0: 4 * f.Box.X0, Y0: 4 * f.Box.Y0, X1: 4 * f.Box.X1, Y1: 4 * f.Box.Y1}
			other = append(other, f)
		}
		if m, c := MainFace(other, 4000, 3200); perm[m] != main || c != clear {
			t.Fatalf("%v: face %d, %t; in another order and scale %d, %t", faces, main, clear, perm[m], c)
		}
	}
}
