package loss

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"faceid/internal/golden"
)

// TestReference compares every loss on logits with the values of testdata/losses, and with PyTorch's where they are
// at hand.
func TestReference(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range golden.Losses(t, func(c *golden.LossCase) bool { return c.Inputs.Logits != nil }) {
		seen[r.Name] = true
		run(t, &r, r.Inputs.Logits, r.Inputs.Targets, 1e-9)
		run(t, &r, to32(r.Inputs.Logits), to32(r.Inputs.Targets), 1e-4)
	}
	if len(seen) < 5 {
		t.Errorf("only the losses %v", seen)
	}
}

func run[T Float](t *testing.T, r *golden.LossCase, z, targets []T, tol float64) {
	t.Helper()
	y, dz := r.Inputs.Labels, make([]T, len(z))
	o := &Options{Smoothing: r.Params.Smoothing, Weights: r.Inputs.Weights}
	if r.Params.WeightedMean {
		o.Reduction = WeightedMean
	}
	var got float64
	switch r.Name {
	case "cross_entropy", "cross_entropy_label_smoothing":
		got = CrossEntropy(dz, z, y, o)
	case "binary_cross_entropy":
		got = BinaryCrossEntropy(dz, z, targets, o)
	case "focal_binary":
		got = BinaryFocal(dz, z, targets, r.Params.Alpha, r.Params.Gamma, nil)
	case "focal_multiclass":
		got = Focal(dz, z, y, r.Params.Gamma, &Options{Weights: r.Inputs.Alpha})
	default:
		t.Fatalf("unknown case %s", r.Name)
	}
	if math.Abs(got-r.Loss) > tol*math.Abs(r.Loss) {
		t.Errorf("%s %+v (%T): loss %.15g, want %.15g", r.Name, r.Params, z, got, r.Loss)
	}
	top := 0.0
	for _, v := range r.Grad.Logits {
		top = math.Max(top, math.Abs(v))
	}
	for i, v := range r.Grad.Logits {
		if !(math.Abs(float64(dz[i])-v) <= tol*top) {
			t.Errorf("%s %+v (%T): gradient %d is %.15g, want %.15g", r.Name, r.Params, z, i, dz[i], v)
		}
	}
}

func to32(x []float64) []float32 {
	r := make([]float32, len(x))
	for i, v := range x {
		r[i] = float32(v)
	}
	return r
}

// checkGrad compares dz with central differences of f.
func checkGrad(t *testing.T, name string, z []float64, f func(dz, z []float64) float64) {
	t.Helper()
	dz := make([]float64, len(z))
	f(dz, z)
	const h = 1e-5 // error of the difference: h² and 1e-16/h, both below 1e-10
	for i := range z {
		p, m := slices.Clone(z), slices.Clone(z)
		p[i] += h
		m[i] -= h
		want := (f(nil, p) - f(nil, m)) / (2 * h)
		if math.Abs(dz[i]-want) > 1e-8*math.Max(1, math.Abs(want)) {
			t.Errorf("%s: gradient %d is %.12g, differences say %.12g", name, i, dz[i], want)
		}
	}
}

func normal(rng *rand.Rand, n int, size float64) []float64 {
	z := make([]float64, n)
	for i := range z {
		z[i] = size * rng.NormFloat64()
	}
	return z
}

func TestGradient(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	z, y := normal(rng, 6*5, 3), []int{0, 2, 1, 1, 4, 3}
	w := []float64{0.3, 2, 0, 1, 0.5}
	b, hard, soft := normal(rng, 6, 3), []float64{1, 0, 1, 0, 0, 1}, []float64{0.2, 0, 1, 0.5, 0.9, 0.1}
	for _, red := range []Reduction{Mean, Sum, WeightedMean} {
		for _, o := range []*Options{{Reduction: red}, {Reduction: red, Weights: w},
			{Reduction: red, Weights: w, Smoothing: 0.2}} {
			checkGrad(t, "cross-entropy", z, func(dz, z []float64) float64 { return CrossEntropy(dz, z, y, o) })
			ob := *o
			if o.Weights != nil {
				ob.Weights = []float64{0.7, 3}
			}
			checkGrad(t, "binary cross-entropy", b, func(dz, z []float64) float64 {
				return BinaryCrossEntropy(dz, z, soft, &ob)
			})
			if o.Smoothing != 0 {
				continue
			}
			for _, gamma := range []float64{0, 0.5, 1, 2, 5} {
				checkGrad(t, "focal", z, func(dz, z []float64) float64 { return Focal(dz, z, y, gamma, o) })
				checkGrad(t, "binary focal", b, func(dz, z []float64) float64 {
					return BinaryFocal(dz, z, hard, 0.25, gamma, &Options{Reduction: red})
				})
			}
		}
	}
}

// TestGammaZero: focal loss with γ = 0 is cross-entropy to the last bit.
func TestGammaZero(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for range 200 {
		n, c := 1+rng.IntN(5), 1+rng.IntN(9)
		z, y := normal(rng, n*c, 20), make([]int, n)
		for i := range y {
			y[i] = rng.IntN(c)
		}
		o := &Options{Weights: make([]float64, c)}
		for j := range o.Weights {
			o.Weights[j] = rng.Float64()
		}
		a, b := make([]float64, n*c), make([]float64, n*c)
		if la, lb := CrossEntropy(a, z, y, o), Focal(b, z, y, 0, o); la != lb || !slices.Equal(a, b) {
			t.Fatalf("loss %g and %g, gradient %v and %v", la, lb, a, b)
		}
		bin, t01 := z[:n], make([]float64, n)
		for i := range t01 {
			t01[i] = float64(y[i] % 2)
		}
		la := BinaryCrossEntropy(a[:n], bin, t01, nil)
		lb := BinaryFocal(b[:n], bin, t01, 0.5, 0, nil)
		if la != 2*lb {
			t.Fatalf("binary: %.17g and twice %.17g", la, lb)
		}
		for i := range bin {
			if a[i] != 2*b[i] {
				t.Fatalf("binary gradient: %.17g and twice %.17g", a[i], b[i])
			}
		}
	}
}

// TestExtreme: logits of ±800 and beyond give the value of the asymptote, and gradients in range.
func TestExtreme(t *testing.T) {
	for _, c := range []struct {
		z, target, want, grad float64
	}{{800, 0, 800, 1}, {-800, 1, 800, -1}, {800, 1, 0, 0}, {-800, 0, 0, 0}, {1e300, 0, 1e300, 1}} {
		dz := []float64{9}
		if got := BinaryCrossEntropy(dz, []float64{c.z}, []float64{c.target}, nil); got != c.want ||
			math.Abs(dz[0]-c.grad) > 1e-300 {
			t.Errorf("binary z=%g t=%g: %g, gradient %g", c.z, c.target, got, dz[0])
		}
		if got := BinaryFocal(dz, []float64{c.z}, []float64{c.target}, 0.5, 0.5, nil); got != c.want/2 ||
			math.Abs(dz[0]-c.grad/2) > 1e-100 {
			t.Errorf("focal z=%g t=%g: %g, gradient %g", c.z, c.target, got, dz[0])
		}
	}
	dz := make([]float64, 3)
	if got := CrossEntropy(dz, []float64{800, -800, 0}, []int{1}, nil); got != 1600 || dz[0] != 1 || dz[1] != -1 {
		t.Errorf("multi-class: %g, %v", got, dz)
	}
	if got := CrossEntropy(dz, []float64{-800, 0, -800}, []int{1}, nil); got != 0 {
		t.Errorf("certain: %g", got)
	}
	// p nearly 1: −log p = 2·exp(−40) keeps its digits.
	if got, want := CrossEntropy(dz, []float64{0, 40, 0}, []int{1}, nil),
		2*math.Exp(-40); math.Abs(got-want) > 1e-12*want {
		t.Errorf("nearly certain: %g, want %g", got, want)
	}
	if want := -2 * math.Exp(-40); math.Abs(dz[1]-want) > 1e-12*-want {
		t.Errorf("nearly certain: gradient %g, want %g", dz[1], want)
	}
}

func TestInPlaceAndEmpty(t *testing.T) {
	z := []float32{1, 2, 3, 0.5, -1, 2}
	dz := make([]float32, 6)
	CrossEntropy(dz, z, []int{2, 0}, nil)
	CrossEntropy(z, z, []int{2, 0}, nil)
	if !slices.Equal(z, dz) {
		t.Errorf("in place %v, apart %v", z, dz)
	}
	if CrossEntropy[float64](nil, nil, nil, nil) != 0 || BinaryFocal[float64](nil, nil, nil, 0.5, 2, nil) != 0 {
		t.Error("no samples: want 0")
	}
	o := &Options{Weights: []float64{0, 1}, Reduction: WeightedMean}
	if l := CrossEntropy(nil, []float64{1, 2}, []int{0}, o); l != 0 {
		t.Errorf("all weights 0: %g", l)
	}
}

func TestPanics(t *testing.T) {
	z, y := []float64{1, 2, 3, 4}, []int{0, 1}
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		want string
		f    func()
	}{
		{errShape, func() { CrossEntropy(nil, z[:3], y, nil) }},
		{errShape, func() { CrossEntropy(z[:2], z, y, nil) }},
		{errShape, func() { BinaryCrossEntropy(nil, z, z[:1], nil) }},
		{errLabel, func() { CrossEntropy(nil, z, []int{0, 2}, nil) }},
		{errLabel, func() { CrossEntropy(nil, z, []int{-1, 0}, nil) }},
		{errTarget, func() { BinaryCrossEntropy(nil, z[:1], []float64{1.5}, nil) }},
		{errWeights, func() { CrossEntropy(nil, z, y, &Options{Weights: []float64{1, -1}}) }},
		{errSmoothing, func() { CrossEntropy(nil, z, y, &Options{Smoothing: 1}) }},
		{errGamma, func() { Focal(nil, z, y, nan, nil) }},
		{errAlpha, func() { BinaryFocal(nil, z[:1], z[:1], 2, 2, nil) }},
		{errNaN, func() { CrossEntropy(nil, []float64{nan, 1}, []int{1}, nil) }},
		{errNaN, func() { CrossEntropy(nil, []float64{inf, 1}, []int{1}, nil) }},
		{errNaN, func() { BinaryCrossEntropy(nil, []float64{nan}, []float64{1}, nil) }},
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

// FuzzFocal: any finite logits and γ give a finite loss ≥ 0, gradients that sum to 0 over a row, or the stated panic.
func FuzzFocal(f *testing.F) {
	f.Add(1.0, -2.0, 3.0, 2.0, 0)
	f.Add(800.0, -800.0, 0.0, 0.5, 1)
	f.Add(1e308, -1e308, 0.0, 5.0, 2)
	f.Fuzz(func(t *testing.T, a, b, c, gamma float64, y int) {
		z := []float64{a, b, c}
		ok := gamma >= 0 && !math.IsInf(gamma, 1) && y >= 0 && y < 3
		for _, v := range z {
			// The span of two logits may overflow: the loss then is +Inf by definition.
			ok = ok && math.Abs(v) < 1e307
		}
		if !ok {
			return
		}
		dz := make([]float64, 3)
		l := Focal(dz, z, []int{y}, gamma, nil)
		if !(l >= 0) || math.IsInf(l, 1) {
			t.Errorf("loss %g", l)
		}
		sum, size := dz[0]+dz[1]+dz[2], math.Abs(dz[0])+math.Abs(dz[1])+math.Abs(dz[2])
		if !(math.Abs(sum) <= 1e-12*size) {
			t.Errorf("gradient %v sums to %g", dz, sum)
		}
	})
}

func BenchmarkCrossEntropy(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	z, y := to32(normal(rng, 256*1000, 5)), make([]int, 256)
	dz := make([]float32, len(z))
	b.Run("n=256/c=1000", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			CrossEntropy(dz, z, y, nil)
		}
	})
}
