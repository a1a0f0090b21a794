package arcface

import (
	"math"

	"gonum.org/v1/gonum/blas/blas64"

	"faceid/loss"
)

// Head64 is Head in float64: plain loops that follow the equations, for checks, small problems and other people's
// gradients. It is slow, single-threaded and allocates. The fields mean what Head's do.
type Head64 struct {
	W          blas64.General
	Margin     Margin
	Subcenters int
	Gamma      float64
	Alpha      []float64
	Smoothing  float64
}

// LossGrad is Head.LossGrad in float64.
func (h *Head64) LossGrad(dX, dW blas64.General, x blas64.General, y []int) float64 {
	return h.LossGradSampled(dX, dW, x, y, nil)
}

// LossGradSampled is Head.LossGradSampled in float64; classes nil means all.
func (h *Head64) LossGradSampled(dX, dW blas64.General, x blas64.General, y []int, classes []int) float64 {
	k := max(h.Subcenters, 1)
	c := h.W.Rows / k
	if classes == nil {
		classes = make([]int, c)
		for j := range classes {
			classes[j] = j
		}
	}
	p := problem{
		n: x.Rows, d: x.Cols, classes: c, k: k, wCols: h.W.Cols, wRows: h.W.Rows,
		dXRows: dX.Rows, dXCols: dX.Cols, dXNil: dX.Data == nil,
		dWRows: dW.Rows, dWCols: dW.Cols, dWNil: dW.Data == nil, smoothing: h.Smoothing,
	}
	p.check(y, classes, h.Alpha, h.Margin, h.Gamma)
	n, d, m := x.Rows, x.Cols, len(classes)
	if n == 0 {
		clear64(dW)
		return 0
	}
	xh, xn := unit(n, d, func(i int) []float64 { return x.Data[i*x.Stride:][:d] })
	wh, wn := unit(m*k, d, func(r int) []float64 { return h.W.Data[(classes[r/k]*k+r%k)*h.W.Stride:][:d] })
	gx, gw := make([]float64, n*d), make([]float64, m*k*d)
	ownX, ownW := make([]float64, n*d), make([]float64, m*k*d) // the targets' part, with respect to the raw rows
	tx, tw := make([]float64, d), make([]float64, d)
	cos, best, g := make([]float64, m), make([]int, m), make([]float64, m)
	var total float64
	for i := range n {
		xi := xh[i*d:][:d]
		t := -1 // position of the target among classes
		for j := range m {
			if classes[j] == y[i] {
				t = j
			}
			cos[j] = math.Inf(-1)
			for s := range k {
				if v := dot(xi, wh[(j*k+s)*d:][:d]); v > cos[j] {
					cos[j], best[j] = v, j*k+s
				}
			}
		}
		own := (classes[best[t]/k]*k + best[t]%k) * h.W.Stride
		v, slope := h.Margin.Target(tangents(tx, tw, x.Data[i*x.Stride:][:d], h.W.Data[own:][:d]))
		z := func(j int) float64 {
			if j == t {
				return h.Margin.S * v
			}
			return h.Margin.S * cos[j]
		}
		top := math.Inf(-1)
		for j := range m {
			top = math.Max(top, z(j))
		}
		var rest float64
		for j := range m {
			g[j] = math.Exp(z(j) - top)
			if j != t {
				rest += g[j]
			}
		}
		sum := rest + g[t]
		q := rest / sum
		a := 1.0
		if h.Alpha != nil {
			a = h.Alpha[y[i]]
		}
		value, f := loss.Term(g[t]/sum, q, logProb(z(t)-top, sum, q), h.Gamma)
		even := h.Smoothing / float64(m) // of the target, for every class
		for j := range m {
			value -= even * z(j)
		}
		total += a * (value + h.Smoothing*z(t))
		a *= h.Margin.S / float64(n)
		f *= a
		gt := slope * (a*(h.Smoothing-even) - f*q) // with respect to the target's cosine
		for l, v := range tx {
			ownX[i*d+l] += gt * v
			ownW[best[t]*d+l] += gt * tw[l]
		}
		for j := range m {
			if j == t {
				continue
			}
			gj := f*g[j]/sum - a*even
			wj, gwj := wh[best[j]*d:][:d], gw[best[j]*d:][:d]
			for l, xv := range xi {
				gx[i*d+l] += gj * wj[l]
				gwj[l] += gj * xv
			}
		}
	}
	if dX.Data != nil {
		project(gx, ownX, xh, xn, d, func(i int) []float64 { return dX.Data[i*dX.Stride:][:d] })
	}
	if dW.Data != nil {
		project(gw, ownW, wh, wn, d, func(r int) []float64 { return dW.Data[r*dW.Stride:][:d] })
	}
	return total / float64(n)
}

// Cosines is Head.Cosines in float64.
func (h *Head64) Cosines(dst, x blas64.General) {
	k, d := max(h.Subcenters, 1), x.Cols
	c := h.W.Rows / k
	if h.W.Rows%k != 0 || d != h.W.Cols || dst.Rows != x.Rows || dst.Cols != c {
		panic(errShape)
	}
	xh, _ := unit(x.Rows, d, func(i int) []float64 { return x.Data[i*x.Stride:][:d] })
	wh, _ := unit(c*k, d, func(r int) []float64 { return h.W.Data[r*h.W.Stride:][:d] })
	for i := range x.Rows {
		for j := range c {
			v := math.Inf(-1)
			for s := range k {
				v = math.Max(v, dot(xh[i*d:][:d], wh[(j*k+s)*d:][:d]))
			}
			dst.Data[i*dst.Stride+j] = v
		}
	}
}

// unit returns the rows divided by their norms, and 1/norm (0 for a zero row).
func unit(n, d int, row func(int) []float64) (hat, inv []float64) {
	hat, inv = make([]float64, n*d), make([]float64, n)
	for i := range n {
		r := row(i)
		s := dot(r, r)
		if math.IsNaN(s) || math.IsInf(s, 0) {
			panic(errFinite)
		}
		if s <= tinyNorm*tinyNorm {
			continue
		}
		inv[i] = 1 / math.Sqrt(s)
		for l, v := range r {
			hat[i*d+l] = v * inv[i]
		}
	}
	return hat, inv
}

// project turns the gradient with respect to a unit row into that to the raw row, (g − (g·r̂) r̂)/‖r‖, and adds own.
func project(g, own, hat, inv []float64, d int, out func(int) []float64) {
	for i, s := range inv {
		gi, hi := g[i*d:][:d], hat[i*d:][:d]
		c := dot(gi, hi)
		o := out(i)
		for l := range o {
			o[l] = (gi[l]-c*hi[l])*s + own[i*d+l]
		}
	}
}

func dot(a, b []float64) float64 {
	var s float64
	for i, v := range a {
		s += v * b[i]
	}
	return s
}

func clear64(m blas64.General) {
	for i := range m.Rows {
		if m.Data != nil {
			clear(m.Data[i*m.Stride:][:m.Cols])
		}
	}
}

// logProb is log p of a target with shifted logit zy, where p = exp(zy)/sum and q = 1−p.
func logProb(zy, sum, q float64) float64 {
	if q < 0.5 {
		return math.Log1p(-q)
	}
	return zy - math.Log(sum)
}
