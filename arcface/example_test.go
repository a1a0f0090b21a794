package arcface_test

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas/blas32"

	"faceid/arcface"
)

// An embedding on the weight of its class (θ = 0), the other class at right angles. With s = 1 and m = π/3 the
// logits are cos π/3 = 1/2 and 0: the loss is log(1 + exp(−1/2)).
func ExampleHead_LossGrad() {
	h := arcface.Head{
		W:      blas32.General{Rows: 2, Cols: 2, Stride: 2, Data: []float32{5, 0, 0, 1}},
		Margin: arcface.ArcFace(1, math.Pi/3),
	}
	x := blas32.General{Rows: 1, Cols: 2, Stride: 2, Data: []float32{3, 0}}
	l := h.LossGrad(blas32.General{}, blas32.General{}, x, []int{0})
	fmt.Printf("%.4f %.4f\n", l, math.Log(1+math.Exp(-0.5)))
	// Output: 0.4741 0.4741
}

// Scoring knows no margin: cosines 0.6 and 0.8, logits ten times that, probabilities 1/(1+e²) and 1/(1+e⁻²).
func ExampleHead_Probabilities() {
	h := arcface.Head{
		W:      blas32.General{Rows: 2, Cols: 2, Stride: 2, Data: []float32{1, 0, 0, 1}},
		Margin: arcface.ArcFace(10, 0.5),
	}
	x := blas32.General{Rows: 1, Cols: 2, Stride: 2, Data: []float32{3, 4}}
	p := blas32.General{Rows: 1, Cols: 2, Stride: 2, Data: make([]float32, 2)}
	h.Cosines(p, x)
	fmt.Printf("%.2f\n", p.Data)
	h.Probabilities(p, x)
	fmt.Printf("%.4f\n", p.Data)
	// Output:
	// [0.60 0.80]
	// [0.1192 0.8808]
}

// The margins at a right angle, s = 1: cos(π/2 + 0.5) = −sin 0.5 for ArcFace, −0.35 for CosFace.
func ExampleMargin_Target() {
	for _, m := range []arcface.Margin{arcface.ArcFace(1, 0.5), arcface.CosFace(1, 0.35), arcface.Plain(1)} {
		v, slope := m.Target(math.Pi / 2)
		fmt.Printf("%.4f %.4f\n", v, slope)
	}
	// Output:
	// -0.4794 0.8776
	// -0.3500 1.0000
	// 0.0000 1.0000
}
