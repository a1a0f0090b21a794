package dense

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/mat"

	"faceid/internal/f32"
	"faceid/internal/gemm"
)

// LeastShrink is the λ of WCCN that training starts best from, with twenty people and with hundreds: TAR at FAR 1e-3 on
// others at low resolution, LFW, trained from λ = 0.7, 0.8 and 0.9: 30 people 18.1, 18.7, 19.0 %, 80 people 20.3, 20.4,
// 20.5 %. The closed form alone does better at 0.8 there, by 0.2 to 0.8 points, and worse on others' good photos.
const LeastShrink = 0.9

// ShrinkFor is the λ for so many people and embeddings of d values: d/(d + 3·people), the share of directions that
// these people say nothing about if each tells of three, and at least LeastShrink. Ten South Asian people, good photos:
// 66.1, 67.3 and 68.2 % on others at 0.8, 0.9 and 0.95, of 68.2 untuned. Choosing λ by cross-validation was worse than
// a constant below thirty people, and moves little above.
func ShrinkFor(people, d int) float64 { return max(LeastShrink, float64(d)/float64(d+3*people)) }

// WCCN returns start followed by within-class covariance normalisation, folded into the layer: T·W and T·b with
//
//	T = ((1−λ)·C + λ·tr(C)/D·I)^(−½)
//
// where C is the mean over the people of the covariance of each one's unit embeddings over all of its views, spoilt
// ones included. So the directions in which views of one person differ, between photos and between a clean and a spoilt
// view, count less. It is closed form, and needs no more than ten people. shrink is λ in (0, 1]: 1 changes nothing. The
// layer is scaled so that clean views keep their mean squared norm.
//
// Sources: Hatch, Kajarekar and Stolcke: Within-class covariance normalization for SVM-based speaker recognition,
// Interspeech 2006. The shrinkage towards a multiple of the identity: Ledoit and Wolf, J. Multivariate Analysis 88
// (2004). Errors: ErrData, ErrConfig for a shrink out of range, ErrTooFew where nobody has two views.
func WCCN(d *Dataset, start Layer, shrink float64) (Layer, error) {
	return normalise(d, start, shrink, func(cov []float64) ([]float64, error) { return cov, nil })
}

// normalise is WCCN by what shape makes of the covariance.
func normalise(d *Dataset, start Layer, shrink float64, shape func(cov []float64) ([]float64, error)) (
	Layer, error) {

	if !(shrink > 0 && shrink <= 1) {
		return Layer{}, fmt.Errorf("%w: shrink is %v, it must be in (0, 1]", ErrConfig, shrink)
	}
	if err := d.Check(); err != nil {
		return Layer{}, err
	}
	if err := start.Check(d.T); err != nil {
		return Layer{}, err
	}
	cov := within(d, start, nil)
	n := start.D
	trace := diagonal(cov, n)
	if !(trace > 0) {
		return Layer{}, fmt.Errorf("%w: nobody has two different views, so there is nothing to normalise", ErrTooFew)
	}
	cov, err := shape(cov)
	if err != nil {
		return Layer{}, err
	}
	for i := range cov {
		cov[i] *= 1 - shrink
	}
	for i := range n {
		cov[i*n+i] += shrink * trace / float64(n)
	}
	t, err := inverseRoot(cov, n)
	if err != nil {
		return Layer{}, err
	}
	out := Layer{D: n, T: start.T, W: make([]float32, n*start.T), B: make([]float32, n)}
	gemm.Gemm(false, false, 1, t, gemm.Matrix(start.W, n, start.T), 0, gemm.Matrix(out.W, n, start.T))
	for i := range n {
		for j, b := range start.B {
			out.B[i] += t.Data[i*n+j] * b
		}
	}
	clean := d.Views(KindClean, false)
	out.scale(math.Sqrt(meanSquare(clean, start) / meanSquare(clean, out)))
	if !f32.AllFinite(out.W) || !f32.AllFinite(out.B) {
		return Layer{}, fmt.Errorf("%w: the normalised layer is not finite", ErrData)
	}
	return out, nil
}

func (l Layer) scale(f float64) {
	for _, s := range [][]float32{l.W, l.B} {
		for i := range s {
			s[i] *= float32(f)
		}
	}
}

// meanSquare is the mean squared norm of the raw embeddings.
func meanSquare(d *Dataset, l Layer) float64 {
	var sum float64
	eachBlock(d, l, false, func(_ int, e []float32) {
		for _, v := range e {
			sum += float64(v) * float64(v)
		}
	})
	return sum / float64(d.Len())
}

func diagonal(a []float64, n int) (sum float64) {
	for i := range n {
		sum += a[i*n+i]
	}
	return sum
}

// within is the mean over the people with two or more views of the covariance of each one's unit embeddings, D × D.
// With owner, d's people are parts of somebody, as photos are, and owner says of whom: the mean is over the owners, of
// the means over their parts.
func within(d *Dataset, l Layer, owner []int32) []float64 {
	mean := MeanEmbeddings(d, l)
	views := d.Rows()
	if owner == nil {
		for p := range views {
			owner = append(owner, int32(p))
		}
	}
	parts := map[int32]int{}
	for p, n := range views {
		if n > 1 {
			parts[owner[p]]++
		}
	}
	n := l.D
	sum := make([]float64, n*n)
	part := gemm.Matrix(make([]float32, n*n), n, n)
	eachBlock(d, l, true, func(at int, e []float32) {
		rows := len(e) / n
		for i := range rows {
			p := int(d.Person[at+i])
			f := float32(0)
			if views[p] > 1 {
				f = float32(1 / math.Sqrt(float64(views[p]-1)*float64(parts[owner[p]]*len(parts))))
			}
			row := e[i*n : (i+1)*n]
			for j, m := range mean[p*n : (p+1)*n] {
				row[j] = f * (row[j] - m)
			}
		}
		m := gemm.Matrix(e, rows, n)
		gemm.Gemm(true, false, 1, m, m, 0, part)
		for i, v := range part.Data {
			sum[i] += float64(v)
		}
	})
	return sum
}

// eachBlock calls f with blocks of the embeddings of d's rows, from row at on; f may change them.
func eachBlock(d *Dataset, l Layer, normalise bool, f func(at int, e []float32)) {
	const block = 4096
	buf := make([]float32, min(block, d.Len())*l.D)
	for lo := 0; lo < d.Len(); lo += block {
		hi := min(lo+block, d.Len())
		e := buf[:(hi-lo)*l.D]
		if normalise {
			l.Embed(e, d.X[lo*d.T:hi*d.T])
		} else {
			l.Affine(gemm.Matrix(e, hi-lo, l.D), gemm.Matrix(d.X[lo*d.T:hi*d.T], hi-lo, d.T))
		}
		f(lo, e)
	}
}

// inverseRoot returns A^(−½) of a symmetric positive definite n × n matrix by the coupled Newton–Schulz iteration
// (Higham, "Functions of Matrices", 2008, eq. 6.35): matrix products only, which package gemm does thirty times faster
// than an eigendecomposition takes. Where that does not come to rest, A being badly conditioned, the eigenvectors are
// taken.
func inverseRoot(a []float64, n int) (blas32.General, error) {
	var norm float64 // ‖A‖∞ bounds the largest eigenvalue
	for i := range n {
		var row float64
		for _, v := range a[i*n : (i+1)*n] {
			row += math.Abs(v)
		}
		norm = max(norm, row)
	}
	if !(norm > 0) || math.IsInf(norm, 0) {
		return blas32.General{}, fmt.Errorf("%w: a covariance that is not finite", ErrData)
	}
	fresh := func() blas32.General { return gemm.Matrix(make([]float32, n*n), n, n) }
	y, z, m, next := fresh(), fresh(), fresh(), fresh()
	for i, v := range a {
		y.Data[i] = float32(v / norm)
	}
	for i := range n {
		z.Data[i*n+i] = 1
	}
	last := math.Inf(1)
	for range 50 {
		gemm.Gemm(false, false, -0.5, z, y, 0, m) // −ZY/2
		var off float64
		for i := range n {
			m.Data[i*n+i] += 0.5
		}
		for _, v := range m.Data { // (I − ZY)/2
			off += float64(v) * float64(v)
		}
		if off = math.Sqrt(off); off < 1e-5*math.Sqrt(float64(n)) || off >= last && off < 1e-3 {
			f := float32(1 / math.Sqrt(norm))
			for i := range z.Data {
				z.Data[i] *= f
			}
			return z, nil
		}
		last = off
		for i := range n {
			m.Data[i*n+i]++
		}
		gemm.Gemm(false, false, 1, y, m, 0, next)
		y, next = next, y
		gemm.Gemm(false, false, 1, m, z, 0, next)
		z, next = next, z
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(mat.NewSymDense(n, a), true) {
		return blas32.General{}, fmt.Errorf("%w: the within-person covariance has no eigenvectors", ErrData)
	}
	var u mat.Dense
	eigen.VectorsTo(&u)
	left, right := fresh(), fresh()
	for k, v := range eigen.Values(nil) {
		f := 1 / math.Sqrt(max(v, 1e-9*norm))
		for i := range n {
			left.Data[i*n+k], right.Data[i*n+k] = float32(f*u.At(i, k)), float32(u.At(i, k))
		}
	}
	gemm.Gemm(false, true, 1, left, right, 0, z)
	return z, nil
}
