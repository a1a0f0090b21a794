package scale

import (
	"cmp"
	"context"
	"slices"

	"faceid/embed"
	"faceid/eval"
	"faceid/gallery"
	"faceid/recognize"
)

// Template is a stored face beside a probe.
type Template struct {
	gallery.Match // PersonID, Name and TemplateID say whose it is
	Kept          gallery.Template
	Not           bool    // the face is not this person, by an example that is nearer; see recognize.Reject
	Caution       float64 // how much more than a threshold Score must be, see embed.Caution
}

// Templates are the k templates that are most similar to the probe of an Answer, of those that the answer's
// Nearest people have: best first by the score less its caution, equals by ascending id, and last the people that the
// face is not. The same person may come several times.
func Templates(ctx context.Context, r *recognize.Recognizer, a recognize.Answer, k int) ([]Template, error) {
	if a.Face == nil {
		return nil, nil
	}
	e, err := r.Gallery(ctx)
	if err != nil {
		return nil, err
	}
	p, err := r.Pipeline(ctx)
	if err != nil {
		return nil, err
	}
	var all []Template
	for _, person := range a.Nearest {
		for t, err := range e.Templates(ctx, person.PersonID) {
			if err != nil {
				return nil, err
			}
			m := Beside(p, *a.Face, t)
			m.Name, m.Not = person.Name, slices.Contains(a.Not, person.Name)
			// What Identify says of the person is said of the nearest template, and of no other more.
			if m.Score = min(m.Score, person.Score); t.ID == person.TemplateID {
				m.Score = person.Score
			}
			all = append(all, m)
		}
	}
	slices.SortFunc(all, func(a, b Template) int {
		x, y := float64(a.Score)-a.Caution, float64(b.Score)-b.Caution
		if a.Not != b.Not {
			return map[bool]int{true: 1, false: -1}[a.Not]
		}
		return cmp.Or(cmp.Compare(y, x), cmp.Compare(a.TemplateID, b.TemplateID))
	})
	return all[:min(k, len(all))], nil
}

// Beside compares a probe with a template of the pipeline's model. The name is for the caller to say.
func Beside(p *recognize.Pipeline, probe embed.Face, t gallery.Template) Template {
	m := Template{Kept: t}
	m.PersonID, m.TemplateID, m.Score = t.PersonID, t.ID, float32(eval.Cosine(probe.Embedding, t.Embedding))
	if t.Trunk != nil {
		m.Caution = float64(embed.Caution(probe.Quality.Usable, p.Embedder.Usable(t.Trunk)))
	}
	return m
}
