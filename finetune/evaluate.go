package finetune

import (
	"math"
	"sort"

	"gonum.org/v1/gonum/blas/blas32"

	"faceid/eval"
	"faceid/internal/gemm"
)

// Figures are what a layer reaches on people it was not trained on: probes of one kind against the clean templates
// of all photos, every pair of different photos. Rates are in [0, 1].
type Figures struct {
	Kind     string  `json:"kind"`
	Genuine  int64   `json:"genuine"`  // pairs of one person
	Impostor int64   `json:"impostor"` // pairs of two people
	TAR1e2   float64 `json:"tar_1e2"`  // true accept rate where the false accept rate is at most 1e-2
	TAR1e3   float64 `json:"tar_1e3"`
	EER      float64 `json:"eer"`
	Rank1    float64 `json:"rank1"` // share of probes whose best other photo is the same person's; NaN-free: 0 without mated probes
}

// embedded are unit embeddings with whose they are.
type embedded struct {
	kind   string
	e      blas32.General
	person []int32
	photo  []int32
	data   *Dataset
}

func embedViews(v *Dataset, l Layer) *embedded {
	e := matrix(make([]float32, v.Len()*l.D), v.Len(), l.D)
	l.Embed(e.Data, v.X)
	return &embedded{kind: v.Kinds[0], e: e, person: v.Person, photo: v.Photo, data: v}
}

// bins is the resolution of the score histograms: 2^18 on [-1, 1], 7.6e-6 a bin, near what float32 cosines carry.
const bins = 1 << 18

func bin(s float32) int {
	return min(max(int((float64(s)+1)*(bins/2)), 0), bins-1)
}

// histogram counts the scores of all pairs, so millions of pairs need no list and no sort.
//
// Package eval's curves are exact; this is why there is a second way here. Every epoch judges every pair of the people
// kept out. Counting a score takes some 9 ns, eval.Stream seven times as long, as it has to find the score's place among
// the genuine ones, which it wants first. Moments and the page's bars come from the same counts. The price: scores of
// one bin are accepted together. So a TAR is never above the exact one, and below it by no more than the genuine pairs
// in one bin; TestCompareIsExact holds it to that. Intervals come from eval, on listed scores.
type histogram struct {
	kind              string
	genuine, impostor []uint32 // by bin
	trials            []eval.Trial
}

// Compare measures a layer on a dataset's people, a test kind a line; see Figures. With mirrored, templates and
// probes are the mean of a view and its mirror image.
func Compare(d *Dataset, l Layer, mirrored bool) ([]Figures, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}
	if err := l.check(d.T); err != nil {
		return nil, err
	}
	var f []Figures
	gallery := embedViews(d.views(KindClean, mirrored), l)
	for _, k := range d.TestKinds() {
		probes := gallery
		if k != KindClean {
			probes = embedViews(d.views(k, mirrored), l)
		}
		f = append(f, compare(probes, gallery).figures())
	}
	return f, nil
}

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

const evalWorkers = 4 // fixed, so that memory does not grow with the machine

func compare(p, g *embedded) *histogram {
	h := &histogram{kind: p.kind, trials: make([]eval.Trial, p.e.Rows)}
	var gen, imp [evalWorkers][]uint32
	for w := range gen {
		gen[w], imp[w] = make([]uint32, bins), make([]uint32, bins)
	}
	eachScore(p, g, evalWorkers, func(w, i int, scores []float32) {
		me, photo := p.person[i], p.photo[i]
		gh, ih := gen[w], imp[w]
		mate, other := float32(-2), float32(-2)
		for j, s := range scores {
			if g.person[j] != me {
				ih[bin(s)]++
				other = max(other, s)
			} else if g.photo[j] != photo {
				gh[bin(s)]++
				mate = max(mate, s)
			}
		}
		t := eval.Trial{Person: int(me), Enrolled: mate > -2, Other: float64(other), Rank: 1}
		if other == -2 {
			t.Other = math.Inf(-1)
		}
		if t.Enrolled {
			t.Mate = float64(mate)
			if other >= mate {
				t.Rank = 2
			}
		}
		h.trials[i] = t
	})
	h.genuine, h.impostor = gen[0], imp[0]
	for w := 1; w < evalWorkers; w++ {
		for b := range bins {
			h.genuine[b] += gen[w][b]
			h.impostor[b] += imp[w][b]
		}
	}
	return h
}

func (h *histogram) figures() Figures {
	f := Figures{Kind: h.kind}
	for b := range bins {
		f.Genuine += int64(h.genuine[b])
		f.Impostor += int64(h.impostor[b])
	}
	mated, first := 0, 0
	for _, t := range h.trials {
		if t.Enrolled {
			mated++
			if t.Rank == 1 {
				first++
			}
		}
	}
	if mated > 0 {
		f.Rank1 = float64(first) / float64(mated)
	}
	if f.Genuine == 0 || f.Impostor == 0 {
		f.EER = 0.5
		return f
	}
	var g, i int64
	f.EER = -1
	ng, ni := float64(f.Genuine), float64(f.Impostor)
	tar0, far0 := 0.0, 0.0
	for b := bins - 1; b >= 0; b-- {
		if h.genuine[b] == 0 && h.impostor[b] == 0 {
			continue
		}
		g += int64(h.genuine[b])
		i += int64(h.impostor[b])
		tar, far := float64(g)/ng, float64(i)/ni
		if far <= 1e-2 {
			f.TAR1e2 = tar
		}
		if far <= 1e-3 {
			f.TAR1e3 = tar
		}
		if f.EER < 0 && far >= 1-tar { // where the line between the two points meets FAR = 1 − TAR
			d0, d1 := 1-tar0-far0, tar+far-1
			f.EER = far
			if d0+d1 > 0 {
				f.EER = far0 + d0/(d0+d1)*(far-far0)
			}
		}
		tar0, far0 = tar, far
	}
	return f
}

// moments returns the mean and standard deviation of the scores in a fine histogram.
func moments(fine []uint32) Moments {
	var n, sum, square float64
	for b, c := range fine {
		if c > 0 {
			s := (float64(b)+0.5)/(bins/2) - 1
			n += float64(c)
			sum += float64(c) * s
			square += float64(c) * s * s
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
	f := h.figures()
	if f.Genuine == 0 || f.Impostor == 0 {
		return nil
	}
	lowest := math.Max(1e-6, 1/float64(f.Impostor))
	const n = 120
	fars := make([]float64, n+1)
	for k := range fars {
		fars[k] = math.Pow(lowest, 1-float64(k)/n)
	}
	pts := make([]Point, n+1)
	for k := range pts {
		pts[k].FAR = fars[k]
	}
	var g, i int64
	for b := bins - 1; b >= 0; b-- {
		if h.genuine[b] == 0 && h.impostor[b] == 0 {
			continue
		}
		g += int64(h.genuine[b])
		i += int64(h.impostor[b])
		far, tar := float64(i)/float64(f.Impostor), float64(g)/float64(f.Genuine)
		for k := sort.SearchFloat64s(fars, far*(1-1e-12)); k <= n && pts[k].TAR < tar; k++ {
			pts[k].TAR = tar
		}
	}
	return pts
}

// coarse sums a histogram to n bars on [-1, 1], as shares.
func coarse(fine []uint32, n int) []float64 {
	out := make([]float64, n)
	var sum float64
	for b, c := range fine {
		out[b*n/bins] += float64(c)
		sum += float64(c)
	}
	for i := range out {
		if sum > 0 {
			out[i] /= sum
		}
	}
	return out
}
