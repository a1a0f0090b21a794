package finetune

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas/blas32"

	"faceid/internal/f32"
	"faceid/internal/gemm"
)

// one takes a training step on the rows and returns the loss without penalty.
func (t *trainer) one(rows []int32, step, steps int) (float64, error) {
	d := t.split.Train
	gemm.Parts(len(rows), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			copy(t.x.Data[i*t.x.Stride:], d.Row(int(rows[i])))
			t.y[i] = int(d.Person[rows[i]])
		}
	})
	t.layer.Affine(t.e, t.x)
	if !f32.AllFinite(t.e.Data) {
		return 0, t.diverged(step)
	}
	var loss float64
	var classes []int
	dw := t.headGradient(len(d.People))
	if t.rate < 1 {
		rng := rand.New(rand.NewPCG(t.cfg.Seed^0x70617274, uint64(step)))
		t.classes = t.head.Sample(t.classes, rng, t.rate, t.y)
		classes = t.classes
		dw = t.headGradient(len(classes))
	}
	loss = t.head.LossGradSampled(t.de, dw, t.e, t.y, classes)
	if t.cent != nil {
		loss += t.center()
	}
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		return 0, t.diverged(step)
	}
	gemm.Gemm(true, false, 1, t.de, t.x, 0, gemm.Matrix(t.w.g, t.layer.D, t.layer.T))
	clear(t.b.g)
	for i := range t.de.Rows {
		for j, v := range t.de.Data[i*t.de.Stride:][:t.de.Cols] {
			t.b.g[j] += v
		}
	}
	if t.keep != nil {
		t.keep.add(t.w.g, t.b.g, t.layer)
	}
	f := t.cfg.rate(step, steps)
	for _, p := range []*param{t.w, t.b} {
		p.step(t.cfg, f, step+1, nil)
	}
	t.hw.step(t.cfg, f, step+1, classes)
	if !f32.AllFinite(t.b.w) || !t.finiteClasses(classes) {
		return 0, t.diverged(step)
	}
	return loss, nil
}

// headGradient is the memory for the gradient of some classes' weights, shaped as the loss takes it.
func (t *trainer) headGradient(classes int) blas32.General {
	cols := t.hw.rowSize
	if t.cfg.Loss != Linear {
		cols = t.layer.D
	}
	n := classes * t.hw.rowSize
	return gemm.Matrix(t.hw.g[:n], n/cols, cols)
}

// center adds λ·L_c/n to the gradient in t.de and returns it. With u = e/‖e‖ the gradient of the raw embedding is
// (g − (g·u)·u)/‖e‖.
func (t *trainer) center() float64 {
	n, d := t.e.Rows, t.e.Cols
	norms := make([]float64, n)
	copy(t.u.Data, t.e.Data)
	for i := range n {
		norms[i] = f32.Unit(t.u.Data[i*d : (i+1)*d])
	}
	scale := t.cfg.CenterLambda / float64(n)
	sum := t.cent.LossGrad(t.du, t.u, t.y)
	t.lastCenter = sum / float64(n)
	loss := sum * scale
	gemm.Parts(n, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			if norms[i] == 0 {
				continue
			}
			g, u, out := t.du.Data[i*d:(i+1)*d], t.u.Data[i*d:(i+1)*d], t.de.Data[i*d:(i+1)*d]
			var dot float64
			for j, v := range g {
				dot += float64(v) * float64(u[j])
			}
			f := scale / norms[i]
			for j, v := range g {
				out[j] += float32(f * (float64(v) - dot*float64(u[j])))
			}
		}
	})
	if t.cfg.CenterRule == "mean" {
		t.cent.UpdateMean(t.u, t.y)
	} else {
		t.cent.UpdateWen(t.u, t.y, t.cfg.CenterAlpha)
	}
	return loss
}

func (t *trainer) diverged(step int) error {
	return fmt.Errorf("%w at step %d: a value is no longer finite; lower the learning rates (now %g and %g) or "+
		"raise the warm-up (now %g)",
		ErrDiverged, step+1, t.cfg.LR, t.cfg.HeadLR, t.cfg.Warmup)
}

// finiteClasses looks at the class weights that the step has changed; arcface refuses others by a panic.
func (t *trainer) finiteClasses(classes []int) bool {
	d := t.hw.rowSize
	if classes == nil {
		return f32.AllFinite(t.hw.w)
	}
	for _, c := range classes {
		if !f32.AllFinite(t.hw.w[c*d : (c+1)*d]) {
			return false
		}
	}
	return true
}
