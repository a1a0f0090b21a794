package recognize

import (
	"math"
	"testing"

	"faceid/embed"
	"faceid/gallery"
)

// A person of several templates is scored by all of them, those of little quality counting for less, unless the options
// say otherwise.
func TestScoring(t *testing.T) {
	needPhotos(t)
	ctx := t.Context()
	_, p, e := emptyGallery(t)
	unit := func(angle float64) []float32 {
		v := make([]float32, p.Model().Dim)
		v[0], v[1] = float32(math.Cos(angle)), float32(math.Sin(angle))
		return v
	}
	good, poor := trunkOf(p, 0.9), trunkOf(p, 0.3)
	_, err := e.Enrol(ctx, []gallery.Enrolment{
		{Name: "Ada", Templates: []gallery.Template{
			{Embedding: unit(0), Trunk: good}, {Embedding: unit(1), Trunk: good}}},
		{Name: "Bob", Templates: []gallery.Template{
			{Embedding: unit(3), Trunk: good}, {Embedding: unit(4), Trunk: poor}}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	// Bob's mean lies where weights of 0.9 and 0.3 have it.
	bob := math.Atan2(0.9*math.Sin(3)+0.3*math.Sin(4), 0.9*math.Cos(3)+0.3*math.Cos(4))
	for _, c := range []struct {
		way  string
		at   float64
		want float64
	}{
		{"together", 0, (1 + math.Cos(0.5)) / 2},
		{"nearest", 0, 1},
		{"mean", 0, (1 + math.Cos(1)) / 2},
		{"together", 3, (1 + math.Cos(3-bob)) / 2},
	} {
		var s gallery.Scoring
		if err := s.UnmarshalText([]byte(c.way)); err != nil {
			t.Fatal(err)
		}
		if b, err := s.MarshalText(); err != nil || string(b) != c.way {
			t.Fatal(string(b), err)
		}
		f := boxed(0, 0, 80, 0.95)
		f.Embedding = unit(c.at)
		got, err := identify(ctx, e, p, embed.Photo{Faces: []embed.Face{f}}, Point{Threshold: 0.4},
			&IdentifyOptions{Score: s})
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(got[0].Score-c.want) > 0.01 {
			t.Errorf("%s at %.0f: %.4f, want %.4f", c.way, c.at, got[0].Score, c.want)
		}
	}
	if new(gallery.Scoring).UnmarshalText([]byte("worst")) == nil {
		t.Error("worst is a way")
	}
}
