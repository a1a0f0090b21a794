package main

// The losses, each word for word as its paper has it. Labels count from 0, rows are samples.

// mat is a matrix, row by row.
type mat struct {
	v       []num
	n, cols int
}

func (m mat) row(i int) []num { return m.v[i*m.cols:][:m.cols] }

// logSoftmax is log p_j = z_j − log Σ exp z_k.
func logSoftmax(z []num) []num {
	s := lit(0)
	for _, x := range z {
		s = add(s, exp(x))
	}
	s = ln(s)
	out := make([]num, len(z))
	for j, x := range z {
		out[j] = sub(x, s)
	}
	return out
}

// crossEntropy is Σ_i Σ_j −w_j t_ij log p_ij, with t_ij = 1 − ε for the label and ε/c more for each class; divided by
// n, or where byWeight by Σ_i w_{y_i}. Nil weights are ones.
func crossEntropy(z mat, y []int, weights []num, eps num, byWeight bool) num {
	total, norm := lit(0), lit(0)
	for i := range z.n {
		for j, lp := range logSoftmax(z.row(i)) {
			t := div(eps, lit(float64(z.cols)))
			if j == y[i] {
				t = add(t, sub(lit(1), eps))
			}
			total = sub(total, mul(weight(weights, j), mul(t, lp)))
		}
		if byWeight {
			norm = add(norm, weight(weights, y[i]))
		} else {
			norm = add(norm, lit(1))
		}
	}
	return div(total, norm)
}

func weight(w []num, j int) num {
	if w == nil {
		return lit(1)
	}
	return w[j]
}

// focal is −α_y (1−p_y)^γ log p_y, mean over the samples (Lin et al., ICCV 2017, eq. 5).
func focal(z mat, y []int, alpha []num, gamma num) num {
	total := lit(0)
	for i := range z.n {
		lp := logSoftmax(z.row(i))[y[i]]
		total = sub(total, mul(weight(alpha, y[i]), mul(power(sub(lit(1), exp(lp)), gamma), lp)))
	}
	return div(total, lit(float64(z.n)))
}

// power is x^γ, 1 for γ = 0.
func power(x, gamma num) num {
	if gamma.Sign() == 0 {
		return lit(1)
	}
	if x.Sign() == 0 {
		return lit(0)
	}
	return pow(x, gamma)
}

// logSigmoid is log 1/(1+exp(−z)).
func logSigmoid(z num) num { return neg(ln(add(lit(1), exp(neg(z))))) }

// binaryCrossEntropy is −[w1·t log p + w0·(1−t) log(1−p)], mean over the samples; the target is (1−ε)t + ε/2.
func binaryCrossEntropy(z, t, weights []num, eps num) num {
	total := lit(0)
	for i := range z {
		s := add(mul(sub(lit(1), eps), t[i]), scale2(eps, -1))
		one := mul(mul(weight(weights, 1), s), logSigmoid(z[i]))
		zero := mul(mul(weight(weights, 0), sub(lit(1), s)), logSigmoid(neg(z[i])))
		total = sub(total, add(one, zero))
	}
	return div(total, lit(float64(len(z))))
}

// binaryFocal is −α(1−p)^γ log p where the target is 1, −(1−α) p^γ log(1−p) where it is 0, and both by their shares
// between.
func binaryFocal(z, t []num, alpha, gamma num) num {
	total := lit(0)
	for i := range z {
		a, b := logSigmoid(z[i]), logSigmoid(neg(z[i]))
		one := mul(mul(alpha, t[i]), mul(power(exp(b), gamma), a))
		zero := mul(mul(sub(lit(1), alpha), sub(lit(1), t[i])), mul(power(exp(a), gamma), b))
		total = sub(total, add(one, zero))
	}
	return div(total, lit(float64(len(z))))
}

// head is an angular-margin softmax (Deng et al., CVPR 2019, eq. 4) with K weights per class, of which the nearest
// counts, and a focal base loss, which is cross-entropy for γ = 0.
type head struct {
	s, m1, m2, m3, gamma num
	alpha                []num
	k                    int
}

func (h head) loss(x, w mat, y []int) num {
	c := w.n / h.k
	z := mat{make([]num, x.n*c), x.n, c}
	for i := range x.n {
		for j := range c {
			best := cosine(x.row(i), w.row(j*h.k))
			for k := 1; k < h.k; k++ {
				if v := cosine(x.row(i), w.row(j*h.k+k)); v.Cmp(best) > 0 {
					best = v
				}
			}
			if j == y[i] {
				best = h.target(best)
			}
			z.row(i)[j] = mul(h.s, best)
		}
	}
	return focal(z, y, h.alpha, h.gamma)
}

func cosine(a, b []num) num {
	ab, aa, bb := lit(0), lit(0), lit(0)
	for i := range a {
		ab, aa, bb = add(ab, mul(a[i], b[i])), add(aa, mul(a[i], a[i])), add(bb, mul(b[i], b[i]))
	}
	return div(ab, sqrt(mul(aa, bb)))
}

// target is cos(m1·θ + m2) − m3; for m1 = 1 and θ > π − m2 it goes on as cos θ − m2·sin m2 − m3, so that it falls up
// to π.
func (h head) target(cos num) num {
	theta := acos(cos)
	if h.m1.Cmp(lit(1)) == 0 && add(theta, h.m2).Cmp(pi()) > 0 {
		sin, _ := sincos(h.m2)
		return sub(sub(cos, mul(h.m2, sin)), h.m3)
	}
	_, v := sincos(add(mul(h.m1, theta), h.m2))
	return sub(v, h.m3)
}

// center is ½ Σ_i ‖x_i − c_{y_i}‖², a sum (Wen et al., ECCV 2016, eq. 2).
func center(x, c mat, y []int) num {
	total := lit(0)
	for i := range x.n {
		for j, v := range x.row(i) {
			d := sub(v, c.row(y[i])[j])
			total = add(total, mul(d, d))
		}
	}
	return scale2(total, -1)
}

// updates are the centres after the batch: the mean of a class's samples, and Wen's rule (eq. 4) with rate alpha. A
// class without a sample stays.
func updates(x, c mat, y []int, alpha num) (mean, wen []num) {
	for j := range c.n {
		n := lit(0)
		s := make([]num, c.cols)
		for k := range s {
			s[k] = lit(0)
		}
		for i := range x.n {
			if y[i] == j {
				n = add(n, lit(1))
				for k, v := range x.row(i) {
					s[k] = add(s[k], v)
				}
			}
		}
		for k, v := range c.row(j) {
			if n.Sign() == 0 {
				mean, wen = append(mean, v), append(wen, v)
				continue
			}
			mean = append(mean, div(s[k], n))
			delta := div(sub(mul(n, v), s[k]), add(lit(1), n))
			wen = append(wen, sub(v, mul(alpha, delta)))
		}
	}
	return mean, wen
}
