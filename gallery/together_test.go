package gallery_test

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"faceid/gallery"
)

// Together says of each person what a plain second version says of all templates of everybody, in its order.
func TestTogether(t *testing.T) {
	const dim, people = 8, 40
	r := rand.New(rand.NewPCG(3, 4))
	vec := func() []float32 {
		v := make([]float32, dim)
		for i := range v {
			v[i] = float32(r.NormFloat64())
		}
		return v
	}
	g := open(t, filepath.Join(t.TempDir(), "g.db"), dim)
	for i := range people {
		e := gallery.Enrolment{Name: "x"}
		for range 1 + i%6 {
			e.Templates = append(e.Templates, gallery.Template{Embedding: vec(),
				Quality: gallery.Quality{Sharpness: r.Float32()}})
		}
		if _, err := g.Enrol(t.Context(), []gallery.Enrolment{e}, &gallery.EnrolOptions{NewPeople: true}); err != nil {
			t.Fatal(err)
		}
	}
	weights := map[string]func(gallery.Template) float32{
		"none":    nil,
		"quality": func(t gallery.Template) float32 { return t.Quality.Sharpness },
		"zero":    func(gallery.Template) float32 { return 0 },
	}
	for name, weight := range weights {
		probes := [][]float32{vec(), vec(), vec()}
		found, err := gallery.Together(t.Context(), g, probes, &gallery.SearchOptions{K: people}, weight)
		if err != nil {
			t.Fatal(err)
		}
		changed := 0
		for i, probe := range probes {
			want := second(t, g, probe, weight)
			if len(found[i]) != len(want) {
				t.Fatal(len(found[i]), len(want))
			}
			for j, m := range found[i] {
				if j > 0 && m.Score > found[i][j-1].Score {
					t.Errorf("%s: not in order: %v", name, found[i])
				}
				w := want[m.PersonID]
				if math.Abs(float64(m.Score)-w.score) > 1e-6 {
					t.Errorf("%s: person %d of %d templates: %v, want %v", name, m.PersonID, w.templates, m.Score,
						w.score)
				}
				if math.Abs(w.score-w.nearest) > 1e-3 {
					changed++
				}
			}
		}
		if (changed == 0) != (name == "zero") {
			t.Errorf("%s: %d scores are not those of the nearest template", name, changed)
		}
	}
	if _, err := gallery.Together(t.Context(), g, [][]float32{make([]float32, dim)}, nil, nil); err == nil {
		t.Error("a zero probe was searched for")
	}
}

type secondScore struct {
	score, nearest float64
	templates      int
}

func second(t *testing.T, g gallery.Engine, probe []float32,
	weight func(gallery.Template) float32) map[int64]secondScore {
	t.Helper()
	cos := func(a, b []float64) float64 {
		var ab, aa, bb float64
		for i := range a {
			ab, aa, bb = ab+a[i]*b[i], aa+a[i]*a[i], bb+b[i]*b[i]
		}
		return ab / math.Sqrt(aa*bb)
	}
	wide := func(v []float32) (w []float64) {
		for _, x := range v {
			w = append(w, float64(x))
		}
		return w
	}
	out := map[int64]secondScore{}
	means := map[int64][]float64{}
	for x, err := range g.Templates(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		s, seen := out[x.PersonID]
		if !seen {
			s.nearest = -1
			means[x.PersonID] = make([]float64, len(probe))
		}
		e := wide(x.Embedding)
		s.nearest = max(s.nearest, cos(wide(probe), e))
		s.templates++
		w := 1.0
		if weight != nil {
			w = float64(weight(x))
		}
		for i := range e {
			means[x.PersonID][i] += w * e[i]
		}
		out[x.PersonID] = s
	}
	for id, s := range out {
		s.score = s.nearest
		c := cos(wide(probe), means[id])
		if s.templates > 1 && s.nearest >= gallery.Apart && !math.IsNaN(c) {
			s.score = (s.nearest + c) / 2
		}
		out[id] = s
	}
	return out
}
