package loss

import "math"

// CrossEntropySoft is CrossEntropy with a distribution over the classes as each sample's target: −Σ_j t_ij log p_ij.
// t is n × classes, row-major, as z: values in [0, 1] that sum to 1 in each row, one-hot rows (see OneHot) or label
// distributions as of mixup or distillation. Smoothing makes them (1−ε)·t + ε/c. One-hot rows give what class numbers
// give. With WeightedMean the divisor is Σ_ij w_j t_ij. It panics as CrossEntropy does, and if a row of t is not a
// distribution (its sum may be off by 1e-3).
func CrossEntropySoft[T Float](dz, z, t []T, classes int, o *Options) float64 {
	return soft(dz, z, t, classes, 0, o)
}

// FocalSoft is Focal with a distribution as target: −Σ_j α_j t_ij (1−p_ij)^γ log p_ij; see CrossEntropySoft. For
// one-hot targets it is eq. 5 of Lin et al.; a mixture weighs the terms of its classes.
func FocalSoft[T Float](dz, z, t []T, classes int, gamma float64, o *Options) float64 {
	if !(gamma >= 0) || math.IsInf(gamma, 1) {
		panic(errGamma)
	}
	return soft(dz, z, t, classes, gamma, o)
}

// OneHot returns the n × classes targets, row-major, of class numbers: 1 at the class of each row, else 0. It panics
// for a class outside [0, classes).
func OneHot[T Float](y []int, classes int) []T {
	t := make([]T, len(y)*classes)
	for i, l := range y {
		if l < 0 || l >= classes {
			panic(errLabel)
		}
		t[i*classes+l] = 1
	}
	return t
}

func soft[T Float](dz, z, t []T, c int, gamma float64, o *Options) float64 {
	if o == nil {
		o = &Options{}
	}
	n := checkSoft(dz, z, t, c, o)
	norm := o.norm(n, func(i int) float64 { return mass(o, t[i*c:(i+1)*c]) })
	var total float64
	for i := range n {
		ti := t[i*c : (i+1)*c]
		var di []T
		if dz != nil {
			di = dz[i*c : (i+1)*c]
		}
		total += softRow(di, z[i*c:(i+1)*c], func(j int) float64 {
			return o.smooth(float64(ti[j]), c) * weight(o.Weights, j)
		}, gamma, norm)
	}
	return total * norm
}

// softRow is one sample whose class j counts target(j) times, which the weights are part of: the loss, unreduced, and
// norm times its gradient. dz may be z.
func softRow[T Float](dz, z []T, target func(j int) float64, gamma, norm float64) float64 {
	top := maxOf(z)
	best := 0 // the first of the largest: only its 1−p could lose digits
	for j, v := range z {
		if float64(v) == top {
			best = j
			break
		}
	}
	var rest float64
	for j, v := range z {
		if j != best {
			rest += math.Exp(float64(v) - top)
		}
	}
	sum := rest + 1
	prob := func(j int) (p, q float64) {
		if j == best {
			return 1 / sum, rest / sum
		}
		p = math.Exp(float64(z[j])-top) / sum
		return p, 1 - p
	}
	// slopes[j] = target·slope; the gradient is p_k·Σ_j slopes[j] − slopes[k].
	var value, all float64
	slope := func(j int) (v, s float64) {
		w := target(j)
		if w == 0 {
			return 0, 0
		}
		p, q := prob(j)
		v, s = Term(p, q, logProb(float64(z[j])-top, sum, q), gamma)
		return w * v, w * s
	}
	own := 0.0
	for j := range z {
		v, s := slope(j)
		value += v
		if j == best {
			own = s
		}
		all += s
	}
	if dz == nil {
		return value
	}
	_, qBest := prob(best)
	for j := range z {
		if j != best {
			_, s := slope(j)
			p, _ := prob(j)
			dz[j] = T(norm * (p*all - s))
		}
	}
	// At the largest: p·all − own = (all − own) − q·all, without the cancellation of p·all with own.
	dz[best] = T(norm * ((all - own) - qBest*all))
	return value
}

// smooth is the share of the target that smoothing leaves to a class of c.
func (o *Options) smooth(t float64, c int) float64 {
	if o.Smoothing == 0 {
		return t
	}
	return (1-o.Smoothing)*t + o.Smoothing/float64(c)
}

// mass is Σ_j w_j t_j.
func mass[T Float](o *Options, t []T) (m float64) {
	for j, v := range t {
		m += weight(o.Weights, j) * float64(v)
	}
	return m
}

// checkSoft returns the number of samples.
func checkSoft[T Float](dz, z, t []T, c int, o *Options) int {
	if c <= 0 || len(z)%c != 0 || len(t) != len(z) || dz != nil && len(dz) != len(z) {
		panic(errShape)
	}
	checkOptions(o, c)
	for i := 0; i < len(t); i += c {
		var sum float64
		for _, v := range t[i : i+c] {
			if !(v >= 0 && v <= 1) {
				panic(errTarget)
			}
			sum += float64(v)
		}
		if math.Abs(sum-1) > 1e-3 {
			panic(errSum)
		}
	}
	return len(z) / c
}
