package gate

import "faceid/finetune/dense"

// Panel is who is compared with whom for one test kind: in each round the probes of some people, embedded by the
// round's layer, with their clean templates. One round of everybody is a plain comparison; in cross-fitting a round's
// people are those that its layer was not trained on, and nobody else: a layer sets the people apart that it was
// trained on, so that a stranger's pairs with them look better than pairs of two strangers.
type Panel struct {
	kind   string
	people int
	rounds []meeting
	layers []dense.Layer // one per round
}

// meeting is the data of a round; people and photos are numbered alike in all rounds.
type meeting struct{ probes, gallery *dense.Dataset }

// Panels makes a panel of each test kind of d. rounds holds the people of each round; nil is one of everybody.
func Panels(d *dense.Dataset, mirrored bool, rounds [][]bool) []*Panel {
	var out []*Panel
	gallery := d.Views(dense.KindClean, mirrored)
	for _, k := range d.TestKinds() {
		p := &Panel{kind: k, people: len(d.People)}
		probes := gallery
		if k != dense.KindClean {
			probes = d.Views(k, mirrored)
		}
		if rounds == nil {
			p.rounds = []meeting{{probes, gallery}}
		}
		for _, in := range rounds {
			pick := func(v *dense.Dataset) *dense.Dataset { return v.Pick(func(i int) bool { return in[v.Person[i]] }) }
			p.rounds = append(p.rounds, meeting{pick(probes), pick(gallery)})
		}
		out = append(out, p)
	}
	return out
}

// with returns the panel with other layers, one per round or one for all.
func (p *Panel) with(l ...dense.Layer) *Panel {
	q := *p
	for len(l) < len(p.rounds) {
		l = append(l, l[0])
	}
	q.layers = l
	return &q
}

// only is the panel of one round.
func (p *Panel) only(k int) *Panel {
	q := *p
	q.rounds = p.rounds[k : k+1]
	return &q
}

// Templates is how many photos the first round's gallery has.
func (p *Panel) Templates() int { return p.rounds[0].gallery.Len() }

// Figures are what a layer reaches, all people weighing the same.
func (p *Panel) Figures(l dense.Layer) Figures { return p.with(l).scores(true).figures() }

// LeaveOut returns for each round what the other rounds of its repeat reach together, and last what all rounds do,
// people weighing alike in each. There is a layer for each round; the rounds of a repeat, folds of them, are one after
// the other.
func (p *Panel) LeaveOut(folds int, layers []dense.Layer) (others []Figures, all Figures) {
	var total *histogram
	for at := 0; at < len(p.rounds); at += folds {
		var fold []*histogram
		for k := range folds {
			h := p.only(at + k).with(layers[at+k]).scores(true)
			fold = append(fold, h)
			total = sumUp(total, h)
		}
		for k := range folds {
			var rest *histogram
			for j, h := range fold {
				if j != k {
					rest = sumUp(rest, h)
				}
			}
			others = append(others, rest.figures())
		}
	}
	return others, total.figures()
}

// each calls f with the scores of every probe against the round's gallery, from several goroutines; worker tells them
// apart.
func (p *Panel) each(workers int, f func(worker int, r *round, i int, scores []float32)) {
	for k, m := range p.rounds {
		if m.probes.Len() == 0 || m.gallery.Len() == 0 {
			continue
		}
		r := &round{probe: dense.Embed(m.probes, p.layers[k]), gallery: dense.Embed(m.gallery, p.layers[k])}
		r.probe.EachScore(r.gallery, workers, func(w, i int, scores []float32) { f(w, r, i, scores) })
	}
}

// round is a round of a panel, embedded.
type round struct{ probe, gallery *dense.Embedded }

// pair says whether probe i and template j make a pair, and a genuine one: a photo is not compared with itself.
func (r *round) pair(i, j int) (pair, genuine bool) {
	if r.probe.Person[i] != r.gallery.Person[j] {
		return true, false
	}
	return r.probe.Photo[i] != r.gallery.Photo[j], true
}

// workers is how many goroutines count a panel's scores: by the number of pairs alone, so that neither memory nor the
// order of sums depends on the machine.
func (p *Panel) workers() int {
	pairs := 0
	for _, m := range p.rounds {
		pairs += m.probes.Len() * m.gallery.Len()
	}
	if pairs < 1<<20 {
		return 1
	}
	return dense.Workers
}
