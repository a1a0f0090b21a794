package calibrate

import "math"

// Moments are those of the scores between different people.
type Moments struct {
	Mean, SD float64
	Skewness float64 // third central moment over SD³; 0 for a normal curve
	Kurtosis float64 // fourth central moment over SD⁴, less 3; 0 for a normal curve
}

// MomentsOf returns the moments of scores, dividing by their number; all zero where there are fewer than two or all are
// equal. Two passes: the mean first, so that nothing cancels.
func MomentsOf(scores []float64) Moments {
	var m Moments
	if len(scores) < 2 {
		return m
	}
	n := float64(len(scores))
	for _, s := range scores {
		m.Mean += s / n
	}
	var v, c, q float64
	for _, s := range scores {
		d := s - m.Mean
		v += d * d
		c += d * d * d
		q += d * d * d * d
	}
	v, c, q = v/n, c/n, q/n
	if v < 1e-18 {
		return m
	}
	m.SD = math.Sqrt(v)
	m.Skewness, m.Kurtosis = c/(v*m.SD), q/(v*v)-3
	return m
}
