package snorm

import (
	"cmp"
	"context"
	"math"
	"slices"

	"faceid/gallery"
)

// Search is gallery.Together by normalised scores: the K people whose nearest template, by normalised score, is most
// similar to each probe; the score of a person with several templates is the mean of that and of the score with the
// templates' weighted mean. weight may be nil. Match.Normalised is the score, and Match.Score the mean of the cosines
// of the same template and the same mean; the best come first, equals by ascending id. Probes need not be normalised.
//
// Of all people in the gallery the K are the right ones, see BoundOf: those whom the engine does not return are no
// nearer by cosine than the last that it does.
func (n *Norm) Search(ctx context.Context, e gallery.Engine, probes [][]float32, k int,
	weight func(gallery.Template) float32) ([][]gallery.Match, error) {
	unit, err := gallery.NormaliseProbes(probes, n.dim, nil)
	if err != nil {
		return nil, err
	}
	out := make([][]gallery.Match, len(probes))
	s := &search{n: n, e: e, weight: weight, people: map[int64]*person{}}
	for i, p := range unit {
		if out[i], err = s.nearest(ctx, p, k); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// search is a Search under way.
type search struct {
	n      *Norm
	e      gallery.Engine
	weight func(gallery.Template) float32
	people map[int64]*person // those looked at
}

// person is somebody with all templates.
type person struct {
	templates []gallery.Template // with embeddings
	sides     []Sides            // of each; no deviation: not asked for yet
	mean      []float32          // unit length; nil of one template, or where it has no direction
}

// found is a person beside a probe.
type found struct {
	gallery.Match
	nearest float64 // normalised score of the nearest template, to which Match.Score belongs
}

func (s *search) nearest(ctx context.Context, probe []float32, k int) ([]gallery.Match, error) {
	p := s.n.Sides(probe)
	var best []found // at most k, best first
	before := func(a, b found) int {
		return cmp.Or(cmp.Compare(b.nearest, a.nearest), cmp.Compare(a.PersonID, b.PersonID))
	}
	seen := map[int64]bool{}
	for ask := 2*k + 8; ; ask *= 2 {
		got, err := s.e.Search(ctx, [][]float32{probe}, &gallery.SearchOptions{K: ask})
		if err != nil {
			return nil, err
		}
		all := len(got[0]) < ask // that was everybody
		for _, m := range got[0] {
			// Rounding is of the index's float32.
			if len(best) == k && best[k-1].nearest > s.n.BoundOf(p, float64(m.Score)+1e-5) {
				all = true // who may be among the best: nobody further is as near
				break
			}
			if seen[m.PersonID] {
				continue
			}
			seen[m.PersonID] = true
			f, ok, err := s.beside(ctx, probe, p, m)
			if err != nil {
				return nil, err
			}
			if ok {
				at, _ := slices.BinarySearchFunc(best, f, before)
				best = slices.Insert(best, at, f)
				best = best[:min(k, len(best))]
			}
		}
		if all {
			break
		}
	}
	out := make([]gallery.Match, len(best))
	for i := range best {
		s.together(probe, p, &best[i])
		out[i] = best[i].Match
	}
	slices.SortStableFunc(out, func(a, b gallery.Match) int {
		return cmp.Or(cmp.Compare(*b.Normalised, *a.Normalised), cmp.Compare(a.PersonID, b.PersonID))
	})
	return out, nil
}

// beside finds the person's nearest template; false for somebody removed meanwhile.
func (s *search) beside(ctx context.Context, probe []float32, p Sides, m gallery.Match) (found, bool, error) {
	who, err := s.person(ctx, m.PersonID)
	f := found{m, math.Inf(-1)}
	if err != nil || len(who.templates) == 0 {
		return f, false, err
	}
	cos, lead := make([]float32, len(who.templates)), 0
	for i, t := range who.templates {
		if cos[i] = dot(probe, t.Embedding); cos[i] > cos[lead] {
			lead = i
		}
	}
	least := s.n.Score(float64(cos[lead]), p, who.side(s.n, lead)) // the nearest has this or more
	for i, t := range who.templates {
		if s.n.BoundOf(p, float64(cos[i])) < least {
			continue
		}
		if z := s.n.Score(float64(cos[i]), p, who.side(s.n, i)); z > f.nearest {
			f.nearest, f.TemplateID, f.Score = z, t.ID, max(-1, min(cos[i], 1))
		}
	}
	return f, true, nil
}

// side is what the cohort says of a template.
func (p *person) side(n *Norm, i int) Sides {
	if p.sides[i].Dev == 0 {
		p.sides[i] = n.Sides(p.templates[i].Embedding)
	}
	return p.sides[i]
}

func (s *search) person(ctx context.Context, id int64) (*person, error) {
	if p := s.people[id]; p != nil {
		return p, nil
	}
	p := &person{}
	sum := make([]float32, s.n.dim)
	for t, err := range s.e.Templates(ctx, id) {
		if err != nil {
			return nil, err
		}
		if len(t.Embedding) != s.n.dim {
			return nil, gallery.ErrDimension
		}
		w := float32(1)
		if s.weight != nil {
			w = s.weight(t)
		}
		for i, x := range t.Embedding {
			sum[i] += w * x
		}
		p.templates = append(p.templates, t)
	}
	p.sides = make([]Sides, len(p.templates))
	if len(p.templates) > 1 {
		if unit, err := gallery.Unit(sum, s.n.dim); err == nil {
			p.mean = unit
		}
	}
	s.people[id] = p
	return p, nil
}

// together sets the person's score, as gallery.Together does.
func (s *search) together(probe []float32, p Sides, f *found) {
	z := f.nearest
	if who := s.people[f.PersonID]; who.mean != nil && f.Score >= gallery.Apart {
		cos := dot(probe, who.mean)
		z = (z + s.n.Score(float64(cos), p, s.n.Sides(who.mean))) / 2
		f.Score = (f.Score + max(-1, min(cos, 1))) / 2
	}
	normalised := float32(z)
	f.Normalised = &normalised
}

// Together is the score of Search for a probe and a person of these templates, all unit embeddings.
func (n *Norm) Together(probe []float32, templates [][]float32) float64 {
	p, z := n.Sides(probe), math.Inf(-1)
	var nearest float32
	sum := make([]float32, n.dim)
	for _, t := range templates {
		cos := dot(probe, t)
		if s := n.Score(float64(cos), p, n.Sides(t)); s > z {
			z, nearest = s, cos
		}
		for i, x := range t {
			sum[i] += x
		}
	}
	if mean, err := gallery.Unit(sum, n.dim); err == nil && len(templates) > 1 && nearest >= gallery.Apart {
		z = (z + n.Score(float64(dot(probe, mean)), p, n.Sides(mean))) / 2
	}
	return z
}
