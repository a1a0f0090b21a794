package gallerytest

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"faceid/gallery"
	"faceid/internal/f32"
)

// Populate enrols a gallery with everything that is hard to move: namesakes, people without templates, templates
// without photo, with and without trunk features, one person with many.
func Populate(t testing.TB, e gallery.Engine, dim int, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	n := 0
	template := func() gallery.Template {
		n++
		x := gallery.Template{Embedding: unit(r, dim)}
		if n%3 > 0 {
			x.Source = gallery.Source{Path: fmt.Sprintf("p/%d ü.jpg", n), SHA256: fmt.Sprintf("%064x", n),
				Box: [4]float32{1, 2, 3, float32(n) / 3}}
			x.Quality = gallery.Quality{Score: 0.5, Size: float32(n), Sharpness: 0.1, Frontal: 1.0 / 3, Norm: 20}
		}
		if n%2 > 0 {
			x.Trunk = unit(r, 6)
		}
		return x
	}
	var all []gallery.Enrolment
	for i := range 40 {
		p := gallery.Enrolment{Name: fmt.Sprintf("name %d 😀", i%25)}
		if i%3 == 0 {
			p.Metadata = json.RawMessage(fmt.Sprintf(`{"n":%d,"t":"a\nb <&> ü"}`, i))
		}
		for range i % 4 {
			p.Templates = append(p.Templates, template())
		}
		all = append(all, p)
	}
	many := gallery.Enrolment{Name: "many"}
	for range 600 {
		many.Templates = append(many.Templates, template())
	}
	if _, err := e.Enrol(t.Context(), append(all, many), &gallery.EnrolOptions{NewPeople: true}); err != nil {
		t.Fatal(err)
	}
}

// Dump writes down everything that a transfer keeps.
func Dump(t testing.TB, e gallery.Engine) string {
	t.Helper()
	var b strings.Builder
	for p, err := range e.People(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %s\n", p.Name, p.Metadata)
		for x, err := range e.Templates(t.Context(), p.ID) {
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "  %x %x %+v %+v\n", f32.Append(nil, x.Embedding),
				f32.Append(nil, x.Trunk), x.Quality, x.Source)
		}
	}
	return b.String()
}

// unit returns a random unit vector.
func unit(r *rand.Rand, dim int) []float32 {
	v := make([]float32, dim)
	var s float64
	for i := range v {
		v[i] = float32(r.NormFloat64())
		s += float64(v[i]) * float64(v[i])
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(s))
	}
	return v
}
