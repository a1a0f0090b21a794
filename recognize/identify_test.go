package recognize

import (
	"errors"
	"math"
	"testing"

	"faceid/embed"
	"faceid/gallery"
)

// trunkOf is a trunk feature that the model holds for usable to that degree: along the directions that make it better.
func trunkOf(p *Pipeline, usable float32) []float32 {
	const dim = 512
	t, way := make([]float32, dim), make([]float32, dim)
	none := p.Embedder.Usable(t)
	for i := range t {
		t[i] = 1
		switch u := p.Embedder.Usable(t); {
		case u > none:
			way[i] = 1
		case u < none:
			way[i] = -1
		}
		t[i] = 0
	}
	lo, hi := float32(-100), float32(100)
	for range 60 {
		m := (lo + hi) / 2
		for i := range t {
			t[i] = m * way[i]
		}
		if p.Embedder.Usable(t) < usable {
			lo = m
		} else {
			hi = m
		}
	}
	return t
}

// TestDecide: a face that is too poor gets no name, whatever its score; one of little quality has to score more, the
// less its template is worth; and a poor template hides nobody.
func TestDecide(t *testing.T) {
	needPhotos(t)
	ctx := t.Context()
	_, p, e := emptyGallery(t)
	// Ada's template is blurred, Bob's is good; a probe scores what its components say.
	unit := func(a, b float64) []float32 {
		v := make([]float32, p.Model().Dim)
		v[0], v[1], v[2] = float32(a), float32(b), float32(math.Sqrt(1-a*a-b*b))
		return v
	}
	good := trunkOf(p, 0.97)
	if u := p.Embedder.Usable(good); u < 0.96 || u > 0.98 {
		t.Fatalf("usable %.3f", u)
	}
	_, err := e.Enrol(ctx, []gallery.Enrolment{
		{Name: "Ada", Templates: []gallery.Template{{Embedding: unit(1, 0), Trunk: trunkOf(p, 0.55)}}},
		{Name: "Bob", Templates: []gallery.Template{{Embedding: unit(0, 1), Trunk: good}}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	const at = 0.4
	for _, c := range []struct {
		what     string
		usable   float32
		ada, bob float64
		want     string
	}{
		{"a good photo", 0.95, 0.6, 0, "Ada"},
		// it asks for 0.7·(0.9 − √(0.95·0.55)) ≈ 0.124 more
		{"a good photo, near a poor template", 0.95, at + 0.05, 0, ""},
		{"a good photo, near a good template", 0.95, 0, at + 0.05, "Bob"},
		{"a fair photo, near a poor template", 0.55, at + 0.22, 0, ""}, // 0.7·(0.9 − 0.55) = 0.245
		{"a fair photo, nearer", 0.55, at + 0.27, 0, "Ada"},
		{"a poor template hides nobody", 0.95, at + 0.06, at + 0.05, "Bob"},
		{"as near to both, though Ada's template is poor", 0.95, at + 0.2, at + 0.19, "Ada or Bob"},
		{"nearer to Ada by more than noise", 0.95, at + 0.2, at + 0.2 - tieNoise - 0.001, "Ada"},
		{"as near, and Ada is not near enough", 0.95, at + 0.05, at + 0.04, "Bob"},
		{"nobody near", 0.95, at - 0.05, at - 0.1, ""},
		{"a poor photo", embed.LeastUsable - 0.01, 0.9, 0, ""},
		{"a worse photo", 0, 0.9, 0, ""},
	} {
		f := boxed(0, 0, 80, c.usable)
		f.Embedding = unit(c.ada, c.bob)
		photo := embed.Photo{Faces: []embed.Face{f}}
		got, err := identify(ctx, e, p, photo, Point{Threshold: at}, &IdentifyOptions{})
		if err != nil {
			t.Fatal(err)
		}
		name, a := "", got[0]
		if a.Person != nil {
			name = a.Person.Name
		}
		for _, m := range a.Tied {
			name += map[bool]string{true: " or "}[name != ""] + m.Name
		}
		var poor *PoorError
		if name != c.want || errors.As(a.Poor, &poor) != (c.usable < embed.LeastUsable) ||
			(name != "") != (a.Score >= a.Threshold && a.Poor == nil) {
			t.Errorf("%s: %q, want %q; score %.3f, threshold %.3f, %v", c.what, name, c.want,
				a.Score, a.Threshold, a.Poor)
		}
	}
}
