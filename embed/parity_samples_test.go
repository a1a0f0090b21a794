package embed

import (
	"math"
	"path/filepath"
	"testing"

	"faceid/embed/detect"
	"faceid/embed/resample"
	"faceid/internal/golden"
)

// paritySamples compares each model's step: one look of the detector, the points in the box given, the embedding at the
// points given; and the whole way of the pipeline. Embeddings are compared by how similar the faces are to each other.
func paritySamples(t *testing.T) {
	want := golden.ReadPhotos(t)
	p := open(t, "default", nil)
	d := p.Detector.(*detect.Net)
	paths, err := store(t).Samples(t.Context())
	need(t, err)
	photos := map[string]*Image{}
	for _, path := range paths {
		if photos[filepath.Base(path)], err = DecodeBytes(readFile(t, path), nil); err != nil {
			t.Fatal(err)
		}
	}
	var all, whole [][]float32
	var worstBox, worstPoint, worstNorm, worstCos, worstWhole float64
	for _, f := range want.Faces {
		m := sampleWindow(photos[f.Photo], f.Window)
		box := Box{X0: f.Box[0], Y0: f.Box[1], X1: f.Box[2], Y1: f.Box[3]}
		found, err := d.Glance(m)
		if err != nil {
			t.Fatal(err)
		}
		var faces []Face
		for _, x := range found {
			faces = append(faces, Face{Box: x.Box})
		}
		got := nearest(t, faces, box).Box
		for i, v := range [4]float32{got.X0, got.Y0, got.X1, got.Y1} {
			worstBox = max(worstBox, math.Abs(float64(v-f.Box[i])))
		}
		points, err := p.Landmarker.Points(m, box)
		if err != nil {
			t.Fatal(err)
		}
		var given Landmarks
		for i, q := range f.Points {
			given[i] = Point{X: q[0], Y: q[1]}
			worstPoint = max(worstPoint, math.Hypot(float64(points[i].X-q[0]), float64(points[i].Y-q[1])))
		}
		// Single samples, as OpenCV takes them; Align averages over squares of pixels where the face is large, see
		// TestAlignAverages.
		to, err := Umeyama(given, Template)
		if err != nil {
			t.Fatal(err)
		}
		crop := NewImage(CropSize, CropSize)
		resample.Warp(m, crop, to.Invert(), resample.MeanColour(m.Pix))
		e, err := p.Embedder.Embed([]*Image{crop}, false)
		if err != nil {
			t.Fatal(err)
		}
		worstNorm = max(worstNorm, math.Abs(float64(e[0].Norm/f.Norm)-1))
		all = append(all, e[0].Unit)
		if faces, err = p.Faces(m); err != nil {
			t.Fatal(err)
		}
		whole = append(whole, nearest(t, faces, box).Embedding)
	}
	for i, row := range want.Cosines {
		for j, w := range row {
			worstCos = max(worstCos, math.Abs(cosine(all[i], all[j])-w))
			worstWhole = max(worstWhole, math.Abs(cosine(whole[i], whole[j])-w))
		}
	}
	t.Logf("boxes %.2f px, points %.2f px, norms %.4f, cosines %.4f, of the whole way %.4f", worstBox, worstPoint,
		worstNorm, worstCos, worstWhole)
	// The pipeline averages where the reference takes single samples; between people it is 0.05.
	if worstBox > 1 || worstPoint > 0.5 || worstNorm > 0.01 || worstCos > 0.01 || worstWhole > 0.08 {
		t.Errorf("too far from %s: boxes 1 px, points 0.5 px, norms 1 %%, cosines 0.01, 0.08 on the whole way",
			want.MadeBy)
	}
}

// sampleWindow copies golden.WindowW × golden.WindowH pixels of m.
func sampleWindow(m *Image, at [2]int) *Image {
	w := NewImage(golden.WindowW, golden.WindowH)
	for y := range w.H {
		copy(w.Pix[3*y*w.W:3*(y+1)*w.W], m.Pix[3*((at[1]+y)*m.W+at[0]):])
	}
	return w
}
