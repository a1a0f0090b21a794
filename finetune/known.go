package finetune

import (
	"math"
	"sort"

	"faceid/eval"
	"faceid/finetune/dense"
	"faceid/internal/gemm"
)

// makeHead packs the class weights and centres of the best epoch. Without a Center Loss the centres are the means
// of each class's unit embeddings under the tuned layer, which is where its update rules tend to.
func (t *trainer) makeHead() *Head {
	d := t.split.Train
	h := &Head{
		Labels: append([]string(nil), d.People...), D: t.layer.D,
		Weights: t.classWeights(t.best.head, t.best.layer), Centers: t.best.cent,
		Loss: t.cfg.Loss, Margin: t.cfg.Margin, Scale: t.cfg.Scale,
	}
	if h.Centers == nil {
		h.Centers = dense.MeanEmbeddings(d, t.best.layer)
	}
	if g := t.split.Gate; g != nil {
		near := h.nearest(strangers(g, t.best.layer, t.cfg))
		sort.Float64s(near)
		h.KnownDistance = near[len(near)/100]
	}
	return h
}

// strangers are the templates of people who were not trained on, every test kind.
func strangers(d *Dataset, l Layer, c *Config) *dense.Embedded {
	all := &dense.Embedded{}
	for _, k := range d.TestKinds() {
		v := dense.Embed(d.Views(k, c.Mirrored), l)
		all.E.Data = append(all.E.Data, v.E.Data...)
		all.Person = append(all.Person, v.Person...)
	}
	all.E = gemm.Matrix(all.E.Data, len(all.Person), l.D)
	return all
}

// nearest returns the least squared distance to any centre, one per embedding.
func (h *Head) nearest(x *dense.Embedded) []float64 {
	out := make([]float64, x.E.Rows)
	h.blocks(x, false, func(i int, _, dist []float32) {
		least := float32(math.Inf(1))
		for _, v := range dist {
			least = min(least, v)
		}
		out[i] = float64(least)
	})
	return out
}

// blocks scores embeddings block by block, so that memory stays bounded with many classes; without cosines only
// distances.
func (h *Head) blocks(x *dense.Embedded, cosines bool, f func(i int, cosines, distances []float32)) {
	c := len(h.Labels)
	block := max(1, min(256, 1<<22/max(1, c)))
	dist := make([]float32, block*c)
	var cos []float32
	if cosines {
		cos = make([]float32, block*c)
	}
	for lo := 0; lo < x.E.Rows; lo += block {
		n := min(block, x.E.Rows-lo)
		part := cos
		if cosines {
			part = cos[:n*c]
		}
		h.Scores(part, dist[:n*c], x.E.Data[lo*h.D:(lo+n)*h.D])
		for i := range n {
			if cosines {
				part = cos[i*c : (i+1)*c]
			}
			f(lo+i, part, dist[i*c:(i+1)*c])
		}
	}
}

// HeadTest compares scoring by the head with scoring against a plain gallery, on photos of the trained people that
// training did not see, with the people kept out as strangers.
type HeadTest struct {
	Kind      string   `json:"kind"`
	Probes    int      `json:"probes"`
	Strangers int      `json:"strangers"`
	Methods   []Method `json:"methods"`
}

// Method is one way to score.
type Method struct {
	Name  string  `json:"name"`
	Rank1 float64 `json:"rank1"` // of all probes
	FNIR  float64 `json:"fnir"`  // at FPIR 1e-2
}

// testHead measures the ways to score on each test kind; nil without probes.
func testHead(s *Split, start, tuned Layer, h *Head, c *Config) ([]HeadTest, error) {
	if s.Probe == nil || s.Gate == nil {
		return nil, nil
	}
	class := make(map[string]int32, len(h.Labels))
	for i, l := range h.Labels {
		class[l] = int32(i)
	}
	var out []HeadTest
	for _, k := range s.Train.TestKinds() {
		probes, unknown := s.Probe.Views(k, c.Mirrored), s.Gate.Views(k, c.Mirrored)
		if probes.Len() == 0 || unknown.Len() == 0 {
			continue
		}
		ht := HeadTest{Kind: k, Probes: probes.Len(), Strangers: unknown.Len()}
		add := func(name string, trials []eval.Trial) error {
			cmc, err := eval.CMC(trials, 1)
			if err != nil {
				return err
			}
			open, err := eval.OpenSet(trials)
			if err != nil {
				return err
			}
			fnir, _ := open.FNIRAtFPIR(1e-2)
			ht.Methods = append(ht.Methods, Method{name, cmc[0], fnir})
			return nil
		}
		gallery := s.Train.Views(KindClean, c.Mirrored)
		for _, m := range []struct {
			name string
			l    Layer
		}{{"gallery of templates, untuned model", start}, {"gallery of templates, tuned model", tuned}} {
			g := dense.Embed(gallery, m.l)
			var trials []eval.Trial
			for known, v := range map[bool]*Dataset{true: probes, false: unknown} {
				trials = append(trials, galleryTrials(dense.Embed(v, m.l), g, func(p int32) int32 {
					if !known {
						return -1
					}
					return class[v.People[p]]
				})...)
			}
			if err := add(m.name, trials); err != nil {
				return nil, err
			}
		}
		byCos, byDist := headTrials(h, dense.Embed(probes, tuned), class)
		nCos, nDist := headTrials(h, dense.Embed(unknown, tuned), nil)
		if err := add("head: cosine with the class weights", append(byCos, nCos...)); err != nil {
			return nil, err
		}
		if err := add("head: people by cosine, strangers by distance to the centre",
			append(byDist, nDist...)); err != nil {
			return nil, err
		}
		out = append(out, ht)
	}
	return out, nil
}

// galleryTrials searches probes in a gallery whose people are ranked by their best template.
func galleryTrials(p, g *dense.Embedded, class func(int32) int32) []eval.Trial {
	out := make([]eval.Trial, p.E.Rows)
	p.EachScore(g, dense.Workers, func(_, i int, scores []float32) {
		me := class(p.Person[i])
		t := eval.Trial{Person: int(p.Person[i]), Enrolled: me >= 0, Mate: math.Inf(-1), Other: math.Inf(-1), Rank: 1}
		for j, s := range scores {
			if g.Person[j] == me {
				t.Mate = max(t.Mate, float64(s))
			} else {
				t.Other = max(t.Other, float64(s))
			}
		}
		if t.Other >= t.Mate {
			t.Rank = 2
		}
		out[i] = t
	})
	return out
}

// headTrials searches embeddings with a head; class nil means strangers. People are ranked by cosine in both; the
// score that a threshold is put on is the cosine in the first, minus the distance to the best's centre in the second.
func headTrials(h *Head, x *dense.Embedded, class map[string]int32) (byCos, byDist []eval.Trial) {
	byCos, byDist = make([]eval.Trial, x.E.Rows), make([]eval.Trial, x.E.Rows)
	h.blocks(x, true, func(i int, cos, dist []float32) {
		best := 0
		for j, v := range cos {
			if v > cos[best] {
				best = j
			}
		}
		me := -1
		if class != nil {
			me = int(class[x.Data.People[x.Person[i]]])
		}
		t := eval.Trial{Person: int(x.Person[i]), Enrolled: me >= 0, Rank: 1, Other: math.Inf(-1)}
		c, d := t, t
		if me == best {
			c.Mate, d.Mate = float64(cos[best]), -float64(dist[best])
		} else {
			c.Rank, d.Rank = 2, 2
			c.Other, d.Other = float64(cos[best]), -float64(dist[best])
			if me >= 0 {
				c.Mate, d.Mate = float64(cos[me]), -float64(dist[me])
			}
		}
		byCos[i], byDist[i] = c, d
	})
	return byCos, byDist
}
