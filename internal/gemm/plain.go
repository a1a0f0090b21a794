package gemm

import "math"

// The same functions in plain Go: what a build without cgo runs, and what the tests hold the C kernels against.
// See kernel.h for what each does.

const plainMR, plainNR = 4, 4

func plainMacro(m, n, k int, a, b, c []float32, ldc int, alpha float32, add bool) {
	for j := 0; j < n; j += plainNR {
		bp := b[j*k:][:k*plainNR]
		for i := 0; i < m; i += plainMR {
			ap := a[i*k:][:k*plainMR]
			var t [plainMR * plainNR]float32
			for len(ap) >= plainMR && len(bp) >= plainNR {
				a0, a1, a2, a3 := ap[0], ap[1], ap[2], ap[3]
				b0, b1, b2, b3 := bp[0], bp[1], bp[2], bp[3]
				t[0] += a0 * b0
				t[1] += a0 * b1
				t[2] += a0 * b2
				t[3] += a0 * b3
				t[4] += a1 * b0
				t[5] += a1 * b1
				t[6] += a1 * b2
				t[7] += a1 * b3
				t[8] += a2 * b0
				t[9] += a2 * b1
				t[10] += a2 * b2
				t[11] += a2 * b3
				t[12] += a3 * b0
				t[13] += a3 * b1
				t[14] += a3 * b2
				t[15] += a3 * b3
				ap, bp = ap[plainMR:], bp[plainNR:]
			}
			bp = b[j*k:][:k*plainNR]
			for r := range min(plainMR, m-i) {
				row := c[(i+r)*ldc+j:][:min(plainNR, n-j)]
				for q := range row {
					v := alpha * t[r*plainNR+q]
					if add {
						v += row[q]
					}
					row[q] = v
				}
			}
		}
	}
}

func plainPack(dst, src []float32, ld, k, w, p int, trans bool, sk, sw []float32) {
	for j := 0; j < w; j += p {
		panel := dst[j*k:][:k*p]
		for i := range k {
			for r := range p {
				v := float32(0)
				if j+r < w {
					if trans {
						v = src[(j+r)*ld+i]
					} else {
						v = src[i*ld+j+r]
					}
					f := float32(1)
					if sk != nil {
						f = sk[i]
					}
					if sw != nil {
						f *= sw[j+r]
					}
					v *= f
				}
				panel[i*p+r] = v
			}
		}
	}
}

func plainSoftmax(z []float32, ld, m, n int, floor float32, max, sum []float32) {
	for i := range n {
		max[i], sum[i] = floor, 0
	}
	for j := range m {
		for i, v := range z[j*ld:][:n] {
			if v > max[i] {
				max[i] = v
			}
		}
	}
	for j := range m {
		row := z[j*ld:][:n]
		for i, v := range row {
			e := float32(0)
			if v -= max[i]; v > -87.33654 {
				e = float32(math.Exp(float64(v)))
			}
			row[i] = e
			sum[i] += e
		}
	}
}

func plainSumSq(x []float32, ld, m, d int, out []float64) {
	for j := range m {
		var s float64
		for _, v := range x[j*ld:][:d] {
			s += float64(v) * float64(v)
		}
		out[j] = s
	}
}

func plainProject(g []float32, ldg int, w []float32, ldw int, inv []float32, m, d int) {
	for j := range m {
		gj, wj := g[j*ldg:][:d], w[j*ldw:][:d]
		var t float64
		for i, v := range gj {
			t += float64(v) * float64(wj[i])
		}
		f := inv[j]
		c := float32(-t * float64(f) * float64(f))
		for i, v := range wj {
			gj[i] = (gj[i] + c*v) * f
		}
	}
}

func plainAxpy(y, x []float32, a float32) {
	for i := range y {
		y[i] += a * x[i]
	}
}

func plainSqDist(x, c []float32, ldc, m, d int, out []float32) {
	x = x[:d]
	for j := range m {
		var s float64
		for i, v := range c[j*ldc:][:d] {
			e := float64(x[i]) - float64(v)
			s += e * e
		}
		out[j] = float32(s)
	}
}
