package onnx

import (
	"fmt"
	"math"

	"faceid/models"
)

// selfTestTolerance is how far a model's answer may be from the stored one, relative to its norm. Other CPUs, other
// releases of the runtime and another order of additions differ by less than 1e-4; a wrong file or one quantised to 8
// bits by more than 1e-2.
const selfTestTolerance = 1e-3

// testInput fills dst with the input that models.SelfTest describes.
func testInput(dst []float32, t *models.SelfTest) {
	for i := range dst {
		_, f := math.Modf(float64(i) * 0.61803398875)
		dst[i] = float32(f*(t.Hi-t.Lo) + t.Lo)
	}
}

// SelfTest runs the stored input and compares each stored output. Outputs are named as the session's. An entry without
// a stored answer passes if the model answers with finite numbers.
func (s *Session) SelfTest(t *models.SelfTest, names []string, shape ...int64) error {
	return s.SelfTestOf(t, names, func(sl *Slot) ([][]float32, error) {
		v := make([][]float32, len(names))
		for i := range v {
			v[i] = sl.Output(i)
		}
		return v, nil
	}, shape...)
}

// SelfTestOf is SelfTest of a session whose outputs are not the model's: read makes those, which have the names.
func (s *Session) SelfTestOf(t *models.SelfTest, names []string, read func(*Slot) ([][]float32, error),
	shape ...int64) error {
	sl, err := s.Acquire(shape...)
	if err != nil {
		return err
	}
	defer s.Release(sl)
	if t == nil {
		t = &models.SelfTest{Lo: -1, Hi: 1}
	}
	testInput(sl.Input(), t)
	if err := s.Run(sl); err != nil {
		return err
	}
	out, err := read(sl)
	if err != nil {
		return err
	}
	for i, v := range out {
		if !finite(v) {
			return fmt.Errorf("%w: %s: output %q holds NaN or infinity: the file is wrong or badly converted",
				ErrSelfTest, s.name, names[i])
		}
	}
	for _, w := range t.Want {
		i := -1
		for k, n := range names {
			if n == w.Output {
				i = k
			}
		}
		if i < 0 {
			continue // an output that nothing here reads
		}
		v := out[i]
		if len(v) != w.Len {
			return fmt.Errorf("%w: %s: output %q has %d values where %d are stored: the file is another model",
				ErrSelfTest, s.name, w.Output, len(v), w.Len)
		}
		bad := func(what string, got, want float64) error {
			return fmt.Errorf("%w: %s: output %q: %s is %.6g where %.6g is stored: the file is wrong or badly "+
				"quantised; fetch it again, and report it if that does not help",
				ErrSelfTest, s.name, w.Output, what, got, want)
		}
		if n := l2(v); math.Abs(n-w.Norm) > selfTestTolerance*math.Abs(w.Norm)+1e-9 {
			return bad("norm", n, w.Norm)
		}
		// A value's error is measured against the size that values have: the root mean square, or its own where it is
		// larger.
		rms := w.Norm / math.Sqrt(float64(max(1, w.Len)))
		for k, x := range w.Head[:min(len(w.Head), len(v))] {
			if d := math.Abs(float64(v[k]) - float64(x)); !(d <= 10*selfTestTolerance*max(rms, math.Abs(float64(x)))) {
				return bad(fmt.Sprintf("value %d", k), float64(v[k]), float64(x))
			}
		}
	}
	return nil
}

func finite(v []float32) bool {
	for _, x := range v {
		if x-x != 0 {
			return false
		}
	}
	return true
}

// l2 is the Euclidean norm.
func l2(x []float32) float64 {
	var s float64
	for _, v := range x {
		s += float64(v) * float64(v)
	}
	return math.Sqrt(s)
}
