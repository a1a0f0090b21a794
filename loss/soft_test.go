package loss

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// distributions returns n rows of c values ≥ 0 that sum to 1.
func distributions(rng *rand.Rand, n, c int) []float64 {
	t := make([]float64, n*c)
	for i := 0; i < len(t); i += c {
		var sum float64
		for j := range c {
			t[i+j] = rng.ExpFloat64()
			sum += t[i+j]
		}
		for j := range c {
			t[i+j] /= sum
		}
	}
	return t
}

// softmax is the plain definition.
func softmax(z []float64, c int) []float64 {
	p := make([]float64, len(z))
	for i := 0; i < len(z); i += c {
		var sum float64
		for _, v := range z[i : i+c] {
			sum += math.Exp(v)
		}
		for j, v := range z[i : i+c] {
			p[i+j] = math.Exp(v) / sum
		}
	}
	return p
}

// middling moves probabilities into [0.3, 0.9], where a central difference of the logarithm is exact enough.
func middling(p []float64) []float64 {
	m := make([]float64, len(p))
	for i, v := range p {
		m[i] = 0.3 + 0.6*v
	}
	return m
}

// TestSoftIsTheDefinition holds every loss on soft targets, from logits and from probabilities, against the textbook's
// sum, and its gradient against central differences.
func TestSoftIsTheDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 32))
	const n, c = 5, 4
	z, soft := normal(rng, n*c, 2), distributions(rng, n, c)
	hot := OneHot[float64]([]int{0, 3, 1, 1, 2}, c)
	for name, target := range map[string][]float64{"soft": soft, "one-hot": hot} {
		for _, gamma := range []float64{0, 0.5, 2} {
			for _, o := range []*Options{nil, {Weights: []float64{1, 0.2, 3, 0}}, {Smoothing: 0.1, Reduction: Sum},
				{Weights: []float64{1, 2, 3, 4}, Reduction: WeightedMean}} {
				what := fmt.Sprintf("%s γ=%g %+v", name, gamma, o)
				opt := Options{}
				if o != nil {
					opt = *o
				}
				want, mass := 0.0, 0.0
				for i, p := range softmax(z, c) {
					w := weight(opt.Weights, i%c)
					mass += w * target[i]
					want -= w * ((1-opt.Smoothing)*target[i] + opt.Smoothing/c) * math.Pow(1-p, gamma) * math.Log(p)
				}
				want /= map[Reduction]float64{Mean: n, Sum: 1, WeightedMean: mass}[opt.Reduction]
				if got := FocalSoft(nil, z, target, c, gamma, o); math.Abs(got-want) > 1e-12*want {
					t.Errorf("%s: %.15g, want %.15g", what, got, want)
				}
				if got := FocalProb(nil, softmax(z, c), target, c, gamma, o); math.Abs(got-want) > 1e-12*want {
					t.Errorf("%s, probabilities: %.15g, want %.15g", what, got, want)
				}
				checkGrad(t, what, z, func(dz, z []float64) float64 { return FocalSoft(dz, z, target, c, gamma, o) })
				checkGrad(t, what+", probabilities", middling(softmax(z, c)), func(dp, p []float64) float64 {
					return FocalProb(dp, p, target, c, gamma, o)
				})
			}
		}
	}
	if a, b := CrossEntropySoft(nil, z, soft, c, nil), FocalSoft(nil, z, soft, c, 0, nil); a != b {
		t.Errorf("cross-entropy %g, focal with γ = 0 %g", a, b)
	}
	if a, b := CrossEntropyProb(nil, softmax(z, c), soft, c, nil),
		CrossEntropySoft(nil, z, soft, c, nil); math.Abs(a-b) > 1e-12 {
		t.Errorf("from probabilities %g, from logits %g", a, b)
	}
}

// TestOneHotIsTheClass: one-hot rows and class numbers give the same value and gradient, far from 0 too.
func TestOneHotIsTheClass(t *testing.T) {
	rng := rand.New(rand.NewPCG(33, 34))
	const n, c = 6, 5
	y := []int{0, 1, 2, 3, 4, 2}
	for _, size := range []float64{1, 30, 500} {
		z := normal(rng, n*c, size)
		for _, gamma := range []float64{0, 0.5, 2} {
			for _, o := range []*Options{nil, {Weights: []float64{1, 2, 0, 0.5, 1}}, {Smoothing: 0.2}} {
				a, b := make([]float64, n*c), make([]float64, n*c)
				want, got := Focal(a, z, y, gamma, o), FocalSoft(b, z, OneHot[float64](y, c), c, gamma, o)
				if math.Abs(got-want) > 1e-12*math.Max(1, want) {
					t.Errorf("size %g γ=%g: %.15g, want %.15g", size, gamma, got, want)
				}
				for i := range a {
					if math.Abs(a[i]-b[i]) > 1e-12 {
						t.Errorf("size %g γ=%g: gradient %d: %g, want %g", size, gamma, i, b[i], a[i])
					}
				}
			}
		}
	}
}

// TestBinarySoft: targets between 0 and 1 mix the two terms, from logits and from probabilities.
func TestBinarySoft(t *testing.T) {
	rng := rand.New(rand.NewPCG(35, 36))
	z, target := normal(rng, 8, 3), []float64{0, 1, 0.3, 0.9, 0.5, 0, 1, 0.01}
	p := make([]float64, len(z))
	for i, v := range z {
		p[i] = 1 / (1 + math.Exp(-v))
	}
	for _, gamma := range []float64{0, 0.5, 2} {
		for _, o := range []*Options{nil, {Smoothing: 0.1}, {Reduction: WeightedMean}} {
			what := fmt.Sprintf("γ=%g %+v", gamma, o)
			const alpha = 0.25
			eps := 0.0
			if o != nil {
				eps = o.Smoothing
			}
			want, mass := 0.0, 0.0
			for i, v := range p {
				ti := (1-eps)*target[i] + eps/2
				mass += alpha*target[i] + (1-alpha)*(1-target[i])
				want -= alpha*ti*math.Pow(1-v, gamma)*math.Log(v) + (1-alpha)*(1-ti)*math.Pow(v, gamma)*math.Log(1-v)
			}
			if o != nil && o.Reduction == WeightedMean {
				want /= mass
			} else {
				want /= float64(len(z))
			}
			if got := BinaryFocal(nil, z, target, alpha, gamma, o); math.Abs(got-want) > 1e-12*want {
				t.Errorf("%s: %.15g, want %.15g", what, got, want)
			}
			if got := BinaryFocalProb(nil, p, target, alpha, gamma, o); math.Abs(got-want) > 1e-12*want {
				t.Errorf("%s, probabilities: %.15g, want %.15g", what, got, want)
			}
			checkGrad(t, what, z, func(dz, z []float64) float64 { return BinaryFocal(dz, z, target, alpha, gamma, o) })
			checkGrad(t, what+", probabilities", middling(p), func(dp, p []float64) float64 {
				return BinaryFocalProb(dp, p, target, alpha, gamma, o)
			})
		}
	}
	if a, b := BinaryCrossEntropyProb(nil, p, target, nil),
		BinaryCrossEntropy(nil, z, target, nil); math.Abs(a-b) > 1e-12 {
		t.Errorf("from probabilities %g, from logits %g", a, b)
	}
}

// TestSureProbabilities: p = 0 and p = 1 are answers, not a panic: −log p stops at MaxNegLog, and all stays finite.
func TestSureProbabilities(t *testing.T) {
	p := []float64{1, 0, 0}
	for _, c := range []struct{ class, want float64 }{{0, 0}, {1, MaxNegLog}} {
		hot := OneHot[float64]([]int{int(c.class)}, 3)
		for _, gamma := range []float64{0, 0.5, 2} {
			dp := make([]float64, 3)
			if got := FocalProb(dp, p, hot, 3, gamma, nil); got != c.want {
				t.Errorf("class %g γ=%g: %g, want %g", c.class, gamma, got, c.want)
			}
			for _, v := range dp {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					t.Errorf("class %g γ=%g: gradient %v", c.class, gamma, dp)
				}
			}
		}
		if got := CrossEntropyProb(nil, []float32{1, 0, 0}, OneHot[float32]([]int{int(c.class)}, 3), 3,
			nil); got != c.want {
			t.Errorf("float32, class %g: %g", c.class, got)
		}
	}
	for _, c := range []struct{ p, t, want float64 }{{0, 0, 0}, {1, 1, 0}, {0, 1, MaxNegLog}, {1, 0, MaxNegLog},
		{0, 0.5, MaxNegLog / 2}} {
		dp := make([]float64, 1)
		if got := BinaryCrossEntropyProb(dp, []float64{c.p}, []float64{c.t}, nil); got != c.want || math.IsNaN(dp[0]) ||
			math.IsInf(dp[0], 0) {
			t.Errorf("binary p=%g t=%g: %g, gradient %g", c.p, c.t, got, dp[0])
		}
		if got := BinaryFocalProb(dp, []float64{c.p}, []float64{c.t}, 0.5, 2, nil); got != c.want/2 {
			t.Errorf("binary focal p=%g t=%g: %g, want %g", c.p, c.t, got, c.want/2)
		}
	}
}

func TestSoftPanics(t *testing.T) {
	z, hot := []float64{1, 2, 3, 4}, []float64{1, 0, 0, 1}
	for _, c := range []struct {
		want string
		f    func()
	}{
		{errShape, func() { CrossEntropySoft(nil, z, hot, 3, nil) }},
		{errShape, func() { CrossEntropySoft(nil, z, hot[:2], 2, nil) }},
		{errShape, func() { CrossEntropySoft(nil, z, hot, 0, nil) }},
		{errTarget, func() { CrossEntropySoft(nil, z, []float64{2, -1, 0, 1}, 2, nil) }},
		{errTarget, func() { CrossEntropySoft(nil, z, []float64{math.NaN(), 1, 0, 1}, 2, nil) }},
		{errSum, func() { CrossEntropySoft(nil, z, []float64{0.5, 0.6, 0, 1}, 2, nil) }},
		{errGamma, func() { FocalSoft(nil, z, hot, 2, -1, nil) }},
		{errGamma, func() { FocalProb(nil, hot, hot, 2, math.NaN(), nil) }},
		{errProb, func() { CrossEntropyProb(nil, z, hot, 2, nil) }},
		{errProb, func() { CrossEntropyProb(nil, []float64{math.NaN(), 0, 0, 1}, hot, 2, nil) }},
		{errProb, func() { BinaryCrossEntropyProb(nil, []float64{-0.1}, []float64{1}, nil) }},
		{errTarget, func() { BinaryFocal(nil, z[:1], []float64{1.5}, 0.5, 2, nil) }},
		{errLabel, func() { OneHot[float64]([]int{2}, 2) }},
		{errNaN, func() { CrossEntropySoft(nil, []float64{math.Inf(1), 0}, hot[:2], 2, nil) }},
	} {
		func() {
			defer func() {
				if got := recover(); got != c.want {
					t.Errorf("want panic %q, got %v", c.want, got)
				}
			}()
			c.f()
		}()
	}
}
