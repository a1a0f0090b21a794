package finetune

import (
	"gonum.org/v1/gonum/blas/blas32"

	"faceid/internal/gemm"
)

// keeper is the gradient of Config.KeepClean's penalty. With Σ = mean x·xᵀ and μ = mean x over the clean views,
// Δ = W − W_start and δ = b − b_start, the penalty is κ·(tr ΔΣΔᵀ + 2·δᵀΔμ + δᵀδ), so its gradient is 2κ·(ΔΣ + δμᵀ) in
// W and 2κ·(Δμ + δ) in b: one product per step, whatever the number of views.
type keeper struct {
	start  Layer
	factor float32        // 2κ
	sigma  blas32.General // T × T
	mu     []float32      // T
	delta  blas32.General // D × T
}

// newKeeper returns nil where the start embeds every clean view as zero, so that there is nothing to keep.
func newKeeper(d *Dataset, start Layer, kappa float64) *keeper {
	v := d.Views(KindClean, false)
	n, t := v.Len(), start.T
	if n == 0 {
		return nil
	}
	k := &keeper{
		start: start, sigma: gemm.Matrix(make([]float32, t*t), t, t), mu: make([]float32, t),
		delta: gemm.Matrix(make([]float32, start.D*t), start.D, t),
	}
	var norm float64
	const block = 4096
	e := make([]float32, min(block, n)*start.D)
	mean := make([]float64, t)
	for lo := 0; lo < n; lo += block {
		hi := min(lo+block, n)
		x := gemm.Matrix(v.X[lo*t:hi*t], hi-lo, t)
		gemm.Gemm(true, false, 1/float32(n), x, x, 1, k.sigma)
		y := gemm.Matrix(e, hi-lo, start.D)
		start.Affine(y, x)
		for _, a := range y.Data {
			norm += float64(a) * float64(a)
		}
		for i := lo; i < hi; i++ {
			for j, a := range v.Row(i) {
				mean[j] += float64(a) / float64(n)
			}
		}
	}
	if norm == 0 {
		return nil
	}
	k.shrink(n)
	for j, m := range mean {
		k.mu[j] = float32(m)
	}
	k.factor = float32(2 * kappa / (norm / float64(n)))
	return k
}

// shrink moves Σ of n views towards a multiple of the identity with the same trace, by the share T/(n+T). A few photos
// span a few directions only: without it the layer could turn freely in all others, which other people's photos use.
// The idea is Ledoit and Wolf, "A well-conditioned estimator for large-dimensional covariance matrices", J.
// Multivariate Analysis 88 (2004); the share is simpler than theirs.
func (k *keeper) shrink(n int) {
	t := k.sigma.Rows
	share := float64(t) / float64(n+t)
	var trace float64
	for i := range t {
		trace += float64(k.sigma.Data[i*t+i])
	}
	for i := range k.sigma.Data {
		k.sigma.Data[i] *= float32(1 - share)
	}
	for i := range t {
		k.sigma.Data[i*t+i] += float32(share * trace / float64(t))
	}
	for j := range k.mu {
		k.mu[j] *= float32(1 - share) // so that the penalty stays a square: Σ − μμᵀ must not turn negative
	}
}

// add adds the gradient at l to gw, D × T, and gb, D.
func (k *keeper) add(gw, gb []float32, l Layer) {
	gemm.Parts(l.D, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			w, s, out := l.W[i*l.T:(i+1)*l.T], k.start.W[i*l.T:(i+1)*l.T], k.delta.Data[i*l.T:(i+1)*l.T]
			g := gw[i*l.T : (i+1)*l.T]
			d := l.B[i] - k.start.B[i]
			var dot float32
			for j, m := range k.mu {
				out[j] = w[j] - s[j]
				dot += out[j] * m
				g[j] += k.factor * d * m
			}
			gb[i] += k.factor * (dot + d)
		}
	})
	gemm.Gemm(false, false, k.factor, k.delta, k.sigma, 1, gemm.Matrix(gw, l.D, l.T))
}
