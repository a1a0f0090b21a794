package loss

import "math"

// The functions of this file take probabilities, for those that have no logits. They clip as PyTorch's BCELoss does, so
// that p = 0 and p = 1 are fine: −log p counts at most MaxNegLog, and the gradient divides by no less than minProb.
// Where there are logits the other functions are better: nothing needs to be clipped there, and 1−p keeps its digits.

// MaxNegLog is the largest −log p of a probability: that of p = 0, and of all below e^−100.
const MaxNegLog = 100

const minProb = 1e-12 // the least p that a gradient divides by

// CrossEntropyProb is CrossEntropySoft on probabilities p in place of logits: −Σ_j t_ij log p_ij, where −log p is at
// most MaxNegLog. p and t are n × classes, row-major; p's rows need not sum to 1. dp is overwritten with the gradient
// with respect to p, −t/p with p no less than 1e-12; nil skips it, and it may be p itself. Class numbers become targets
// by OneHot. It panics as CrossEntropySoft does, and if a probability is outside [0, 1] (by more than 1e-6) or NaN.
func CrossEntropyProb[T Float](dp, p, t []T, classes int, o *Options) float64 {
	return FocalProb(dp, p, t, classes, 0, o)
}

// FocalProb is FocalSoft on probabilities; see CrossEntropyProb for what is clipped.
func FocalProb[T Float](dp, p, t []T, classes int, gamma float64, o *Options) float64 {
	if !(gamma >= 0) || math.IsInf(gamma, 1) {
		panic(errGamma)
	}
	if o == nil {
		o = &Options{}
	}
	n := checkSoft(dp, p, t, classes, o)
	norm := o.norm(n, func(i int) float64 { return mass(o, t[i*classes:(i+1)*classes]) })
	var total float64
	for i, v := range p {
		q := probability(v)
		w := o.smooth(float64(t[i]), classes) * weight(o.Weights, i%classes)
		value, slope := probTerm(q, 1-q, gamma)
		total += w * value
		if dp != nil {
			dp[i] = T(-norm * w * slope)
		}
	}
	return total * norm
}

// BinaryCrossEntropyProb is BinaryCrossEntropy on probabilities p of the answer 1 in place of logits: n of them, n
// targets in [0, 1]; see CrossEntropyProb for what is clipped.
func BinaryCrossEntropyProb[T Float](dp, p, t []T, o *Options) float64 {
	n, o := checkBinary(dp, p, t, o)
	w0, w1 := weight(o.Weights, 0), weight(o.Weights, 1)
	return binaryProb(dp, p, t, w0, w1, 0, o, n)
}

// BinaryFocalProb is BinaryFocal on probabilities of the answer 1; see CrossEntropyProb for what is clipped.
func BinaryFocalProb[T Float](dp, p, t []T, alpha, gamma float64, o *Options) float64 {
	n, o := checkBinaryFocal(dp, p, t, alpha, gamma, o)
	return binaryProb(dp, p, t, 1-alpha, alpha, gamma, o, n)
}

func binaryProb[T Float](dp, p, t []T, w0, w1, gamma float64, o *Options, n int) float64 {
	if n == 0 {
		return 0
	}
	norm := o.norm(n, func(i int) float64 { return float64(t[i])*w1 + (1-float64(t[i]))*w0 })
	var total float64
	for i, v := range p {
		q := probability(v)
		ti := o.smooth(float64(t[i]), 2)
		value1, slope1 := probTerm(q, 1-q, gamma)
		value0, slope0 := probTerm(1-q, q, gamma)
		total += w1*ti*value1 + w0*(1-ti)*value0
		if dp != nil {
			dp[i] = T(norm * (w0*(1-ti)*slope0 - w1*ti*slope1))
		}
	}
	return total * norm
}

// probTerm is Term from a probability, clipped, with slope = −d value / dp.
func probTerm(p, q, gamma float64) (value, slope float64) {
	value, slope = Term(p, q, -min(-math.Log(p), MaxNegLog), gamma)
	return value, slope / max(p, minProb)
}

// probability is v, of which rounding may have made a little more than 1.
func probability[T Float](v T) float64 {
	if !(v >= 0 && v <= 1+1e-6) {
		panic(errProb)
	}
	return min(float64(v), 1)
}
