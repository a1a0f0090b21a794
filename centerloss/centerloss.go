package centerloss

import (
	"math"

	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"

	"faceid/internal/gemm"
)

const (
	errShape  = "centerloss: dimension mismatch"
	errLabel  = "centerloss: label out of range"
	errAlpha  = "centerloss: alpha out of (0, 1]"
	errFinite = "centerloss: x or centre is not finite"
)

// Centers are the class centres of Wen et al., ECCV 2016. A Centers owns scratch memory: one goroutine at a time.
type Centers struct {
	C     blas32.General // c × d, row-major: the centre of class j is row j
	sum   []float64
	count []int
	far   distances32
}

// LossGrad returns ½ Σ_i ‖x_i − c_{y_i}‖² (Wen et al., eq. 2: a sum over the batch, where the authors' Caffe layer
// divides by its size) and overwrites dX with the gradient x_i − c_{y_i} (eq. 3). It does not move the centres;
// call an Update for that. x and dX are n × d; a zero dX (Data nil) is skipped; dX may be x itself. y holds n labels in
// [0, c). It panics if shapes disagree, a label is out of range or a value is NaN or Inf.
func (c *Centers) LossGrad(dX, x blas32.General, y []int) float64 {
	m := mat[float32]{c.C.Rows, c.C.Cols, c.C.Stride, c.C.Data}
	return lossGrad(m, mat[float32]{dX.Rows, dX.Cols, dX.Stride, dX.Data},
		mat[float32]{x.Rows, x.Cols, x.Stride, x.Data}, y)
}

// UpdateMean moves each centre that has samples in the batch to their mean: c_j ← Σ_{y_i=j} x_i / n_j. Others stay.
func (c *Centers) UpdateMean(x blas32.General, y []int) {
	c.update(x, y, func(c, sum float64, n int) float64 { return sum / float64(n) })
}

// UpdateWen moves the centres by the rule of Wen et al., eq. 4: c_j ← c_j − α·Σ_{y_i=j}(c_j − x_i)/(1 + n_j).
// The paper uses α = 0.5; a single sample then moves its centre by a quarter of the way. alpha is in (0, 1].
func (c *Centers) UpdateWen(x blas32.General, y []int, alpha float64) {
	if !(alpha > 0 && alpha <= 1) {
		panic(errAlpha)
	}
	c.update(x, y, func(c, sum float64, n int) float64 { return c - alpha*(float64(n)*c-sum)/float64(1+n) })
}

func (c *Centers) update(x blas32.General, y []int, rule func(c, sum float64, n int) float64) {
	m := mat[float32]{c.C.Rows, c.C.Cols, c.C.Stride, c.C.Data}
	c.sum, c.count = update(m, mat[float32]{x.Rows, x.Cols, x.Stride, x.Data}, y, c.sum, c.count, rule)
}

// Distances writes to dst (n × c) the squared Euclidean distances ‖x_i − c_j‖² ≥ 0: small means near the class. On
// unit x and centres they are 2 − 2·cosine, in [0, 4].
func (c *Centers) Distances(dst, x blas32.General) {
	if dst.Rows != x.Rows || dst.Cols != c.C.Rows || x.Cols != c.C.Cols {
		panic(errShape)
	}
	if x.Rows == 0 || c.C.Rows == 0 {
		return
	}
	c.far = distances32{c: c.C, x: x, dst: dst}
	gemm.Run((c.C.Rows+centersAPiece-1)/centersAPiece, &c.far)
	c.far = distances32{}
	for i := range dst.Rows {
		for _, v := range dst.Data[i*dst.Stride:][:dst.Cols] {
			if v-v != 0 { // NaN or Inf
				panic(errFinite)
			}
		}
	}
}

// centersAPiece is how many centres one task compares: 128 kB at d = 512, which stays in the cache from sample to
// sample.
const centersAPiece = 64

// distances32 is a gemm.Task: a piece is some centres against all of x.
type distances32 struct{ c, x, dst blas32.General }

// Do is piece i.
func (t *distances32) Do(i, _ int) {
	from := i * centersAPiece
	m := min(centersAPiece, t.c.Rows-from)
	for r := range t.x.Rows {
		gemm.SqDist(t.x.Data[r*t.x.Stride:], t.c.Data[from*t.c.Stride:], t.c.Stride, m, t.c.Cols,
			t.dst.Data[r*t.dst.Stride+from:])
	}
}

// Centers64 is Centers in float64.
type Centers64 struct {
	C     blas64.General
	sum   []float64
	count []int
}

// LossGrad is Centers.LossGrad in float64.
func (c *Centers64) LossGrad(dX, x blas64.General, y []int) float64 {
	m := mat[float64]{c.C.Rows, c.C.Cols, c.C.Stride, c.C.Data}
	return lossGrad(m, mat[float64]{dX.Rows, dX.Cols, dX.Stride, dX.Data},
		mat[float64]{x.Rows, x.Cols, x.Stride, x.Data}, y)
}

// UpdateMean is Centers.UpdateMean in float64.
func (c *Centers64) UpdateMean(x blas64.General, y []int) {
	c.update(x, y, func(c, sum float64, n int) float64 { return sum / float64(n) })
}

// UpdateWen is Centers.UpdateWen in float64.
func (c *Centers64) UpdateWen(x blas64.General, y []int, alpha float64) {
	if !(alpha > 0 && alpha <= 1) {
		panic(errAlpha)
	}
	c.update(x, y, func(c, sum float64, n int) float64 { return c - alpha*(float64(n)*c-sum)/float64(1+n) })
}

func (c *Centers64) update(x blas64.General, y []int, rule func(c, sum float64, n int) float64) {
	m := mat[float64]{c.C.Rows, c.C.Cols, c.C.Stride, c.C.Data}
	c.sum, c.count = update(m, mat[float64]{x.Rows, x.Cols, x.Stride, x.Data}, y, c.sum, c.count, rule)
}

// Distances is Centers.Distances in float64.
func (c *Centers64) Distances(dst, x blas64.General) {
	m := mat[float64]{c.C.Rows, c.C.Cols, c.C.Stride, c.C.Data}
	distances(mat[float64]{dst.Rows, dst.Cols, dst.Stride, dst.Data}, mat[float64]{x.Rows, x.Cols, x.Stride, x.Data}, m)
}

// mat is a row-major matrix of either precision.
type mat[T float32 | float64] struct {
	rows, cols, stride int
	data               []T
}

func (m mat[T]) row(i int) []T { return m.data[i*m.stride:][:m.cols] }

func check[T float32 | float64](c, x mat[T], y []int) {
	if c.cols != x.cols || len(y) != x.rows {
		panic(errShape)
	}
	for _, l := range y {
		if l < 0 || l >= c.rows {
			panic(errLabel)
		}
	}
}

func lossGrad[T float32 | float64](c, dX, x mat[T], y []int) float64 {
	check(c, x, y)
	if dX.data != nil && (dX.rows != x.rows || dX.cols != x.cols) {
		panic(errShape)
	}
	var total float64
	for i, l := range y {
		xi, ci := x.row(i), c.row(l)
		var s float64
		for j, v := range xi {
			e := float64(v) - float64(ci[j])
			s += e * e
		}
		if math.IsNaN(s) || math.IsInf(s, 0) {
			panic(errFinite)
		}
		total += s
		if dX.data != nil {
			di := dX.row(i)
			for j, v := range xi {
				di[j] = v - ci[j]
			}
		}
	}
	return total / 2
}

func update[T float32 | float64](c, x mat[T], y []int, sum []float64, count []int,
	rule func(c, sum float64, n int) float64) ([]float64, []int) {
	check(c, x, y)
	d := c.cols
	if cap(count) < c.rows {
		count = make([]int, c.rows)
	}
	if cap(sum) < d {
		sum = make([]float64, d)
	}
	count, sum = count[:c.rows], sum[:d]
	for _, l := range y {
		count[l]++
	}
	for i, l := range y {
		n := count[l]
		if n == 0 {
			continue // done with the class's first sample
		}
		clear(sum)
		for j := i; j < len(y); j++ {
			if y[j] == l {
				for k, v := range x.row(j) {
					sum[k] += float64(v)
				}
			}
		}
		for k, s := range sum {
			if math.IsNaN(s) || math.IsInf(s, 0) {
				clear(count)
				panic(errFinite)
			}
			r := c.row(l)
			r[k] = T(rule(float64(r[k]), s, n))
		}
		count[l] = 0
	}
	return sum, count
}

func distances[T float32 | float64](dst, x, c mat[T]) {
	if dst.rows != x.rows || dst.cols != c.rows || x.cols != c.cols {
		panic(errShape)
	}
	for i := range x.rows {
		xi, di := x.row(i), dst.row(i)
		for j := range di {
			var s float64
			for k, v := range c.row(j) {
				e := float64(xi[k]) - float64(v)
				s += e * e
			}
			if math.IsNaN(s) || math.IsInf(s, 0) {
				panic(errFinite)
			}
			di[j] = T(s)
		}
	}
}
