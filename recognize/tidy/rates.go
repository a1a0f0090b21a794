package tidy

import (
	"math"
	"sort"
)

// rates is a Curve read backwards: which share of strangers reaches a score, between points on straight lines in the
// rate's logarithm.
type rates struct {
	score, log []float64 // rising, falling
}

const (
	strictest  = -12.0 // logarithm to base 10 of the least rate
	perTenfold = 4     // points
)

func ratesOf(c Curve) rates {
	var r rates
	for i := 1; i <= -strictest*perTenfold; i++ {
		l := -float64(i) / perTenfold
		if s := c.Threshold(math.Pow(10, l)); len(r.score) == 0 || s > r.score[len(r.score)-1] {
			r.score, r.log = append(r.score, s), append(r.log, l)
		}
	}
	return r
}

// at returns the rate at a score, in [1e-12, 1].
func (r rates) at(s float64) float64 {
	i := sort.SearchFloat64s(r.score, s)
	switch {
	case i == 0 && r.score[0] > s:
		return 1
	case i == len(r.score):
		return math.Pow(10, strictest)
	case i == 0:
		return math.Pow(10, r.log[0])
	}
	x := (s - r.score[i-1]) / (r.score[i] - r.score[i-1])
	return math.Pow(10, r.log[i-1]+x*(r.log[i]-r.log[i-1]))
}
