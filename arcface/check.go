package arcface

import "math"

const (
	errShape  = "arcface: dimension mismatch"
	errLabel  = "arcface: label out of range"
	errSample = "arcface: sampled classes must be ascending, in range and hold every label"
	errFinite = "arcface: x or W is not finite"
	errMargin = "arcface: margin out of range"
	errGamma  = "arcface: gamma must be finite and >= 0"
	errAlpha  = "arcface: alpha must be one finite number >= 0 per class"
	errSmooth = "arcface: smoothing must be in [0, 1), and 0 with sub-centers or gamma"
)

// tinyNorm is the norm up to which a row counts as zero: 1/norm would leave the range of float32.
const tinyNorm = 1e-30

// problem is the shape of one call, for the checks that both precisions share.
type problem struct {
	n, d, classes, k int
	wRows, wCols     int
	dXRows, dXCols   int
	dWRows, dWCols   int
	dXNil, dWNil     bool
	smoothing        float64
}

// check panics unless everything fits; classes is the sample, nil for all.
func (p *problem) check(y, classes []int, alpha []float64, m Margin, gamma float64) {
	m.check()
	if !(gamma >= 0) || math.IsInf(gamma, 1) {
		panic(errGamma)
	}
	if !(p.smoothing >= 0 && p.smoothing < 1) || p.smoothing > 0 && (p.k > 1 || gamma > 0) {
		panic(errSmooth)
	}
	if p.classes*p.k != p.wRows || p.classes == 0 || p.d == 0 || p.d != p.wCols || len(y) != p.n {
		panic(errShape)
	}
	if alpha != nil && len(alpha) != p.classes {
		panic(errAlpha)
	}
	for _, a := range alpha {
		if !(a >= 0) || math.IsInf(a, 1) {
			panic(errAlpha)
		}
	}
	rows := p.wRows
	if classes != nil {
		rows = len(classes) * p.k
		last := -1
		for _, c := range classes {
			if c <= last || c >= p.classes {
				panic(errSample)
			}
			last = c
		}
	}
	if !p.dXNil && (p.dXRows != p.n || p.dXCols != p.d) || !p.dWNil && (p.dWRows != rows || p.dWCols != p.d) {
		panic(errShape)
	}
	for _, l := range y {
		if l < 0 || l >= p.classes {
			panic(errLabel)
		}
		if classes != nil && find(classes, l) < 0 {
			panic(errSample)
		}
	}
}

// find returns the position of v in ascending s, or −1.
func find(s []int, v int) int {
	lo, hi := 0, len(s)
	for lo < hi {
		m := int(uint(lo+hi) >> 1)
		if s[m] < v {
			lo = m + 1
		} else {
			hi = m
		}
	}
	if lo < len(s) && s[lo] == v {
		return lo
	}
	return -1
}
