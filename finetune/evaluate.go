package finetune

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/blas/blas32"

	"faceid/internal/gemm"
)

// Figures are what a layer reaches on people it was not trained on: probes of one kind against the clean templates
// of all photos, every pair of different photos. Rates are in [0, 1].
type Figures struct {
	Kind     string  `json:"kind"`
	Genuine  int64   `json:"genuine"`  // pairs of one person; two clean photos are one pair
	Impostor int64   `json:"impostor"` // pairs of two people
	TAR1e2   float64 `json:"tar_1e2"`  // true accept rate where the false accept rate is at most 1e-2
	TAR1e3   float64 `json:"tar_1e3"`
	EER      float64 `json:"eer"`
	// share of probes whose best other photo is the same person's; NaN-free: 0 without mated probes
	Rank1 float64 `json:"rank1"`
}

// Compare measures a layer on a dataset's people, a test kind a line; see Figures. Every pair counts the same, as in
// the protocols of public data sets; the gate ([Measure]) weighs people alike instead. With mirrored, templates and
// probes are the mean of a view and its mirror image.
func Compare(d *Dataset, l Layer, mirrored bool) ([]Figures, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}
	if err := l.check(d.T); err != nil {
		return nil, err
	}
	var f []Figures
	for _, p := range panels(d, mirrored, nil) {
		f = append(f, p.with(l).scores(false).figures())
	}
	return f, nil
}

// panel is who is compared with whom for one test kind: in each round the probes of some people, embedded by the
// round's layer, with their clean templates. One round of everybody is a plain comparison; in cross-fitting a round's
// people are those that its layer was not trained on, and nobody else: a layer sets the people apart that it was
// trained on, so that a stranger's pairs with them look better than pairs of two strangers.
type panel struct {
	kind   string
	people int
	rounds []meeting
	layers []Layer // one per round
}

// meeting is the data of a round; people and photos are numbered alike in all rounds.
type meeting struct{ probes, gallery *Dataset }

// panels makes a panel of each test kind of d. rounds holds the people of each round; nil is one of everybody.
func panels(d *Dataset, mirrored bool, rounds [][]bool) []*panel {
	var out []*panel
	gallery := d.views(KindClean, mirrored)
	for _, k := range d.TestKinds() {
		p := &panel{kind: k, people: len(d.People)}
		probes := gallery
		if k != KindClean {
			probes = d.views(k, mirrored)
		}
		if rounds == nil {
			p.rounds = []meeting{{probes, gallery}}
		}
		for _, in := range rounds {
			pick := func(v *Dataset) *Dataset { return v.pick(func(i int) bool { return in[v.Person[i]] }) }
			p.rounds = append(p.rounds, meeting{pick(probes), pick(gallery)})
		}
		out = append(out, p)
	}
	return out
}

// with returns the panel with other layers, one per round or one for all.
func (p *panel) with(l ...Layer) *panel {
	q := *p
	for len(l) < len(p.rounds) {
		l = append(l, l[0])
	}
	q.layers = l
	return &q
}

// only is the panel of one round.
func (p *panel) only(k int) *panel {
	q := *p
	q.rounds = p.rounds[k : k+1]
	return &q
}

// pick is Select that keeps the numbers of people and photos.
func (d *Dataset) pick(keep func(i int) bool) *Dataset {
	s := &Dataset{T: d.T, People: d.People, Photos: d.Photos, Kinds: d.Kinds}
	for i := range d.Len() {
		if keep(i) {
			s.X = append(s.X, d.row(i)...)
			s.Person, s.Photo, s.Kind = append(s.Person, d.Person[i]), append(s.Photo, d.Photo[i]),
				append(s.Kind, d.Kind[i])
		}
	}
	return s
}

// each calls f with the scores of every probe against the round's gallery, from several goroutines; worker tells them
// apart.
func (p *panel) each(workers int, f func(worker int, r *round, i int, scores []float32)) {
	for k, m := range p.rounds {
		if m.probes.Len() == 0 || m.gallery.Len() == 0 {
			continue
		}
		r := &round{probe: embedViews(m.probes, p.layers[k]), gallery: embedViews(m.gallery, p.layers[k])}
		eachScore(r.probe, r.gallery, workers, func(w, i int, scores []float32) { f(w, r, i, scores) })
	}
}

// round is a round of a panel, embedded.
type round struct{ probe, gallery *embedded }

// pair says whether probe i and template j make a pair, and a genuine one: a photo is not compared with itself.
func (r *round) pair(i, j int) (pair, genuine bool) {
	if r.probe.person[i] != r.gallery.person[j] {
		return true, false
	}
	return r.probe.photo[i] != r.gallery.photo[j], true
}

// embedded are unit embeddings with whose they are.
type embedded struct {
	e      blas32.General
	person []int32
	photo  []int32
	data   *Dataset
}

func embedViews(v *Dataset, l Layer) *embedded {
	e := matrix(make([]float32, v.Len()*l.D), v.Len(), l.D)
	l.Embed(e.Data, v.X)
	return &embedded{e: e, person: v.Person, photo: v.Photo, data: v}
}

func (e *embedded) row(i int) []float32 { return e.e.Data[i*e.e.Stride:][:e.e.Cols] }

// eachScore calls f with the scores of a probe against the whole gallery, from several goroutines; worker tells them
// apart, from 0.
func eachScore(p, g *embedded, workers int, f func(worker, probe int, scores []float32)) {
	const tile = 256
	s := make([]float32, min(tile, p.e.Rows)*g.e.Rows)
	for lo := 0; lo < p.e.Rows; lo += tile {
		hi := min(lo+tile, p.e.Rows)
		a := blas32.General{Rows: hi - lo, Cols: p.e.Cols, Stride: p.e.Stride, Data: p.e.Data[lo*p.e.Stride:]}
		t := matrix(s, hi-lo, g.e.Rows)
		gemm.Gemm(false, true, 1, a, g.e, 0, t)
		parallel(workers, func(w0, w1 int) {
			for w := w0; w < w1; w++ {
				for i := w * (hi - lo) / workers; i < (w+1)*(hi-lo)/workers; i++ {
					f(w, lo+i, t.Data[i*t.Stride:][:t.Cols])
				}
			}
		})
	}
}

// workers is how many goroutines count a panel's scores: by the number of pairs alone, so that neither memory nor the
// order of sums depends on the machine.
func (p *panel) workers() int {
	pairs := 0
	for _, m := range p.rounds {
		pairs += m.probes.Len() * m.gallery.Len()
	}
	if pairs < 1<<20 {
		return 1
	}
	return evalWorkers
}

const evalWorkers = 4

// weights say what a pair counts. Weighed by people every person's genuine pairs together count the same, and so do the
// pairs of any two people that meet; else every pair counts 1.
type weights struct {
	byPeople          bool
	probes, templates []int // photos of each person
	times             []int // rounds in which a person probes
	others            []int // people with templates that a person's probes meet, over all rounds
	searchers         []int // people whose probes meet a person's templates
	judges            int   // people with genuine pairs
}

func (p *panel) weights(byPeople bool) *weights {
	ints := func() []int { return make([]int, p.people) }
	w := &weights{byPeople: byPeople, probes: ints(), templates: ints(), times: ints(), others: ints(),
		searchers: ints()}
	for _, m := range p.rounds {
		probes, templates := rowsOf(m.probes.Person, p.people), rowsOf(m.gallery.Person, p.people)
		searching, searched := 0, 0
		for q := range p.people {
			searching += btoi(probes[q] > 0)
			searched += btoi(templates[q] > 0)
		}
		for q := range p.people {
			if probes[q] > 0 {
				w.probes[q] = probes[q]
				w.times[q]++
				w.others[q] += searched - btoi(templates[q] > 0)
			}
			if templates[q] > 0 {
				w.templates[q] = templates[q]
				w.searchers[q] += searching - btoi(probes[q] > 0)
			}
		}
	}
	for q := range p.people {
		w.judges += btoi(w.judge(q))
	}
	return w
}

// rowsOf counts the rows of each person.
func rowsOf(person []int32, people int) []int {
	n := make([]int, people)
	for _, q := range person {
		n[q]++
	}
	return n
}

// judge says whether a person has genuine pairs.
func (w *weights) judge(q int) bool { return w.probes[q] > 0 && w.templates[q] > 1 }

func (w *weights) genuine(q int32) float64 {
	if !w.byPeople {
		return 1
	}
	return 1 / float64(w.probes[q]*(w.templates[q]-1))
}

func (w *weights) impostor(probe, template int32) float64 {
	if !w.byPeople {
		return 1
	}
	return 1 / float64(w.probes[probe]*w.templates[template])
}

// bins is the resolution of the score histograms: 2^16 on [-1, 1], 3e-5 a bin, in which a FAR changes by a thousandth.
const bins = 1 << 16

func bin(s float32) int {
	return min(max(int((float64(s)+1)*(bins/2)), 0), bins-1)
}

// threshold is the lowest score of a bin.
func threshold(b int) float32 { return float32(b)/(bins/2) - 1 }

// histogram holds the weights of the scores of all pairs, so millions of pairs need no list and no sort.
//
// Package eval's curves are exact; this is why there is a second way here. Every epoch judges every pair of the people
// kept out. Counting a score takes some 9 ns, eval.Stream seven times as long, as it has to find the score's place
// among the genuine ones, which it wants first; and eval's pairs count alike, where here people do. Moments and the
// page's bars come from the same counts. The price: scores of one bin are accepted together. So a TAR is never above
// the exact one, and below it by no more than the genuine pairs in one bin; TestCompareIsExact holds it to that.
type histogram struct {
	kind              string
	pairs             [2]int64 // impostor, genuine
	genuine, impostor []float64
	hits, mated       []float64 // by person: probes that found their person first, probes that could
}

func (p *panel) scores(byPeople bool) *histogram {
	w := p.weights(byPeople)
	part := make([]*histogram, p.workers())
	for k := range part {
		part[k] = &histogram{genuine: make([]float64, bins), impostor: make([]float64, bins),
			hits: make([]float64, p.people), mated: make([]float64, p.people)}
	}
	p.each(len(part), func(k int, r *round, i int, scores []float32) {
		h, me := part[k], r.probe.person[i]
		mate, other := float32(-2), float32(-2)
		for j, s := range scores {
			switch pair, genuine := r.pair(i, j); {
			case !pair:
			case genuine:
				h.genuine[bin(s)] += w.genuine(me)
				h.pairs[1]++
				mate = max(mate, s)
			default:
				h.impostor[bin(s)] += w.impostor(me, r.gallery.person[j])
				h.pairs[0]++
				other = max(other, s)
			}
		}
		if mate > -2 {
			h.mated[me]++
			if mate > other {
				h.hits[me]++
			}
		}
	})
	h := part[0]
	h.kind = p.kind
	for _, q := range part[1:] {
		h.add(q)
	}
	if p.kind == KindClean { // (a, b) and (b, a) are one pair
		h.pairs[0], h.pairs[1] = h.pairs[0]/2, h.pairs[1]/2
	}
	return h
}

func (h *histogram) add(q *histogram) {
	for b := range bins {
		h.genuine[b] += q.genuine[b]
		h.impostor[b] += q.impostor[b]
	}
	for i := range h.hits {
		h.hits[i] += q.hits[i]
		h.mated[i] += q.mated[i]
	}
	h.pairs[0] += q.pairs[0]
	h.pairs[1] += q.pairs[1]
}

func sum64(s []float64) (t float64) {
	for _, v := range s {
		t += v
	}
	return t
}

// walk calls f at every bin that holds something, from the highest score down, with the shares accepted from there on.
func (h *histogram) walk(f func(b int, far, tar float64)) {
	ng, ni := sum64(h.genuine), sum64(h.impostor)
	if ng == 0 || ni == 0 {
		return
	}
	var g, i float64
	for b := bins - 1; b >= 0; b-- {
		if h.genuine[b] == 0 && h.impostor[b] == 0 {
			continue
		}
		g += h.genuine[b]
		i += h.impostor[b]
		f(b, min(i/ni, 1), min(g/ng, 1))
	}
}

// slack is what rounding may do to a rate that is a sum of weights.
const slack = 1e-12

// thresholds returns for each FAR the lowest score at which no larger share of the impostors is accepted, and the one
// at equal error rates, with that rate. Without pairs all are above 1.
func (h *histogram) thresholds(fars []float64) (at []float32, equal float32, eer float64) {
	at = make([]float32, len(fars))
	for k := range at {
		at[k] = 2
	}
	equal, eer = 2, -1
	tar0, far0 := 0.0, 0.0
	h.walk(func(b int, far, tar float64) {
		for k, f := range fars {
			if far <= f+slack {
				at[k] = threshold(b)
			}
		}
		if eer < 0 && far >= 1-tar { // where the line between the two points meets FAR = 1 − TAR
			equal = threshold(b)
			d0, d1 := 1-tar0-far0, tar+far-1
			eer = far
			if d0+d1 > 0 {
				eer = far0 + d0/(d0+d1)*(far-far0)
			}
		}
		tar0, far0 = tar, far
	})
	if eer < 0 {
		eer = 0.5
	}
	return at, equal, eer
}

func (h *histogram) figures() Figures {
	f := Figures{Kind: h.kind, Genuine: h.pairs[1], Impostor: h.pairs[0]}
	if m := sum64(h.mated); m > 0 {
		f.Rank1 = sum64(h.hits) / m
	}
	h.walk(func(_ int, far, tar float64) {
		if far <= 1e-2+slack {
			f.TAR1e2 = tar
		}
		if far <= 1e-3+slack {
			f.TAR1e3 = tar
		}
	})
	_, _, f.EER = h.thresholds(nil)
	return f
}

// moments returns the mean and standard deviation of the scores in a fine histogram.
func moments(fine []float64) Moments {
	var n, sum, square float64
	for b, c := range fine {
		if c > 0 {
			s := (float64(b)+0.5)/(bins/2) - 1
			n += c
			sum += c * s
			square += c * s * s
		}
	}
	if n == 0 {
		return Moments{}
	}
	mean := sum / n
	return Moments{mean, math.Sqrt(max(0, square/n-mean*mean))}
}

// Point is a point of a ROC curve.
type Point struct {
	FAR float64 `json:"far"`
	TAR float64 `json:"tar"`
}

// roc returns the curve at FARs spaced evenly on a logarithmic axis, from one impostor pair up to 1.
func (h *histogram) roc() []Point {
	if h.pairs[0] == 0 || h.pairs[1] == 0 {
		return nil
	}
	lowest := math.Max(1e-6, 1/float64(h.pairs[0]))
	const n = 120
	pts := make([]Point, n+1)
	fars := make([]float64, n+1)
	for k := range pts {
		fars[k] = math.Pow(lowest, 1-float64(k)/n)
		pts[k].FAR = fars[k]
	}
	h.walk(func(_ int, far, tar float64) {
		at, _ := slices.BinarySearch(fars, far*(1-1e-12))
		for k := at; k <= n && pts[k].TAR < tar; k++ {
			pts[k].TAR = tar
		}
	})
	return pts
}

// coarse sums a histogram to n bars on [-1, 1], as shares.
func coarse(fine []float64, n int) []float64 {
	out := make([]float64, n)
	var sum float64
	for b, c := range fine {
		out[b*n/bins] += c
		sum += c
	}
	for i := range out {
		if sum > 0 {
			out[i] /= sum
		}
	}
	return out
}
