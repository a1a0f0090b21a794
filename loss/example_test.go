package loss_test

import (
	"fmt"
	"math"

	"faceid/loss"
)

// Two classes with logits log 3 and 0: p = (3/4, 1/4).
func ExampleCrossEntropy() {
	z := []float64{math.Log(3), 0}
	dz := make([]float64, 2)
	l := loss.CrossEntropy(dz, z, []int{0}, nil)
	fmt.Printf("%.4f = -log 3/4, gradient p - onehot = %.2f\n", l, dz)
	// Output: 0.2877 = -log 3/4, gradient p - onehot = [-0.25 0.25]
}

// The same sample weighs (1 − 3/4)² = 1/16 of its cross-entropy with γ = 2: it is easy already.
func ExampleFocal() {
	z := []float64{math.Log(3), 0}
	ce := loss.CrossEntropy(nil, z, []int{0}, nil)
	fl := loss.Focal(nil, z, []int{0}, 2, nil)
	fmt.Printf("%.4f\n", fl/ce)
	// Output: 0.0625
}

// Logit 0 is p = 1/2: the loss is log 2 whatever the target, the gradient p − t.
func ExampleBinaryCrossEntropy() {
	dz := make([]float64, 1)
	l := loss.BinaryCrossEntropy(dz, []float64{0}, []float64{1}, nil)
	fmt.Printf("%.4f %.1f\n", l, dz[0])
	// Output: 0.6931 -0.5
}

// RetinaNet's α = 1/4, γ = 2 at p = 1/2: 1/4 · (1/2)² · log 2.
func ExampleBinaryFocal() {
	l := loss.BinaryFocal(nil, []float64{0}, []float64{1}, 0.25, 2, nil)
	fmt.Printf("%.5f = log 2 / 16\n", l)
	// Output: 0.04332 = log 2 / 16
}
