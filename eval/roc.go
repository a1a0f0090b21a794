package eval

import (
	"fmt"
	"math"
	"slices"
	"sort"
)

// Curve is an exact receiver operating characteristic. Point i is what threshold Threshold[i] does: TAR[i] is the share
// of genuine and FAR[i] the share of impostor pairs with score ≥ Threshold[i].
//
// Thresholds strictly decrease. Threshold[0] is +Inf, where nothing is accepted, so every curve starts at (0, 0); it
// ends at the lowest score with (1, 1). All three slices have the same length; the rates never decrease. Fawcett, "An
// introduction to ROC analysis", Pattern Recognition Letters 27 (2006), algorithm 1.
type Curve struct {
	Threshold []float64
	TAR, FAR  []float64 // in [0, 1]
	Genuine   int       // number of genuine pairs, > 0
	Impostor  int       // number of impostor pairs, > 0
}

// ROC returns the curve of two score lists, in any order. It has one point per distinct score and the one at +Inf. It
// returns ErrEmpty if a list is empty and ErrScore for NaN or +Inf.
func ROC(genuine, impostor []float64) (Curve, error) {
	g, i, err := sortedClasses(genuine, impostor)
	if err != nil {
		return Curve{}, err
	}
	return merge(g, i), nil
}

// ROCLabels is ROC for one list with labels: genuine[i] says whether scores[i] is of one person. It returns ErrOption
// if the lengths differ.
func ROCLabels(scores []float64, genuine []bool) (Curve, error) {
	if len(scores) != len(genuine) {
		return Curve{}, fmt.Errorf("%w: %d scores, %d labels", ErrOption, len(scores), len(genuine))
	}
	var g, i []float64
	for k, s := range scores {
		if genuine[k] {
			g = append(g, s)
		} else {
			i = append(i, s)
		}
	}
	return ROC(g, i)
}

// sortedClasses returns descending copies of both lists, or what is wrong with them.
func sortedClasses(genuine, impostor []float64) (g, i []float64, err error) {
	if err := checkScores("genuine", genuine); err != nil {
		return nil, nil, err
	}
	if err := checkScores("impostor", impostor); err != nil {
		return nil, nil, err
	}
	return descending(genuine), descending(impostor), nil
}

func checkScores(class string, s []float64) error {
	if len(s) == 0 {
		return fmt.Errorf("%w: no %s scores", ErrEmpty, class)
	}
	for i, v := range s {
		if !validScore(v) {
			return fmt.Errorf("%w: %s score %d is %v", ErrScore, class, i, v)
		}
	}
	return nil
}

func validScore(v float64) bool { return v <= math.MaxFloat64 } // false for NaN and +Inf

func descending(s []float64) []float64 {
	d := slices.Clone(s)
	slices.Sort(d)
	slices.Reverse(d)
	return d
}

// merge makes the curve of two descending lists.
func merge(g, i []float64) Curve {
	n := distinct(g, i) + 1
	buf := make([]float64, 3*n)
	c := Curve{
		Threshold: buf[:0:n], TAR: buf[n : n : 2*n], FAR: buf[2*n : 2*n : 3*n],
		Genuine: len(g), Impostor: len(i),
	}
	c.add(math.Inf(1), 0, 0)
	for a, b := 0, 0; a < len(g) || b < len(i); {
		t := math.Inf(-1)
		if a < len(g) {
			t = g[a]
		}
		if b < len(i) && i[b] > t {
			t = i[b]
		}
		for a < len(g) && g[a] == t {
			a++
		}
		for b < len(i) && i[b] == t {
			b++
		}
		c.add(t, a, b)
	}
	return c
}

func (c *Curve) add(threshold float64, genuine, impostor int) {
	c.Threshold = append(c.Threshold, threshold)
	c.TAR = append(c.TAR, float64(genuine)/float64(c.Genuine))
	c.FAR = append(c.FAR, float64(impostor)/float64(c.Impostor))
}

// distinct counts the values of two descending lists.
func distinct(g, i []float64) int {
	n := 0
	for a, b := 0, 0; a < len(g) || b < len(i); n++ {
		t := math.Inf(-1)
		if a < len(g) {
			t = g[a]
		}
		if b < len(i) && i[b] > t {
			t = i[b]
		}
		for a < len(g) && g[a] == t {
			a++
		}
		for b < len(i) && i[b] == t {
			b++
		}
	}
	return n
}

// TARAtFAR returns the largest true accept rate whose false accept rate is at most far, and the threshold that gives
// it; no interpolation. Of several thresholds with that rate it is the highest, the one with the least FAR. With N
// impostor pairs the smallest non-zero FAR is 1/N: LFW has 3,000, so far below 1/3000 means that none is accepted. If
// the best impostor beats every genuine pair that is (0, +Inf). A negative or NaN far gives (0, +Inf) as well.
func (c Curve) TARAtFAR(far float64) (tar, threshold float64) {
	n := sort.Search(len(c.FAR), func(i int) bool { return !(c.FAR[i] <= far) })
	if n == 0 {
		return 0, math.Inf(1)
	}
	tar = c.TAR[n-1]
	first := sort.SearchFloat64s(c.TAR[:n], tar)
	return tar, c.Threshold[first]
}

// At returns the rates of any threshold, which need not be a point of the curve. NaN accepts nothing.
func (c Curve) At(threshold float64) (tar, far float64) {
	n := sort.Search(len(c.Threshold), func(i int) bool { return !(c.Threshold[i] >= threshold) })
	if n == 0 {
		return 0, 0
	}
	return c.TAR[n-1], c.FAR[n-1]
}

// EER returns the equal error rate, in [0, 1]: where FAR = 1−TAR on the straight lines between the curve's points, and
// the threshold, of the two points that enclose it, at which FAR and 1−TAR differ least.
func (c Curve) EER() (eer, threshold float64) {
	i := sort.Search(len(c.FAR), func(i int) bool { return c.FAR[i] >= 1-c.TAR[i] })
	if i == 0 || i == len(c.FAR) { // not a curve made by this package
		return math.NaN(), math.NaN()
	}
	eer, first := cross(c.TAR[i-1], c.FAR[i-1], c.TAR[i], c.FAR[i])
	if first && i > 1 {
		return eer, c.Threshold[i-1]
	}
	return eer, c.Threshold[i]
}

// cross finds FAR = 1−TAR between a point before and one at or past it; first says that the first is nearer to it.
func cross(tar0, far0, tar1, far1 float64) (eer float64, first bool) {
	d0, d1 := 1-tar0-far0, tar1+far1-1
	if !(d0+d1 > 0) {
		return far1, false
	}
	return far0 + d0/(d0+d1)*(far1-far0), d0 < d1
}

// AUC returns the area under the curve, in [0, 1]: the chance that a random genuine pair scores higher than a random
// impostor pair, ties counting half (Hanley and McNeil, Radiology 143, 1982).
func (c Curve) AUC() float64 {
	var a float64
	for i := 1; i < len(c.TAR); i++ {
		a += (c.FAR[i] - c.FAR[i-1]) * (c.TAR[i] + c.TAR[i-1]) / 2
	}
	return a
}

// Corners returns the curve without the points that lie on the straight line between their neighbours: the same steps,
// EER and AUC, and far fewer points where one class is much larger than the other. TARAtFAR is the same too. Slices are
// new.
func (c Curve) Corners() Curve {
	o := Curve{Genuine: c.Genuine, Impostor: c.Impostor}
	for i := range c.Threshold {
		if i > 0 && i+1 < len(c.Threshold) &&
			(c.TAR[i-1] == c.TAR[i] && c.TAR[i] == c.TAR[i+1] || c.FAR[i-1] == c.FAR[i] && c.FAR[i] == c.FAR[i+1]) {
			continue
		}
		o.Threshold = append(o.Threshold, c.Threshold[i])
		o.TAR = append(o.TAR, c.TAR[i])
		o.FAR = append(o.FAR, c.FAR[i])
	}
	return o
}
