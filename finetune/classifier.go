package finetune

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas/blas32"

	"faceid/arcface"
	"faceid/internal/f32"
	"faceid/internal/gemm"
	"faceid/loss"
)

// classifier is L_s as a function of embeddings, with its class weights, rows of which belong to a class each; see
// arcface.Head for the methods.
type classifier interface {
	LossGradSampled(dX, dW, x blas32.General, y, classes []int) float64
	Sample(dst []int, rng *rand.Rand, rate float64, y []int) []int
}

// newClassifier returns the head of the loss, and its parameter, which starts from the class means and has a row per
// class.
func newClassifier(c *Config, d *Dataset, start Layer, means []float32) (classifier, *param) {
	classes := len(d.People)
	alpha := c.alpha(d)
	if c.Loss == Linear {
		norm := meanNorm(d, start)
		w := gemm.Matrix(make([]float32, classes*(start.D+1)), classes, start.D+1)
		for j := range classes {
			for l, v := range means[j*start.D : (j+1)*start.D] {
				w.Data[j*w.Stride+l] = v * float32(c.Scale/norm)
			}
		}
		p := newParam("head", w.Data, w.Cols, c)
		p.rate = linearRate * c.Scale / norm
		if c.Optimizer == SGD { // the gradient is that much smaller too
			p.rate *= c.Scale / norm
		}
		return &linear{w: w, options: loss.Options{Weights: alpha, Smoothing: c.Smoothing}}, p
	}
	k := max(c.Subcenters, 1)
	w := means
	if k > 1 {
		w = subcenters(d, start, means, k)
	}
	h := &arcface.Head{W: gemm.Matrix(w, classes*k, start.D), Margin: c.margin(), Subcenters: c.Subcenters,
		Alpha: alpha, Smoothing: c.Smoothing}
	if c.Loss == Focal {
		h.Gamma = c.Gamma
	}
	return h, newParam("head", w, k*start.D, c)
}

// linearRate is how much slower than normalised weights those of linear learn: the longer those are the less a step
// turns them, while the logits of these grow with every step.
const linearRate = 0.1

// linear is the softmax of W·e + b on embeddings as they are, without normalisation: row j of w is class j's weights
// and behind them its bias. It has no Partial FC.
//
// Its class weights start where the logits are Scale times the cosines with the class means, for an embedding of mean
// length, and HeadLR is taken so that a step moves the logits as far as one of a normalised head, times linearRate.
type linear struct {
	w       blas32.General // classes × (D + 1)
	options loss.Options
	z       []float32
}

func (h *linear) LossGradSampled(dX, dW, x blas32.General, y, _ []int) float64 {
	n, c, d := x.Rows, h.w.Rows, x.Cols
	if cap(h.z) < n*c {
		h.z = make([]float32, n*c)
	}
	z := gemm.Matrix(h.z[:n*c], n, c)
	w, dw := h.w, dW
	w.Cols, dw.Cols = d, d
	for i := range n {
		for j, row := 0, z.Data[i*c:(i+1)*c]; j < c; j++ {
			row[j] = h.w.Data[j*h.w.Stride+d]
		}
	}
	gemm.Gemm(false, true, 1, x, w, 1, z)
	if !f32.AllFinite(z.Data) {
		return math.NaN()
	}
	l := loss.CrossEntropy(z.Data, z.Data, y, &h.options)
	gemm.Gemm(false, false, 1, z, w, 0, dX)
	gemm.Gemm(true, false, 1, z, x, 0, dw)
	for j := range c {
		var sum float64
		for i := range n {
			sum += float64(z.Data[i*c+j])
		}
		dW.Data[j*dW.Stride+d] = float32(sum)
	}
	return l
}

func (h *linear) Sample([]int, *rand.Rand, float64, []int) []int {
	panic("finetune: linear has no Partial FC")
}

// meanNorm is the mean length of the embeddings before they are made unit vectors; 1 if all are zero.
func meanNorm(d *Dataset, l Layer) float64 {
	const block = 4096
	e := make([]float32, min(block, d.Len())*l.D)
	var sum float64
	for lo := 0; lo < d.Len(); lo += block {
		n := min(block, d.Len()-lo)
		l.Affine(gemm.Matrix(e[:n*l.D], n, l.D), gemm.Matrix(d.X[lo*d.T:(lo+n)*d.T], n, d.T))
		for i := range n {
			sum += f32.Unit(e[i*l.D : (i+1)*l.D])
		}
	}
	if sum == 0 {
		return 1
	}
	return sum / float64(d.Len())
}

// subcenters returns k starts per class: the class mean, and means of every k-th row; where there are too few rows the
// class mean again.
func subcenters(d *Dataset, l Layer, means []float32, k int) []float32 {
	out := make([]float32, len(d.People)*k*l.D)
	e, rank := make([]float32, l.D), make([]int, len(d.People))
	for i := range d.Len() {
		p := int(d.Person[i])
		if q := rank[p] % k; q > 0 {
			l.Embed(e, d.Row(i))
			gemm.Axpy(out[(p*k+q)*l.D:][:l.D], e, 1)
		}
		rank[p]++
	}
	for p := range d.People {
		for q := range k {
			row := out[(p*k+q)*l.D:][:l.D]
			if q == 0 || f32.Unit(row) == 0 {
				copy(row, means[p*l.D:(p+1)*l.D])
			}
		}
	}
	return out
}

// classWeights returns one weight per class for scoring, classes × D, of the parameter's rows: without biases, and of
// sub-centers the one that most of the class's rows are nearest to (Deng et al., ECCV 2020, section 3.3: the others
// hold what is unlike the person).
func (t *trainer) classWeights(rows []float32, l Layer) []float32 {
	size := t.hw.rowSize
	if size == l.D {
		return rows
	}
	best := make([]int, len(t.split.Train.People))
	if k := size / l.D; k > 1 && t.cfg.Loss != Linear {
		best = t.dominant(rows, l, k)
	}
	out := make([]float32, 0, len(best)*l.D)
	for p, q := range best {
		out = append(out, rows[p*size+q*l.D:][:l.D]...)
	}
	return out
}

func (t *trainer) dominant(rows []float32, l Layer, k int) []int {
	d := t.split.Train
	votes := make([]int, len(d.People)*k)
	e, unit := make([]float32, l.D), append([]float32(nil), rows...)
	for r := range votes {
		f32.Unit(unit[r*l.D : (r+1)*l.D])
	}
	for i := range d.Len() {
		p := int(d.Person[i])
		l.Embed(e, d.Row(i))
		top, at := math.Inf(-1), 0
		for q := range k {
			var dot float64
			for j, v := range unit[(p*k+q)*l.D:][:l.D] {
				dot += float64(v) * float64(e[j])
			}
			if dot > top {
				top, at = dot, q
			}
		}
		votes[p*k+at]++
	}
	best := make([]int, len(d.People))
	for p := range best {
		for q, v := range votes[p*k : (p+1)*k] {
			if v > votes[p*k+best[p]] {
				best[p] = q
			}
		}
	}
	return best
}
