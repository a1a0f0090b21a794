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

// StrangersAt is the share of strangers taken for somebody among so many people, by the calibration.
func StrangersAt(c *gallery.Calibration, enrolled int, t float64) float64 {
	if len(c.FPIR) == 0 {
		far, _, _ := AtThreshold(c.FAR, t)
		return FalsePositive(far, enrolled)
	}
	rate, _, _ := AtThreshold(c.FPIR, t)
	if last := c.FPIR[len(c.FPIR)-1]; t > last.Threshold { // beyond what searches show: no more than pairs have
		far, _, _ := AtThreshold(c.FAR, t)
		return math.Min(last.Rate, FalsePositive(far, enrolled))
	}
	return math.Min(1, rate*float64(enrolled)/float64(max(c.Enrolled, 1)))
}

// FalsePositive is the chance that a stranger passes among n people when one comparison passes with rate far: 1 − (1 −
// far)^n, as if comparisons were independent.
func FalsePositive(far float64, n int) float64 {
	return -math.Expm1(float64(n) * math.Log1p(-far))
}

// Least is the smallest share of strangers, among so many people, that a threshold is kept for: per mille, rounded up.
// It is 0 where there is none.
func Least(c *gallery.Calibration, enrolled int) float64 {
	if len(c.FPIR) == 0 {
		return 0
	}
	least := 1.0
	for _, r := range c.FPIR {
		least = min(least, r.Rate*float64(enrolled)/float64(max(c.Enrolled, 1)))
	}
	if least = math.Ceil(1000*least-1e-6) / 1000; least >= 1 {
		return 0
	}
	return least
}

// Needed is how many people taken out in turn, or strangers, it takes for a threshold by an FPIR to be kept: that of
// the next rate kept that is not above it.
func Needed(fpir float64, strangers bool) int {
	rule := 1.0
	if strangers {
		rule = 3
	}
	fpir = math.Max(fpir, 1e-8)
	for _, kept := range rates(fpir / 3) {
		if kept <= fpir*(1+1e-3) {
			fpir = kept
			break
		}
	}
	return int(math.Ceil(rule/fpir - 1e-9))
}
