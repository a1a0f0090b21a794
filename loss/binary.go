package loss

import "math"

// BinaryCrossEntropy returns −[t log p + (1−t) log(1−p)] over the samples, reduced as o says, with p = 1/(1+exp(−z)).
//
// z holds n logits, t n targets in [0, 1]. dz of length n is overwritten with the gradient; nil skips it, and it may
// be z itself. It is stable for any finite logit: at z = 800, t = 0 the loss is 800. It panics if lengths disagree,
// a target is outside [0, 1] or a logit is not finite. No samples: 0.
func BinaryCrossEntropy[T Float](dz, z, t []T, o *Options) float64 {
	n, o := checkBinary(dz, z, t, o)
	if n == 0 {
		return 0
	}
	w0, w1 := weight(o.Weights, 0), weight(o.Weights, 1)
	norm := o.norm(n, func(i int) float64 { return float64(t[i])*w1 + (1-float64(t[i]))*w0 })
	var total float64
	for i := range z {
		zi := finite(z[i])
		ti := o.smooth(float64(t[i]), 2)
		a, b := w1*ti, w0*(1-ti)
		p, q := sigmoid(zi), sigmoid(-zi)
		// −log p = softplus(−z), −log(1−p) = softplus(z)
		if a != 0 {
			total += a * softplus(-zi)
		}
		if b != 0 {
			total += b * softplus(zi)
		}
		if dz != nil {
			dz[i] = T(norm * (b*p - a*q))
		}
	}
	return total * norm
}

// BinaryFocal returns −α_t (1−p_t)^γ log p_t over the samples (Lin et al., ICCV 2017, eq. 5), reduced as o says:
// p_t = p and α_t = alpha where the target is 1, 1−p and 1−alpha where it is 0. RetinaNet uses alpha = 0.25, γ = 2.
// A target between them weighs both terms: t·(that of 1) + (1−t)·(that of 0). o.Weights must be nil, alpha stands for
// it. With γ = 0 and alpha = 0.5 it is half of BinaryCrossEntropy. Arguments are those of BinaryCrossEntropy; it panics
// too if alpha is outside [0, 1] or gamma < 0.
func BinaryFocal[T Float](dz, z, t []T, alpha, gamma float64, o *Options) float64 {
	n, o := checkBinaryFocal(dz, z, t, alpha, gamma, o)
	if n == 0 {
		return 0
	}
	norm := o.norm(n, func(i int) float64 { return float64(t[i])*alpha + (1-float64(t[i]))*(1-alpha) })
	var total float64
	for i := range z {
		zi := finite(z[i])
		ti := o.smooth(float64(t[i]), 2)
		a, b := alpha*ti, (1-alpha)*(1-ti)
		p, q := sigmoid(zi), sigmoid(-zi)
		value1, slope1 := Term(p, q, -softplus(-zi), gamma)
		value0, slope0 := Term(q, p, -softplus(zi), gamma)
		if a != 0 {
			total += a * value1
		}
		if b != 0 {
			total += b * value0
		}
		if dz != nil {
			dz[i] = T(norm * (b*slope0*p - a*slope1*q))
		}
	}
	return total * norm
}

func checkBinaryFocal[T Float](dz, z, t []T, alpha, gamma float64, o *Options) (int, *Options) {
	n, o := checkBinary(dz, z, t, o)
	switch {
	case !(alpha >= 0 && alpha <= 1):
		panic(errAlpha)
	case !(gamma >= 0) || math.IsInf(gamma, 1):
		panic(errGamma)
	case o.Weights != nil:
		panic(errWeights)
	}
	return n, o
}

func checkBinary[T Float](dz, z, t []T, o *Options) (int, *Options) {
	if len(z) != len(t) || dz != nil && len(dz) != len(z) {
		panic(errShape)
	}
	if o == nil {
		o = &Options{}
	}
	checkOptions(o, 2)
	for _, v := range t {
		if !(v >= 0 && v <= 1) {
			panic(errTarget)
		}
	}
	return len(z), o
}

func finite[T Float](v T) float64 {
	f := float64(v)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		panic(errNaN)
	}
	return f
}

func sigmoid(z float64) float64 {
	if z >= 0 {
		return 1 / (1 + math.Exp(-z))
	}
	e := math.Exp(z)
	return e / (1 + e)
}

// softplus is log(1+exp(z)).
func softplus(z float64) float64 {
	return math.Max(z, 0) + math.Log1p(math.Exp(-math.Abs(z)))
}
