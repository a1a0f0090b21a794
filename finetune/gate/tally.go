package gate

import (
	"cmp"
	"slices"
	"sort"
)

// tally is what happens to each person at given thresholds: the raw material of figures with intervals.
type tally struct {
	w   *weights
	tar [][]float64 // [threshold][person]: share of the person's genuine pairs accepted
	// [threshold][person]: mean over the people met of the share of impostor pairs accepted
	probing, searched [][]float64
	rank1             []float64 // [person]: share of probes whose best other photo is the person's own
	judges, everybody int
	tarMean, farMean  []float64 // [threshold]
}

// tally counts at the thresholds, all people weighing the same.
func (p *Panel) tally(h *histogram, at []float32) *tally {
	t := &tally{w: p.weights(true), rank1: make([]float64, p.people), tarMean: make([]float64, len(at)),
		farMean: make([]float64, len(at))}
	t.tar, t.probing, t.searched = table(len(at), p.people), table(len(at), p.people), table(len(at), p.people)
	order := make([]int, len(at)) // of thresholds, the highest first
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(at[b], at[a]) })
	lowest := at[order[len(order)-1]]
	// One worker: sums in a fixed order. A score counts at the highest threshold that it reaches, below by summing up.
	p.each(1, func(_ int, r *round, i int, scores []float32) {
		me := r.probe.Person[i]
		for j, s := range scores {
			if s < lowest {
				continue
			}
			pair, genuine := r.pair(i, j)
			if !pair {
				continue
			}
			k := order[sort.Search(len(order), func(o int) bool { return s >= at[order[o]] })]
			if genuine {
				t.tar[k][me] += t.w.genuine(me)
				continue
			}
			q := r.gallery.Person[j]
			f := t.w.impostor(me, q)
			t.probing[k][me] += f
			t.searched[k][q] += f
		}
	})
	for o, k := range order[1:] {
		for q := range p.people {
			above := order[o]
			t.tar[k][q] += t.tar[above][q]
			t.probing[k][q] += t.probing[above][q]
			t.searched[k][q] += t.searched[above][q]
		}
	}
	probing := 0 // people met by people, over all rounds
	for q := range p.people {
		probing += t.w.others[q]
		t.everybody += btoi(t.w.probes[q] > 0 || t.w.templates[q] > 0)
		if h.mated[q] > 0 {
			t.rank1[q] = h.hits[q] / h.mated[q]
		}
	}
	t.judges = t.w.judges
	for k := range at {
		for q := range p.people {
			if n := t.w.times[q]; n > 0 {
				t.tar[k][q] /= float64(n)
			}
			t.tarMean[k] += t.tar[k][q] / float64(max(1, t.judges))
			if n := t.w.others[q]; n > 0 {
				t.farMean[k] += t.probing[k][q] / float64(probing)
				t.probing[k][q] /= float64(n)
			}
			if n := t.w.searchers[q]; n > 0 {
				t.searched[k][q] /= float64(n)
			}
		}
	}
	return t
}

func table(rows, cols int) [][]float64 {
	t := make([][]float64, rows)
	for i := range t {
		t[i] = make([]float64, cols)
	}
	return t
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// atFAR is the TAR where the FAR is that of threshold k. A person moves it by its own share of accepted pairs and by
// moving the threshold: a person whom many resemble raises it for all. slope is dTAR/dFAR there.
func (t *tally) atFAR(k int, slope float64) figure {
	f := figure{value: t.tarMean[k], psi: make([]float64, len(t.rank1)), own: make([]float64, len(t.rank1)),
		n: t.judges}
	for q := range f.psi {
		f.own[q] = t.genuinePart(k, q)
		f.psi[q] = f.own[q] - slope*t.impostorPart(k, q)
	}
	return f
}

func (t *tally) genuinePart(k, q int) float64 {
	if !t.w.judge(q) {
		return 0
	}
	return t.tar[k][q] - t.tarMean[k]
}

// impostorPart is scaled as if there were as many people as judges.
func (t *tally) impostorPart(k, q int) (v float64) {
	scale := float64(t.judges) / float64(max(1, t.everybody))
	if t.w.others[q] > 0 {
		v += t.probing[k][q] - t.farMean[k]
	}
	if t.w.searchers[q] > 0 {
		v += t.searched[k][q] - t.farMean[k]
	}
	return scale * v
}

// equal is 1 − the error rate where false accepts and false rejects are equally frequent, at threshold k; both move it.
func (t *tally) equal(k int, eer, slope float64) figure {
	f := figure{value: eer, psi: make([]float64, len(t.rank1)), n: t.judges}
	for q := range f.psi {
		f.psi[q] = (slope*t.impostorPart(k, q) - t.genuinePart(k, q)) / (1 + slope)
	}
	return f
}

// first is the share of searches that find their person first.
func (t *tally) first() figure {
	f := figure{psi: make([]float64, len(t.rank1)), n: t.judges}
	for q, v := range t.rank1 {
		if t.w.judge(q) {
			f.value += v / float64(max(1, t.judges))
		}
	}
	for q, v := range t.rank1 {
		if t.w.judge(q) {
			f.psi[q] = v - f.value
		}
	}
	return f
}

// readings are the figures of one layer, or of one layer per fold, on one test kind.
type readings struct {
	h                    *histogram
	mean, tar1e2, tar1e3 figure
	eer, rank1           figure
	threshold1e2         float32
	genuine, impostor    int64
}

// read judges a panel.
func (p *Panel) read() *readings {
	h := p.scores(true)
	// Each FAR with half and twice of it, between which the slope of the curve is taken.
	fars := []float64{1e-2, 5e-3, 2e-2, 1e-3, 5e-4, 2e-3}
	at, equal, eer := h.thresholds(append(fars, grid...))
	// About equal errors: as far again on either side in FAR.
	near, _, _ := h.thresholds([]float64{eer / 1.5, min(1, eer*1.5)})
	first := len(at)
	at = append(at, equal, near[0], near[1])
	t := p.tally(h, at)
	slope := func(lo, hi int) float64 {
		if d := t.farMean[hi] - t.farMean[lo]; d > 0 {
			return (t.tarMean[hi] - t.tarMean[lo]) / d
		}
		return 0
	}
	var over []figure
	for k := range meanFARs {
		k += len(fars) + 1
		over = append(over, t.atFAR(k, slope(k-1, k+1)))
	}
	return &readings{
		h: h, mean: mean(over), tar1e2: t.atFAR(0, slope(1, 2)), tar1e3: t.atFAR(3, slope(4, 5)),
		eer: t.equal(first, eer, slope(first+1, first+2)), rank1: t.first(),
		threshold1e2: at[0], genuine: h.pairs[1], impostor: h.pairs[0],
	}
}
