package scale

import (
	"cmp"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"faceid/embed"
	"faceid/eval"
	"faceid/gallery"
	"faceid/models"
	"faceid/recognize"
	"faceid/server/hosttest"
)

func open(t *testing.T, gallery string) *recognize.Recognizer {
	t.Helper()
	r, err := recognize.Open(t.Context(), &recognize.Options{Gallery: gallery, Models: &models.Options{Offline: true}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// The templates nearest to a probe are those that brute force finds, the nearest of a person with the person's score.
func TestTemplates(t *testing.T) {
	people := hosttest.People(t, 3)
	r := open(t, filepath.Join(t.TempDir(), "g.db"))
	for _, p := range people {
		in := []embed.Input{{Label: p.Name, Data: p.Photos[0]}, {Label: p.Name, Data: p.Photos[1]}}
		for _, err := range r.EnrollAll(t.Context(), slices.Values(in), nil) {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	probe := slices.Values([]embed.Input{{Data: people[0].Photos[2]}})
	for a, err := range r.IdentifyWith(t.Context(), probe, &recognize.IdentifyOptions{K: 3, Largest: true}) {
		if err != nil {
			t.Fatal(err)
		}
		nearestTemplates(t, r, a)
	}
}

func nearestTemplates(t *testing.T, r *recognize.Recognizer, a recognize.Answer) {
	t.Helper()
	e, err := r.Gallery(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p, err := r.Pipeline(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var want []float64
	for x, err := range e.Templates(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		caution := embed.Caution(a.Face.Quality.Usable, p.Embedder.Usable(x.Trunk))
		score := eval.Cosine(a.Face.Embedding, x.Embedding)
		for _, m := range a.Nearest {
			switch {
			case m.TemplateID == x.ID:
				score = float64(m.Score)
			case m.PersonID == x.PersonID:
				score = min(score, float64(m.Score))
			}
		}
		want = append(want, score-float64(caution))
	}
	slices.SortFunc(want, func(a, b float64) int { return cmp.Compare(b, a) })
	for k := 1; k <= 6; k++ {
		got, err := Templates(t.Context(), r, a, k)
		if err != nil || len(got) != min(k, len(want)) {
			t.Fatal(len(got), err)
		}
		for i, m := range got {
			if math.Abs(float64(m.Score)-m.Caution-want[i]) > 1e-6 || m.Kept.PersonID != m.PersonID ||
				m.Kept.ID != m.TemplateID {
				t.Errorf("%d of %d: %v, want %v", i, k, m.Match, want[i])
			}
		}
	}
}

// A figure reaches an anchor exactly where the score reaches the threshold of its rate, and never falls as scores rise.
func TestScale(t *testing.T) {
	hosttest.People(t, 1) // or skipped
	r := open(t, "")
	p, err := r.Pipeline(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	anchors := []Anchor{{1e-2, 0.4}, {1e-3, 0.5}, {1e-4, 0.6}, {1e-5, 0.8}, {1e-12, 0.9}} // the last is not known
	s, err := New(t.Context(), r, 1, anchors...)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range anchors[:4] {
		at, err := r.PairPoint(t.Context(), p, recognize.Target{FAR: a.FAR})
		if err != nil {
			t.Fatal(err)
		}
		below := math.Nextafter(float64(float32(at.Threshold)-1e-6), -1)
		if got := s.Of(at.Threshold); got != a.At {
			t.Errorf("at the threshold of %g: %v, want %v", a.FAR, got, a.At)
		}
		if got := s.Of(below); !(got < a.At) {
			t.Errorf("below the threshold of %g: %v", a.FAR, got)
		}
	}
	last := 0.0
	for cos := -1.0; cos <= 1.001; cos += 1e-3 {
		got := s.Of(cos)
		if got < last || got < 0 || got > 1 {
			t.Fatalf("%v at %v, %v before", got, cos, last)
		}
		last = got
	}
	if s.Of(-1) != 0 || s.Of(0) != 0 || s.Of(1) != 1 {
		t.Errorf("ends: %v %v %v", s.Of(-1), s.Of(0), s.Of(1))
	}
	blurred, clear := embed.Face{Quality: embed.Quality{Usable: 0.4}}, embed.Face{Quality: embed.Quality{Usable: 1}}
	barely := embed.Face{Quality: embed.Quality{Usable: 0.5}}
	same := Template{Match: gallery.Match{Score: 0.99}}
	if s.Found(blurred, same) >= 0.3999 || s.Pair(blurred, clear, 0.99) >= 0.3999 || s.Found(clear, same) < 0.8 {
		t.Error("a face that is too poor to tell reaches an anchor")
	}
	at, _ := r.PairPoint(t.Context(), p, recognize.Target{FAR: 1e-4})
	if s.Pair(barely, barely, at.Threshold+0.27) >= 0.6 || s.Pair(barely, barely, at.Threshold+0.29) < 0.6 ||
		s.Pair(clear, clear, at.Threshold) < 0.6 {
		t.Error("two faces that are hardly good enough must score more, as in Verify")
	}
	if _, err := New(t.Context(), r, 1, Anchor{1e-12, 0.5}); err == nil {
		t.Error("a scale without an anchor")
	}
}
