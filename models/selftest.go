package models

import (
	"fmt"
	"math"
)

// Tensor returns the first n values of the stored input.
func (t *SelfTest) Tensor(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		_, f := math.Modf(float64(i) * 0.61803398875)
		x[i] = float32(f*(t.Hi-t.Lo) + t.Lo)
	}
	return x
}

// headLen is how many values of an output a fingerprint keeps.
const headLen = 8

// Fingerprint makes what a self-test wants of an output from what the model answered.
func Fingerprint(output string, v []float32) Expected {
	return Expected{Output: output, Len: len(v), Norm: norm(v),
		Head: append([]float32(nil), v[:min(headLen, len(v))]...)}
}

// selfTestTolerance is how far a value may be from the stored one, relative to the root mean square of the output. The
// float32 kernels of different processors differ by some 1e-5; the int8 builds that scored different people alike are
// several percent off.
const selfTestTolerance = 0.01

// Check compares an output with its fingerprint; the error says what is wrong. NaN never passes.
func (w Expected) Check(v []float32) error {
	if len(v) != w.Len {
		return fmt.Errorf("models: self-test: output %q has %d values, not %d", w.Output, len(v), w.Len)
	}
	tol := selfTestTolerance * w.Norm
	if n := norm(v); !(math.Abs(n-w.Norm) <= tol) {
		return fmt.Errorf("models: self-test: output %q has norm %g, not %g", w.Output, n, w.Norm)
	}
	tol = tol/math.Sqrt(float64(w.Len)) + 1e-6
	for i, h := range w.Head {
		if !(math.Abs(float64(v[i])-float64(h)) <= tol) {
			return fmt.Errorf("models: self-test: value %d of output %q is %g, not %g", i, w.Output, v[i], h)
		}
	}
	return nil
}

func norm(v []float32) float64 {
	var s float64
	for _, x := range v {
		s += float64(x) * float64(x)
	}
	return math.Sqrt(s)
}
