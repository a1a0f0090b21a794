package census

import (
	"math"
	"sort"

	"faceid/gallery"
)

// AtRate returns the threshold for a rate: between two that are kept on a straight line in the rate's logarithm, above
// the loosest that one's. It returns false below the strictest.
func AtRate(list []gallery.CalibratedRate, rate float64) (threshold float64, ok bool) {
	// a rate kept is a little less than asked
	i := sort.Search(len(list), func(i int) bool { return list[i].Rate <= rate*(1+1e-3) })
	switch {
	case i == len(list):
		return 0, false
	case i == 0 || list[i].Rate >= rate*(1-1e-2):
		return list[i].Threshold, true
	}
	a, b := list[i-1], list[i]
	x := math.Log(a.Rate/rate) / math.Log(a.Rate/math.Max(b.Rate, 1e-12))
	return a.Threshold + x*(b.Threshold-a.Threshold), true
}

// AtThreshold returns the rate and its interval at a threshold, as AtRate; above the strictest threshold that one's.
func AtThreshold(list []gallery.CalibratedRate, t float64) (rate, low, high float64) {
	i := sort.Search(len(list), func(i int) bool { return list[i].Threshold >= t-1e-9 })
	switch {
	case len(list) == 0:
		return math.NaN(), 0, 1
	case i == len(list):
		last := list[i-1]
		return last.Rate, 0, last.High
	case i == 0 && list[0].Threshold > t+1e-9:
		return 1, list[0].Low, 1
	case i == 0 || list[i].Threshold <= t+1e-9:
		return list[i].Rate, list[i].Low, list[i].High
	}
	a, b := list[i-1], list[i]
	x := (t - a.Threshold) / (b.Threshold - a.Threshold)
	between := func(a, b float64) float64 {
		a, b = math.Max(a, 1e-12), math.Max(b, 1e-12)
		return a * math.Exp(x*math.Log(b/a))
	}
	return between(a.Rate, b.Rate), between(a.Low, b.Low), between(a.High, b.High)
}
