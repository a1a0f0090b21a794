package arcface

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/blas/blas64"

	"faceid/internal/golden"
)

func mat64(rows [][]float64) blas64.General {
	m := blas64.General{Rows: len(rows), Cols: len(rows[0]), Stride: len(rows[0])}
	for _, r := range rows {
		m.Data = append(m.Data, r...)
	}
	return m
}

// relDiff is max |a−b| over max |b|: relative to the size of the whole gradient.
func relDiff(a, b []float64) float64 {
	var d, s float64
	for i, v := range b {
		d = math.Max(d, math.Abs(a[i]-v))
		s = math.Max(s, math.Abs(v))
		if math.IsNaN(a[i]) {
			return math.Inf(1)
		}
	}
	if s == 0 {
		return d
	}
	return d / s
}

// TestReference compares both heads with the values of testdata/losses, and with PyTorch's where they are at hand.
func TestReference(t *testing.T) {
	seen := map[string]bool{}
	isHead := func(c *golden.LossCase) bool { return c.Inputs.W != nil && c.Inputs.Centers == nil }
	for _, r := range golden.Losses(t, isHead) {
		seen[r.Name] = true
		x, w, p := mat64(r.Inputs.X), mat64(r.Inputs.W), r.Params
		m := Combined(p.S, p.M1, p.M2, p.M3)
		wantX, wantW := mat64(r.Grad.X).Data, mat64(r.Grad.W).Data

		h64 := Head64{W: w, Margin: m, Subcenters: p.Subcenters, Gamma: p.Gamma, Alpha: r.Inputs.Alpha}
		dX, dW := like64(x), like64(w)
		if got := h64.LossGrad(dX, dW, x, r.Inputs.Labels); math.Abs(got-r.Loss) > 1e-9*math.Abs(r.Loss) {
			t.Errorf("%s %+v: float64 loss %.15g, want %.15g", r.Name, p, got, r.Loss)
		}
		if e := math.Max(relDiff(dX.Data, wantX), relDiff(dW.Data, wantW)); e > 1e-9 {
			t.Errorf("%s %+v: float64 gradient off by %g relative", r.Name, p, e)
		}

		h := Head{W: from(w), Margin: m, Subcenters: p.Subcenters, Gamma: p.Gamma, Alpha: r.Inputs.Alpha}
		dX32, dW32 := from(like64(x)), from(like64(w))
		if got := h.LossGrad(dX32, dW32, from(x), r.Inputs.Labels); math.Abs(got-r.Loss) > 1e-4*math.Abs(r.Loss) {
			t.Errorf("%s %+v: float32 loss %.9g, want %.9g", r.Name, p, got, r.Loss)
		}
		if e := math.Max(relDiff(to64(dX32).Data, wantX), relDiff(to64(dW32).Data, wantW)); e > 1e-4 {
			t.Errorf("%s %+v: float32 gradient off by %g relative", r.Name, p, e)
		}
	}
	if len(seen) < 9 {
		t.Errorf("only the heads %v", seen)
	}
}
