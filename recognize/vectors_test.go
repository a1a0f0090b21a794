package recognize

import (
	"errors"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"faceid/embed"
	"faceid/gallery"
)

// An embedding is answered as the photo that it is of, and the nearest templates are what brute force finds.
func TestEmbeddings(t *testing.T) {
	needPhotos(t)
	var shared Pipelines
	t.Cleanup(func() { shared.Close() }) // after the Recognizer
	r := open(t, Options{Gallery: filepath.Join(t.TempDir(), "g.db"), Pipelines: &shared})
	for _, name := range []string{"ada", "grace", "eve"} {
		paths := []string{name + "1.jpg", name + "2.jpg"}
		if name == "eve" {
			paths = paths[:1]
		}
		if _, err := r.Enroll(t.Context(), name, paths...); err != nil {
			t.Fatal(err)
		}
	}
	probe := slices.Values([]embed.Input{{Path: "eve2.jpg"}})
	for byPhoto, err := range r.IdentifyWith(t.Context(), probe, &IdentifyOptions{K: 3}) {
		if err != nil {
			t.Fatal(err)
		}
		longer := slices.Clone(byPhoto.Face.Embedding)
		for i := range longer {
			longer[i] *= 3
		}
		all, err := r.IdentifyEmbeddings(
			t.Context(),
			[][]float32{byPhoto.Face.Embedding, longer},
			&IdentifyOptions{K: 3},
		)
		if err != nil || len(all) != 2 {
			t.Fatal(len(all), err)
		}
		for i, a := range all {
			// Nothing is known of its quality, so the threshold is no higher than for the photo.
			if a.Number != i+1 || a.FAR != byPhoto.FAR || a.Threshold > byPhoto.Threshold || a.FPIR != byPhoto.FPIR {
				t.Errorf("embedding %d: %+v, %v; by photo %+v, %v", i, a.Point, a.FPIR, byPhoto.Point, byPhoto.FPIR)
			}
			if math.Abs(a.Score-byPhoto.Score) > 1e-6 || (a.Person == nil) != (byPhoto.Person == nil) ||
				len(a.Nearest) != 3 {
				t.Errorf(
					"embedding %d: %v, %v; by photo %v, %v",
					i,
					a.Score,
					a.Nearest,
					byPhoto.Score,
					byPhoto.Nearest,
				)
			}
		}
		v, err := r.VerifyEmbeddings(t.Context(), byPhoto.Face.Embedding, longer, Target{})
		if err != nil || !v.Same || math.Abs(v.Score-1) > 1e-6 || v.FAR != byPhoto.FAR {
			t.Errorf("with itself: %v, %+v, %v", v.Score, v.Point, err)
		}
	}
	if _, err := r.IdentifyEmbeddings(t.Context(), [][]float32{{1}}, nil); !errors.Is(err, gallery.ErrDimension) {
		t.Error(err)
	}
	if _, err := r.VerifyEmbeddings(t.Context(), make([]float32, 512), make([]float32, 512), Target{}); !errors.Is(
		err,
		gallery.ErrZeroVector,
	) {
		t.Error(err)
	}
	if a, err := r.IdentifyEmbeddings(t.Context(), nil, nil); len(a) > 0 || err != nil {
		t.Error(a, err)
	}
}

// Recognizers that share models have the same, and what one closes the other still uses.
func TestPipelines(t *testing.T) {
	needPhotos(t)
	var shared Pipelines
	a, err := Open(t.Context(), &Options{Pipelines: &shared})
	if err != nil {
		t.Fatal(err)
	}
	b, plain := open(t, Options{Pipelines: &shared}), open(t, Options{Pipelines: &shared, Plain: true})
	pa, err := a.Pipeline(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	pb, err := b.Pipeline(t.Context())
	if err != nil || pa != pb {
		t.Fatalf("%p, %p, %v", pa, pb, err)
	}
	if pp, err := plain.Pipeline(t.Context()); err != nil || pp == pa {
		t.Errorf("other views, the same pipeline: %v", err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if v, err := b.Verify(t.Context(), embed.Input{Path: "ada1.jpg"}, embed.Input{Path: "ada1.jpg"}, nil); err != nil ||
		!v.Same {
		t.Errorf("%+v, %v", v, err)
	}
	if err := shared.Close(); err != nil {
		t.Error(err)
	}
}
