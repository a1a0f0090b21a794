package gate

import (
	"math"
	"slices"

	"faceid/finetune/dense"
)

// bins is the resolution of the score histograms: 2^16 on [-1, 1], 3e-5 per bin, in which a FAR changes by a
// thousandth.
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

func (p *Panel) scores(byPeople bool) *histogram {
	w := p.weights(byPeople)
	part := make([]*histogram, p.workers())
	for k := range part {
		part[k] = &histogram{genuine: make([]float64, bins), impostor: make([]float64, bins),
			hits: make([]float64, p.people), mated: make([]float64, p.people)}
	}
	p.each(len(part), func(k int, r *round, i int, scores []float32) {
		h, me := part[k], r.probe.Person[i]
		mate, other := float32(-2), float32(-2)
		for j, s := range scores {
			switch pair, genuine := r.pair(i, j); {
			case !pair:
			case genuine:
				h.genuine[bin(s)] += w.genuine(me)
				h.pairs[1]++
				mate = max(mate, s)
			default:
				h.impostor[bin(s)] += w.impostor(me, r.gallery.Person[j])
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
	if p.kind == dense.KindClean { // (a, b) and (b, a) are one pair
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

// sumUp returns a + b, in a copy of b where a is nil.
func sumUp(a, b *histogram) *histogram {
	if a == nil {
		a = &histogram{kind: b.kind, genuine: make([]float64, bins), impostor: make([]float64, bins),
			hits: make([]float64, len(b.hits)), mated: make([]float64, len(b.hits))}
	}
	a.add(b)
	return a
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
