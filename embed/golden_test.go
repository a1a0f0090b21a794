package embed

import (
	"math"
	"slices"
	"testing"

	"faceid/embed/photo"
	"faceid/internal/golden"
	"faceid/models"
)

// startORT loads ONNX Runtime; no model is needed.
func startORT(t *testing.T) {
	t.Helper()
	lib, err := store(t).Runtime(t.Context(), "")
	need(t, err)
	if err := Init(lib); err != nil {
		t.Fatal(err)
	}
}

func toImage(rgb []byte, w, h int) *Image {
	m := NewImage(w, h)
	copy(m.Pix, rgb)
	return m
}

// goldenEmbedder opens one of the small embedders.
func goldenEmbedder(t *testing.T, e golden.Embedder) *Embedder {
	t.Helper()
	m, err := NewEmbedder(models.Entry{
		Name: e.File, Decoder: models.DecoderEmbedding,
		Input: &models.Input{
			Width: 112, Height: 112, Channels: "RGB", Fit: "align112",
			Mean: []float32{127.5, 127.5, 127.5}, Std: []float32{127.5, 127.5, 127.5},
		},
		Output: &models.Output{Dim: e.Dim},
	}, golden.Read(t, "onnx", e.File))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// unitOf is v in unit length, and its length.
func unitOf(v []float32) ([]float32, float64) {
	n := l2(v)
	u := slices.Clone(v)
	for i := range u {
		u[i] = float32(float64(u[i]) / n)
	}
	return u, n
}

func wantNear(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	_, size := unitOf(want)
	for i := range want {
		if d := math.Abs(float64(got[i] - want[i])); !(d <= 1e-5*size) {
			t.Errorf("%s: value %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

// TestGoldenEmbedders: embedders that end in each kind of last layer, one crop or many at once, answer what plain loops
// computed, with the trunk feature; and a mirrored view counts as half.
func TestGoldenEmbedders(t *testing.T) {
	startORT(t)
	for _, e := range golden.ReadONNX(t).Embedders {
		t.Run(e.File, func(t *testing.T) {
			m := goldenEmbedder(t, e)
			if m.Dim() != e.Dim || m.TrunkDim() != e.In || !m.free {
				t.Errorf("%d values on a trunk of %d, batch free: %v", m.Dim(), m.TrunkDim(), m.free)
			}
			var crops []*Image
			for k := range e.Outputs {
				crops = append(crops, toImage(golden.Crop(k), CropSize, CropSize))
			}
			all, err := m.Embed(crops, false)
			if err != nil {
				t.Fatal(err)
			}
			for k, got := range all {
				want, norm := unitOf(e.Outputs[k])
				wantNear(t, "embedding", got.Unit, want)
				wantNear(t, "trunk", got.Trunk, e.Trunks[k])
				if math.Abs(float64(got.Norm)-norm) > 1e-5*norm {
					t.Errorf("norm %v, want %v", got.Norm, norm)
				}
			}
			mirrored, err := m.Embed([]*Image{crops[0].Mirror()}, false)
			if err != nil {
				t.Fatal(err)
			}
			both, err := m.Embed(crops[:1], true)
			if err != nil {
				t.Fatal(err)
			}
			mean := make([]float32, e.In)
			for i := range mean {
				mean[i] = (all[0].Trunk[i] + mirrored[0].Trunk[i]) / 2
			}
			wantNear(t, "trunk of two views", both[0].Trunk, mean)
		})
	}
}

// goldenDetectors are the small detectors, as entries of a catalogue would have them.
func goldenDetectors(t *testing.T) map[string]Detector {
	t.Helper()
	out := map[string]Detector{}
	for _, c := range []struct {
		file string
		e    models.Entry
	}{
		{"ultraface.onnx", models.Entry{
			Decoder: models.DecoderUltraFace,
			Input: &models.Input{
				Width: golden.SceneW, Height: golden.SceneH, Channels: "RGB", Fit: "stretch",
				Mean: []float32{127, 127, 127}, Std: []float32{128, 128, 128},
			},
			Output: &models.Output{Names: []string{"scores", "boxes"}, Score: 0.7, NMS: 0.3},
		}},
		{"yunet.onnx", models.Entry{
			Decoder: models.DecoderYuNet,
			Input: &models.Input{
				Width: 64, Height: 64, Dynamic: true, Stride: 32, Channels: "BGR", Fit: "letterbox",
				Mean: []float32{0, 0, 0}, Std: []float32{1, 1, 1},
			},
			Output: &models.Output{Strides: []int{8, 16, 32}, Score: 0.6, NMS: 0.3},
		}},
	} {
		c.e.Name = c.file
		d, err := NewDetector(c.e, golden.Read(t, "onnx", c.file))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		out[c.file] = d
	}
	return out
}

// TestGoldenPipeline runs small models of each kind from the picture to the embedding: both detectors find the one
// face, as large as it is, the points lie where the model puts them, and the embedding is that of the aligned crop.
func TestGoldenPipeline(t *testing.T) {
	startORT(t)
	want := golden.ReadONNX(t)
	scene := toImage(golden.Scene(), golden.SceneW, golden.SceneH)
	f := golden.SceneFace
	box := Box{X0: float32(f[0]), Y0: float32(f[1]), X1: float32(f[2]), Y1: float32(f[3])}
	points, err := NewLandmarker(models.Entry{
		Name: "points68.onnx", Decoder: models.DecoderLandmarks68,
		Input: &models.Input{
			Width: 64, Height: 64, Channels: "GRAY", Fit: "stretch", Mean: []float32{0}, Std: []float32{256},
		},
		Output: &models.Output{Names: []string{"output"}},
	}, golden.Read(t, "onnx", "points68.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { points.Close() })
	e := goldenEmbedder(t, want.Embedders[0])
	for name, d := range goldenDetectors(t) {
		t.Run(name, func(t *testing.T) {
			p := &Pipeline{Detector: d, Landmarker: points, Embedder: e}
			ph := p.Photo(t.Context(), Input{Image: scene})
			if ph.Err != nil || len(ph.Faces) != 1 {
				t.Fatalf("%d faces, %v", len(ph.Faces), ph.Err)
			}
			got := ph.Faces[0]
			if o := photo.Overlap(got.Box, box); o < 0.8 {
				t.Errorf("box %v overlaps %v by %v", got.Box, box, o)
			}
			for i, q := range got.Points {
				if !(q.X > box.X0 && q.X < box.X1 && q.Y > box.Y0 && q.Y < box.Y1) {
					t.Errorf("point %d lies at %v, outside the face", i, q)
				}
			}
			crop, err := Align(scene, got.Points)
			if err != nil {
				t.Fatal(err)
			}
			emb, err := e.Embed([]*Image{crop}, false)
			if err != nil {
				t.Fatal(err)
			}
			wantNear(t, "embedding", got.Embedding, emb[0].Unit)
			wantNear(t, "trunk", got.Trunk, emb[0].Trunk)
		})
	}
}

// TestGoldenPoints: the five points are those of the 68 that the plain loops computed, placed in the box.
func TestGoldenPoints(t *testing.T) {
	want := golden.ReadONNX(t).Points.Values
	at := func(i int) Point { return Point{X: want[2*i], Y: want[2*i+1]} }
	got := five(want, func(x, y float32) Point { return Point{X: x, Y: y} })
	for i, w := range map[int]Point{2: at(30), 3: at(48), 4: at(54)} {
		if got[i] != w {
			t.Errorf("point %d is %v, want %v", i, got[i], w)
		}
	}
	for i, lo := range []int{36, 42} {
		var x, y float64
		for k := range 6 {
			x, y = x+float64(at(lo+k).X)/6, y+float64(at(lo+k).Y)/6
		}
		if math.Abs(float64(got[i].X)-x) > 1e-6 || math.Abs(float64(got[i].Y)-y) > 1e-6 {
			t.Errorf("eye %d is %v, want %v, %v", i, got[i], x, y)
		}
	}
}
