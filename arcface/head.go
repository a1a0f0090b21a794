package arcface

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/blas/blas32"
)

// Head is a margin softmax on cosines: class weights W, a Margin and a base loss. A Head owns scratch memory:
// one goroutine at a time, and reuse it between steps so that a warm step allocates nothing.
type Head struct {
	// W holds the class weights, (c·K) × d, row-major: rows j·K … j·K+K−1 belong to class j. Rows are normalised
	// inside, never changed.
	W blas32.General
	// Margin is what the target logit goes through, for example ArcFace(64, 0.5).
	Margin Margin
	// Subcenters is K, the weights per class; a class's cosine is its best one's (Deng et al., Sub-center ArcFace,
	// ECCV 2020, eq. 5; the paper uses 3). 0 means 1.
	Subcenters int
	// Gamma is the γ of a focal base loss on the margin logits (Lin et al., ICCV 2017, eq. 4); 0 is cross-entropy.
	Gamma float64
	// Alpha holds a weight ≥ 0 per class, which multiplies the loss of its samples (Lin et al., eq. 5); nil means 1.
	Alpha []float64
	// Smoothing is ε in [0, 1) of label smoothing over the classes in play: the target is (1−ε)·onehot + ε/c (Szegedy
	// et al., CVPR 2016, section 7). Not with Subcenters or Gamma.
	Smoothing float64

	step   step
	scores scores
	labels []int // scratch of Sample
}

// LossGrad returns the mean loss over the batch and overwrites dX and dW with its gradient with respect to the raw
// x and W, through the normalisation of their rows.
//
// x is n × d, h.W is c·K × d, dX and dW have their shapes; a zero General (Data nil) skips that gradient. y holds n
// labels in [0, c). A zero row (norm ≤ 1e-30) of x or W has cosine 0 with everything and gradient 0. dX and dW must
// not overlap each other, x or W. It panics if shapes disagree, a label is out of range, or x or W holds NaN or Inf.
// The same inputs give the same bits on the same machine. No samples: loss 0, dW 0.
func (h *Head) LossGrad(dX, dW blas32.General, x blas32.General, y []int) float64 {
	return h.LossGradSampled(dX, dW, x, y, nil)
}

// LossGradSampled is LossGrad on a part of the classes (An et al., Partial FC, CVPR 2022): classes lists them in
// ascending order and must hold every label of y; see Sample. The softmax runs over these only. dW is
// len(classes)·K × d: rows r·K … r·K+K−1 are the gradient of class classes[r]; the rest of W has gradient 0.
// nil classes means all.
func (h *Head) LossGradSampled(dX, dW blas32.General, x blas32.General, y []int, classes []int) float64 {
	k := max(h.Subcenters, 1)
	p := problem{
		n: x.Rows, d: x.Cols, classes: h.W.Rows / k, k: k, wCols: h.W.Cols, wRows: h.W.Rows,
		dXRows: dX.Rows, dXCols: dX.Cols, dXNil: dX.Data == nil,
		dWRows: dW.Rows, dWCols: dW.Cols, dWNil: dW.Data == nil, smoothing: h.Smoothing,
	}
	p.check(y, classes, h.Alpha, h.Margin, h.Gamma)
	if x.Rows == 0 {
		for i := range dW.Rows {
			clear(dW.Data[i*dW.Stride:][:dW.Cols])
		}
		return 0
	}
	return h.step.run(h, dX, dW, x, y, classes)
}

// Sample appends to dst[:0] the classes for one Partial FC step and returns them in ascending order: every class of
// y, and uniformly chosen others until they are rate·c (An et al., section 3.2); more only if y has more. rate is
// in (0, 1].
func (h *Head) Sample(dst []int, rng *rand.Rand, rate float64, y []int) []int {
	k := max(h.Subcenters, 1)
	c := h.W.Rows / k
	if !(rate > 0 && rate <= 1) {
		panic("arcface: rate out of (0, 1]")
	}
	pos := append(h.labels[:0], y...)
	slices.Sort(pos)
	pos = slices.Compact(pos)
	h.labels = pos
	if len(pos) > 0 && (pos[0] < 0 || pos[len(pos)-1] >= c) {
		panic(errLabel)
	}
	// Selection sampling (Knuth, TAOCP 3.4.2, algorithm S) over the classes that y does not have.
	dst = dst[:0]
	need, left := int(math.Ceil(rate*float64(c)))-len(pos), c-len(pos)
	for j := range c {
		if len(pos) > 0 && pos[0] == j {
			dst, pos = append(dst, j), pos[1:]
			continue
		}
		if need > 0 && rng.IntN(left) < need {
			dst = append(dst, j)
			need--
		}
		left--
	}
	return dst
}

// Cosines writes to dst (n × c) the cosine of each row of x (n × d) with each class (its best sub-center), in
// [-1, 1]. No margin: that is for training. Zero rows have cosine 0.
func (h *Head) Cosines(dst, x blas32.General) {
	k := max(h.Subcenters, 1)
	if h.W.Rows == 0 || h.W.Rows%k != 0 || x.Cols == 0 || x.Cols != h.W.Cols || dst.Rows != x.Rows ||
		dst.Cols != h.W.Rows/k {
		panic(errShape)
	}
	h.scores.run(h, dst, x)
}

// Logits writes to dst (n × c) the scale times the cosines, without margin.
func (h *Head) Logits(dst, x blas32.General) {
	h.Margin.check()
	h.Cosines(dst, x)
	for i := range dst.Rows {
		for j := range dst.Cols {
			dst.Data[i*dst.Stride+j] *= float32(h.Margin.S)
		}
	}
}

// Probabilities writes to dst (n × c) the softmax of Logits: each row sums to 1. They are over the trained classes
// only; a stranger gets probabilities too, so threshold the cosine, not the probability.
func (h *Head) Probabilities(dst, x blas32.General) {
	h.Logits(dst, x)
	for i := range dst.Rows {
		r := dst.Data[i*dst.Stride:][:dst.Cols]
		top := math.Inf(-1)
		for _, v := range r {
			top = math.Max(top, float64(v))
		}
		var sum float64
		for _, v := range r {
			sum += math.Exp(float64(v) - top)
		}
		for j, v := range r {
			r[j] = float32(math.Exp(float64(v)-top) / sum)
		}
	}
}
