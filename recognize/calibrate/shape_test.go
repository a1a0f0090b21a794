package calibrate

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// TestShapeInverse: rateAbove undoes shapeZ, and falls as the threshold rises.
func TestShapeInverse(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		far := math.Exp(-rng.Float64() * 18) // from 1 to 1.5e-8
		lambda := minLambda + rng.Float64()*(maxLambda-minLambda)
		y := shapeZ(normalAbove(far), lambda)
		if got := rateAbove(y, lambda); math.Abs(got/far-1) > 1e-6 {
			t.Fatalf("far %g, λ %.2f: z %.3f gives %g", far, lambda, y, got)
		}
		if d := rng.Float64(); rateAbove(y+d, lambda) > far*(1+1e-9) {
			t.Fatalf("far %g, λ %.2f: a rate that rises with the threshold", far, lambda)
		}
	}
}

// TestShapeEnds: λ = 0 is the normal curve and λ = 1 LFW as measured.
func TestShapeEnds(t *testing.T) {
	for i, far := range lfwFAR {
		if z := shapeZ(normalAbove(far), 0); math.Abs(above(z)/far-1) > 1e-9 {
			t.Errorf("λ = 0 at %g: z %v", far, z)
		}
		if got := rateAbove(lfwZ[i], 1); math.Abs(got/far-1) > 1e-9 {
			t.Errorf("λ = 1 at %v: %g, want %g", lfwZ[i], got, far)
		}
	}
	if got := rateAbove(-40, 1); got != 1 {
		t.Errorf("far below the mean: %v", got)
	}
	if got := rateAbove(400, 1); got != 0 {
		t.Errorf("far above the mean: %v", got)
	}
}

func TestNewReference(t *testing.T) {
	var p []Point
	for i, far := range lfwFAR {
		p = append([]Point{{far, 0.1 + 0.05*lfwZ[i]}}, p...)
	}
	r, err := NewReference(p)
	if err != nil || math.Abs(r.Mean-0.1) > 1e-12 || math.Abs(r.SD-0.05) > 1e-12 {
		t.Errorf("%+v, %v", r, err)
	}
	// The default model's own thresholds give back what was measured on LFW: mean 0.006, deviation 0.096.
	r, err = NewReference([]Point{{0.01, 0.248}, {0.001, 0.3404}, {0.0001, 0.4184}, {0.00001, 0.4909}})
	if err != nil || math.Abs(r.Mean-0.006) > 0.005 || math.Abs(r.SD-0.096) > 0.002 {
		t.Errorf("%+v, %v", r, err)
	}
	for _, none := range [][]Point{nil, {{0.01, 0.3}}} {
		if r, err := NewReference(none); err != nil || r != (Reference{}) {
			t.Errorf("%v: %+v, %v", none, r, err)
		}
	}
	for _, bad := range [][]Point{
		{{0.01, 0.3}, {0.001, 0.3}}, {{0.01, 0.3}, {0.001, 0.2}}, {{0.01, 0.3}, {0.01, 0.4}},
		{{0, 0.3}, {0.001, 0.2}}, {{1, 0.1}, {0.1, 0.2}}, {{math.NaN(), 0.1}, {0.1, 0.2}},
		{{0.1, math.NaN()}, {0.01, 0.2}}, {{0.1, 0.1}, {0.01, 1.2}},
	} {
		if _, err := NewReference(bad); !errors.Is(err, ErrReference) {
			t.Errorf("%v: %v", bad, err)
		}
	}
}
