package eval

import (
	"fmt"
	"math"
)

// Fold is one fold of a protocol: the scores of its genuine and impostor pairs.
type Fold struct{ Genuine, Impostor []float64 }

// KFoldResult is the accuracy of LFW's View 2 protocol.
type KFoldResult struct {
	Accuracy   float64   // mean over the folds, in [0, 1]
	StdErr     float64   // standard error of that mean: the folds' sample standard deviation over √folds
	Folds      []float64 // accuracy of each fold, in [0, 1]
	Thresholds []float64 // threshold[i] was chosen on all folds but i
}

// KFold returns the accuracy over folds with the threshold for each chosen on the others: for LFW's ten folds the
// figure that everybody reports (Huang and Learned-Miller, "Labeled Faces in the Wild: Updates and New Reporting
// Procedures", 2014). Accuracy is the share of right decisions, genuine and impostor alike; the standard error is
// σ/√10 with σ² = Σ(pᵢ−p)²/9.
//
// The threshold is exact: every place between two neighbouring scores of the other folds is tried, as are below all and
// above all, and it lies half-way between them. Of equally accurate places the middle one is taken (of an even number,
// the higher of the two middle ones), which favours neither kind of error.
//
// It returns ErrOption for fewer than two folds, ErrEmpty if a fold has no pairs or all others together have no genuine
// or no impostor pair, and ErrScore for NaN or +Inf.
func KFold(folds []Fold) (KFoldResult, error) {
	if len(folds) < 2 {
		return KFoldResult{}, fmt.Errorf("%w: %d folds", ErrOption, len(folds))
	}
	r := KFoldResult{Folds: make([]float64, len(folds)), Thresholds: make([]float64, len(folds))}
	var g, i []float64
	for k, f := range folds {
		if len(f.Genuine)+len(f.Impostor) == 0 {
			return KFoldResult{}, fmt.Errorf("%w: fold %d is empty", ErrEmpty, k)
		}
		g, i = g[:0], i[:0]
		for j, o := range folds {
			if j != k {
				g, i = append(g, o.Genuine...), append(i, o.Impostor...)
			}
		}
		t, err := BestThreshold(g, i)
		if err != nil {
			return KFoldResult{}, fmt.Errorf("eval: folds without %d: %w", k, err)
		}
		r.Thresholds[k] = t
		right := 0
		for _, s := range f.Genuine {
			if s >= t {
				right++
			}
		}
		for _, s := range f.Impostor {
			if s < t {
				right++
			}
		}
		r.Folds[k] = float64(right) / float64(len(f.Genuine)+len(f.Impostor))
		r.Accuracy += r.Folds[k]
	}
	r.Accuracy /= float64(len(folds)) // now, not each fold: ten perfect ones are 1, not a little less
	var ss float64
	for _, p := range r.Folds {
		ss += (p - r.Accuracy) * (p - r.Accuracy)
	}
	n := float64(len(folds))
	r.StdErr = math.Sqrt(ss/(n-1)) / math.Sqrt(n)
	return r, nil
}

// BestThreshold returns the threshold with the most right decisions on these scores, as KFold chooses it. It is
// +Inf when accepting nothing is best. It returns ErrEmpty and ErrScore as ROC does.
func BestThreshold(genuine, impostor []float64) (float64, error) {
	g, i, err := sortedClasses(genuine, impostor)
	if err != nil {
		return 0, err
	}
	best, places := -1, []float64(nil)
	prev := math.Inf(1) // the lowest score accepted so far
	for a, b := 0, 0; ; {
		next := math.Inf(-1)
		if a < len(g) {
			next = g[a]
		}
		if b < len(i) && i[b] > next {
			next = i[b]
		}
		if right := a + len(i) - b; right >= best {
			if right > best {
				best, places = right, places[:0]
			}
			places = append(places, between(next, prev))
		}
		if a == len(g) && b == len(i) {
			break
		}
		for a < len(g) && g[a] == next {
			a++
		}
		for b < len(i) && i[b] == next {
			b++
		}
		prev = next
	}
	return places[(len(places)-1)/2], nil
}

// between returns a threshold that accepts hi and refuses lo < hi.
func between(lo, hi float64) float64 {
	if math.IsInf(lo, -1) || math.IsInf(hi, 1) {
		return hi
	}
	if m := lo/2 + hi/2; m > lo && m <= hi {
		return m
	}
	return hi
}
