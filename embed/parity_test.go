package embed

import (
	"math"
	"path/filepath"
	"testing"

	"faceid/embed/photo"
	"faceid/internal/golden"
)

// TestParity compares the models' steps, and the pipeline that they make, with what OpenCV's DNN module and numpy
// answer: on the sample photos, which every machine has that has run make setup, and on LFW's where that is at hand.
func TestParity(t *testing.T) {
	t.Run("samples", paritySamples)
	t.Run("lfw", parityLFW)
}

// parityLFW: 24 photos, with both detectors.
func parityLFW(t *testing.T) {
	refs := reference(t)
	dir := golden.Shared(t, "data", "lfw", "images")
	for _, c := range []struct {
		pack string
		ref  func(refImage) refFace
	}{
		{"default", func(r refImage) refFace { return r.UltraFace }},
		{"yunet", func(r refImage) refFace { return r.YuNet }},
	} {
		t.Run(c.pack, func(t *testing.T) {
			p := open(t, c.pack, nil)
			var worstBox, worstPoint, worstCos, worstGiven, worstTrunk float64 = 0, 0, 1, 1, 1
			for _, r := range refs {
				want := c.ref(r)
				ph := p.Photo(t.Context(), Input{Path: filepath.Join(dir, filepath.FromSlash(r.Image))})
				if ph.Err != nil {
					t.Fatal(ph.Err)
				}
				f := nearest(t, ph.Faces, want.box())
				for _, d := range []float32{f.Box.X0 - want.box().X0, f.Box.Y0 - want.box().Y0,
					f.Box.X1 - want.box().X1, f.Box.Y1 - want.box().Y1} {
					worstBox = max(worstBox, math.Abs(float64(d)))
				}
				for i, q := range want.landmarks() {
					worstPoint = max(worstPoint, math.Hypot(float64(f.Points[i].X-q.X), float64(f.Points[i].Y-q.Y)))
				}
				worstCos = min(worstCos, cosine(f.Embedding, want.Embedding))

				m, err := DecodeBytes(readFile(t, filepath.Join(dir, filepath.FromSlash(r.Image))), nil)
				if err != nil {
					t.Fatal(err)
				}
				crop, err := Align(m, want.landmarks())
				if err != nil {
					t.Fatal(err)
				}
				e, err := p.Embedder.Embed([]*Image{crop}, false)
				if err != nil {
					t.Fatal(err)
				}
				worstGiven = min(worstGiven, cosine(e[0].Unit, want.Embedding))
				if want.Trunk != nil {
					worstTrunk = min(worstTrunk, cosine(e[0].Trunk, want.Trunk))
				}
				t.Logf("%s %v cosine %.5f", r.Image, f.Box, cosine(f.Embedding, want.Embedding))
			}
			t.Logf("box %.2f px, points %.2f px, cosine %.5f, from the given points %.6f, trunk %.6f", worstBox,
				worstPoint, worstCos, worstGiven, worstTrunk)
			if worstBox > 2 || worstPoint > 1.5 || worstCos < 0.995 || worstGiven < 0.9995 || worstTrunk < 0.9995 {
				t.Error("too far from the reference: boxes 2 px, points 1.5 px, cosine 0.995, 0.9995 from the given " +
					"points")
			}
		})
	}
}

// nearest returns the face whose box overlaps b most.
func nearest(t testing.TB, faces []Face, b Box) Face {
	t.Helper()
	best, at := float32(0), -1
	for i, f := range faces {
		if o := photo.IoU(f.Box, b); o > best {
			best, at = o, i
		}
	}
	if at < 0 {
		t.Fatalf("no face at %v", b)
	}
	return faces[at]
}

func cosine(a, b []float32) float64 {
	var s float64
	for i := range a {
		s += float64(a[i]) * float64(b[i])
	}
	return s / l2(a) / l2(b)
}
