package centerloss_test

import (
	"fmt"

	"gonum.org/v1/gonum/blas/blas32"

	"faceid/arcface"
	"faceid/centerloss"
)

// Two samples at distance 1 and 2 from the centre of their class: ½(1² + 2²) = 2.5. Wen's rule moves the centre by
// half of their sum over 1 + 2: from (0, 0) to 0.5·(1, 2)/3.
func ExampleCenters() {
	c := centerloss.Centers{C: blas32.General{Rows: 1, Cols: 2, Stride: 2, Data: []float32{0, 0}}}
	x := blas32.General{Rows: 2, Cols: 2, Stride: 2, Data: []float32{1, 0, 0, 2}}
	dX := blas32.General{Rows: 2, Cols: 2, Stride: 2, Data: make([]float32, 4)}
	fmt.Println(c.LossGrad(dX, x, []int{0, 0}), dX.Data)
	c.UpdateWen(x, []int{0, 0}, 0.5)
	fmt.Printf("%.4f\n", c.C.Data)
	c.UpdateMean(x, []int{0, 0})
	fmt.Println(c.C.Data)
	// Output:
	// 2.5 [1 0 0 2]
	// [0.1667 0.3333]
	// [0.5 1]
}

// The joint loss L = L_s + λ·L_c of Wen et al., eq. 5: both gradients are added for x; W has only the softmax's, and
// the centres move by their own rule.
func Example_joint() {
	const lambda = 0.003
	x := blas32.General{Rows: 2, Cols: 2, Stride: 2, Data: []float32{2, 0, 0, 3}}
	w := blas32.General{Rows: 2, Cols: 2, Stride: 2, Data: []float32{1, 0, 0, 1}}
	y := []int{0, 1}
	head := arcface.Head{W: w, Margin: arcface.Plain(1)}
	centers := centerloss.Centers{C: blas32.General{Rows: 2, Cols: 2, Stride: 2, Data: []float32{1, 0, 0, 1}}}

	dX, dC := matrix(2, 2), matrix(2, 2)
	dW := matrix(2, 2)
	l := head.LossGrad(dX, dW, x, y)
	l += lambda * centers.LossGrad(dC, x, y)
	for i, g := range dC.Data {
		dX.Data[i] += lambda * g
	}
	centers.UpdateWen(x, y, 0.5)
	// log(1 + e⁻¹) + 0.003·½(1² + 2²)
	fmt.Printf("%.4f %.4f\n", l, dX.Data)
	// Output: 0.3208 [0.0030 0.0672 0.0448 0.0060]
}

func matrix(rows, cols int) blas32.General {
	return blas32.General{Rows: rows, Cols: cols, Stride: cols, Data: make([]float32, rows*cols)}
}
