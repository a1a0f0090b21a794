package eval

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
)

// Estimate is a figure and what it became on resampled data.
type Estimate struct {
	Value      float64   // on all data
	Replicates []float64 // on each resample, in the order of resampling
}

// Interval returns the percentile confidence interval of the given level, such as 0.95 (Efron and Tibshirani, "An
// Introduction to the Bootstrap", 1993, ch. 13). It returns NaN for a level outside (0, 1) or without replicates.
func (e Estimate) Interval(level float64) (low, high float64) {
	if !(level > 0 && level < 1) || len(e.Replicates) == 0 {
		return math.NaN(), math.NaN()
	}
	s := slices.Clone(e.Replicates)
	slices.Sort(s)
	at := func(p float64) float64 {
		x := p * float64(len(s)-1)
		i := min(int(x), len(s)-2)
		if i < 0 {
			return s[0]
		}
		return s[i] + (x-float64(i))*(s[i+1]-s[i])
	}
	return at((1 - level) / 2), at((1 + level) / 2)
}

// Minus returns the paired difference e−o: the right figure to say whether one model is better than another. Both must
// come from one function with the same options on the same pairs or probes in the same order, so that replicate i of
// both used the same resample. It returns ErrOption if the numbers of replicates differ.
func (e Estimate) Minus(o Estimate) (Estimate, error) {
	if len(e.Replicates) != len(o.Replicates) {
		return Estimate{}, fmt.Errorf("%w: %d and %d replicates", ErrOption, len(e.Replicates), len(o.Replicates))
	}
	d := Estimate{Value: e.Value - o.Value, Replicates: make([]float64, len(e.Replicates))}
	for i := range d.Replicates {
		d.Replicates[i] = e.Replicates[i] - o.Replicates[i]
	}
	return d, nil
}

// BootstrapOptions tune resampling; nil means the zero value.
type BootstrapOptions struct {
	Samples int    // resamples, at most 1,000,000; 0 means 1000
	Seed    uint64 // the same seed on the same data gives the same replicates, whatever the number of CPUs
}

// Verification are the 1:1 figures with their replicates.
type Verification struct {
	EER, AUC Estimate
	TAR      []Estimate // TAR at each asked FAR, in that order; Curve.TARAtFAR
}

// BootstrapPairs resamples pairs: as many genuine and as many impostor pairs as there are, each drawn with replacement.
// Take it where the pairs are nearly independent, as LFW's are. fars are the wanted false accept rates, in [0, 1].
// Errors are those of ROC, and ErrOption.
func BootstrapPairs(genuine, impostor []float64, fars []float64, o *BootstrapOptions) (Verification, error) {
	if err := checkScores("genuine", genuine); err != nil {
		return Verification{}, err
	}
	if err := checkScores("impostor", impostor); err != nil {
		return Verification{}, err
	}
	r := newRanked(len(genuine)+len(impostor), func(i int) (float64, bool) {
		if i < len(genuine) {
			return genuine[i], true
		}
		return impostor[i-len(genuine)], false
	})
	return bootstrap(r, fars, o, func(rng *rand.Rand, w []int64) {
		draw(rng, w[:len(genuine)])
		draw(rng, w[len(genuine):])
	})
}

// Comparison is a scored pair of photos of the people A and B, any numbers that tell people apart; it is genuine if A
// == B.
type Comparison struct {
	A, B  int
	Score float64
}

// BootstrapPeople resamples people: as many as there are, each drawn with replacement; a genuine pair counts as often
// as its person was drawn, an impostor pair as often as both were (the product). So it accounts for what pairs of one
// person have in common; take it for all-against-all scores. A resample without genuine or without impostor pairs is
// drawn again. Errors are those of ROC, and ErrOption.
func BootstrapPeople(c []Comparison, fars []float64, o *BootstrapOptions) (Verification, error) {
	var people []int
	var n [2]int
	for i, p := range c {
		if !validScore(p.Score) {
			return Verification{}, fmt.Errorf("%w: score %d is %v", ErrScore, i, p.Score)
		}
		n[btoi(p.A == p.B)]++
		people = append(people, p.A, p.B)
	}
	if n[0] == 0 || n[1] == 0 {
		return Verification{}, fmt.Errorf("%w: %d genuine, %d impostor", ErrEmpty, n[1], n[0])
	}
	slices.Sort(people)
	people = slices.Compact(people)
	a, b := make([]int32, len(c)), make([]int32, len(c))
	for i, p := range c {
		x, _ := slices.BinarySearch(people, p.A)
		y, _ := slices.BinarySearch(people, p.B)
		a[i], b[i] = int32(x), int32(y)
	}
	r := newRanked(len(c), func(i int) (float64, bool) { return c[i].Score, c[i].A == c[i].B })
	return bootstrap(r, fars, o, func(rng *rand.Rand, w []int64) {
		times := make([]int64, len(people))
		for try := 0; try < 1000; try++ {
			draw(rng, times)
			var sum [2]int64
			for i := range w {
				w[i] = times[a[i]]
				if a[i] != b[i] {
					w[i] *= times[b[i]]
				}
				sum[btoi(a[i] == b[i])] += w[i]
			}
			if sum[0] > 0 && sum[1] > 0 {
				return
			}
		}
		for i := range w { // hopelessly few people: the data as they are
			w[i] = 1
		}
	})
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// draw overwrites w with how often each of len(w) units comes up in len(w) draws.
func draw(rng *rand.Rand, w []int64) {
	clear(w)
	for range w {
		w[rng.IntN(len(w))]++
	}
}

// ranked is a list of comparisons by descending score, so that a resample is one pass over weights.
type ranked struct {
	order   []int32 // index of the comparison
	genuine []bool  // by rank
	last    []bool  // by rank: the last of those with its score
}

func newRanked(n int, at func(int) (score float64, genuine bool)) ranked {
	type item struct {
		score float64
		index int32
	}
	items := make([]item, n)
	for i := range items {
		s, _ := at(i)
		items[i] = item{s, int32(i)}
	}
	slices.SortFunc(items, func(a, b item) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return int(a.index) - int(b.index)
	})
	r := ranked{make([]int32, n), make([]bool, n), make([]bool, n)}
	for k, it := range items {
		r.order[k] = it.index
		_, r.genuine[k] = at(int(it.index))
		r.last[k] = k+1 == n || items[k+1].score != it.score
	}
	return r
}

// figures computes what Curve does, for weighted comparisons: tar[k] at fars[k], the EER and the AUC.
func (r ranked) figures(w []int64, fars, tar []float64) (eer, auc float64) {
	var total, at, before [2]int64
	for k, i := range r.order {
		total[btoi(r.genuine[k])] += w[i]
	}
	g, n := float64(total[1]), float64(total[0])
	clear(tar)
	eer = math.NaN()
	for k, i := range r.order {
		at[btoi(r.genuine[k])] += w[i]
		if !r.last[k] || at == before {
			continue
		}
		t0, f0 := float64(before[1])/g, float64(before[0])/n
		t1, f1 := float64(at[1])/g, float64(at[0])/n
		for j, f := range fars {
			if f1 <= f {
				tar[j] = t1
			}
		}
		auc += (f1 - f0) * (t0 + t1) / 2
		if math.IsNaN(eer) && f1 >= 1-t1 {
			eer, _ = cross(t0, f0, t1, f1)
		}
		before = at
	}
	return eer, auc
}

func bootstrap(r ranked, fars []float64, o *BootstrapOptions,
	resample func(*rand.Rand, []int64)) (Verification, error) {
	for _, f := range fars {
		if !(f >= 0 && f <= 1) {
			return Verification{}, fmt.Errorf("%w: FAR %v", ErrOption, f)
		}
	}
	if len(r.order) > math.MaxInt32 {
		return Verification{}, fmt.Errorf("%w: %d pairs are more than the bootstrap takes", ErrOption, len(r.order))
	}
	n, err := o.samples()
	if err != nil {
		return Verification{}, err
	}
	v := Verification{TAR: make([]Estimate, len(fars))}
	w, tar := make([]int64, len(r.order)), make([]float64, len(fars))
	for i := range w {
		w[i] = 1
	}
	v.EER.Value, v.AUC.Value = r.figures(w, fars, tar)
	v.EER.Replicates, v.AUC.Replicates = make([]float64, n), make([]float64, n)
	for j := range fars {
		v.TAR[j] = Estimate{tar[j], make([]float64, n)}
	}
	replicate(n, o.seed(), func() func(*rand.Rand, int) {
		w, tar := make([]int64, len(r.order)), make([]float64, len(fars))
		return func(rng *rand.Rand, k int) {
			resample(rng, w)
			v.EER.Replicates[k], v.AUC.Replicates[k] = r.figures(w, fars, tar)
			for j := range tar {
				v.TAR[j].Replicates[k] = tar[j]
			}
		}
	})
	return v, nil
}

func (o *BootstrapOptions) samples() (int, error) {
	switch {
	case o == nil || o.Samples == 0:
		return 1000, nil
	case o.Samples < 0 || o.Samples > 1e6:
		return 0, fmt.Errorf("%w: %d resamples", ErrOption, o.Samples)
	}
	return o.Samples, nil
}

func (o *BootstrapOptions) seed() uint64 {
	if o == nil {
		return 0
	}
	return o.Seed
}

// replicate runs n resamples on all CPUs, each with its own random stream; worker makes one worker's function.
func replicate(n int, seed uint64, worker func() func(*rand.Rand, int)) {
	var wg sync.WaitGroup
	workers := min(n, runtime.GOMAXPROCS(0))
	for w := range workers {
		wg.Go(func() {
			f := worker()
			for k := w; k < n; k += workers {
				f(rand.New(rand.NewPCG(seed, uint64(k))), k)
			}
		})
	}
	wg.Wait()
}
