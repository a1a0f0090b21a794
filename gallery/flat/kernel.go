package flat

import (
	"fmt"
	"math"
)

// probe is one probe as the inner loops need it; flat_probe in kernel.h has the same layout.
type probe struct {
	a, b, thr    float32
	bias         int32
	a2, b2, thr2 float64
	bias2        int64
}

// kernel is one set of inner loops. All give the same answers; see kernel.h for what each argument is.
type kernel interface {
	name() string
	scan(h []byte, s, r4 []float32, rows, dp, nq int, e []int8, p []probe, idx, dot, count []int32, stride int)
	refine(l []byte, s, r8 []float32, dp int, e []int8, p *probe, idx, dot []int32, ub []float64) int
	dots(q, x []float32, n int, out []float64)
}

// kernels are those that run here, fastest first.
var kernels = append(native(), goKernel{})

// Kernels lists what this CPU and build can run, fastest first; the last is always "go".
// All give the same answers.
func Kernels() []string {
	var names []string
	for _, k := range kernels {
		names = append(names, k.name())
	}
	return names
}

func pickKernel(name string) (kernel, error) {
	for _, k := range kernels {
		if name == "" || k.name() == name {
			return k, nil
		}
	}
	return nil, fmt.Errorf("%w: %q, have %q", ErrKernel, name, Kernels())
}

// Score is the reference score of two unit vectors of equal length, as doc.go defines it. It is the same
// to the last bit on every machine.
func Score(q, x []float32) float32 {
	if len(q) != len(x) {
		panic("flat: vector lengths differ")
	}
	return score(dotGo(q, x))
}

// score rounds and clamps a dot product; both are monotone, so that a bound on the product bounds the score.
func score(dot float64) float32 {
	return max(-1, min(1, float32(dot)))
}

// dotGo adds the products x[i]·q[i] in 16 running sums, i mod 16, and these in halves. A product of two float32
// is exact in float64: whether the compiler fuses it with the addition makes no difference.
func dotGo(q, x []float32) float64 {
	var s [16]float64
	n := len(q) &^ 15
	for i := 0; i < n; i += 16 {
		a, b := (*[16]float32)(q[i:]), (*[16]float32)(x[i:])
		for j := range s {
			s[j] += float64(a[j]) * float64(b[j])
		}
	}
	for i := n; i < len(q); i++ {
		s[i&15] += float64(q[i]) * float64(x[i])
	}
	for h := 8; h > 0; h >>= 1 {
		for i := range h {
			s[i] += s[i+h]
		}
	}
	return s[0]
}

// goKernel is the specification of the loops in kernel.c.
type goKernel struct{}

func (goKernel) name() string { return "go" }

func (goKernel) scan(h []byte, s, r4 []float32, rows, dp, nq int, e []int8, p []probe, idx, dot,
	count []int32, stride int) {
	clear(count[:nq])
	code := make([]int8, dp)
	for q := range nq {
		code := probeCodes(code, e, dp, nq, q)
		pr, n := &p[q], int32(0)
		ix, dt := idx[q*stride:], dot[q*stride:]
		var d [16]int32
		for row := 0; row < rows; row += 16 {
			dotBlock(&d, h[row*dp/2:], code)
			for i := 0; i < min(16, rows-row); i++ {
				ub := float32(2*d[i]-pr.bias)*s[row+i]*pr.a + r4[row+i]*pr.b
				if ub >= pr.thr {
					ix[n], dt[n] = int32(row+i), d[i]
					n++
				}
			}
		}
		count[q] = n
	}
}

// dotBlock is D of the 16 rows of a block of the high plane.
func dotBlock(d *[16]int32, h []byte, e []int8) {
	*d = [16]int32{}
	for g := 0; g < len(e); g += 8 {
		q, v := (*[8]int8)(e[g:]), (*[64]byte)(h[8*g:])
		for i := range d {
			b := (*[4]byte)(v[4*i:])
			d[i] += int32(b[0]&15)*int32(q[0]) + int32(b[1]&15)*int32(q[1]) +
				int32(b[2]&15)*int32(q[2]) + int32(b[3]&15)*int32(q[3]) +
				int32(b[0]>>4)*int32(q[4]) + int32(b[1]>>4)*int32(q[5]) +
				int32(b[2]>>4)*int32(q[6]) + int32(b[3]>>4)*int32(q[7])
		}
	}
}

func (goKernel) refine(l []byte, s, r8 []float32, dp int, e []int8, p *probe, idx, dot []int32, ub []float64) int {
	m := 0
	for i, r := range idx {
		row := l[int(r)*dp/2:][:dp/2]
		low := int32(0)
		for v := 0; v < dp; v += 128 {
			b, q := (*[64]byte)(row[v/2:]), (*[128]int8)(e[v:])
			for j, c := range b {
				low += int32(c&15)*int32(q[j]) + int32(c>>4)*int32(q[j+64])
			}
		}
		u := 16*int64(dot[i]) + int64(low)
		b := p.a2*float64(s[r])*float64(2*u-p.bias2) + p.b2*float64(r8[r])
		if b >= p.thr2 {
			idx[m], ub[m] = r, b
			m++
		}
	}
	return m
}

func (goKernel) dots(q, x []float32, n int, out []float64) {
	for i := range n {
		out[i] = dotGo(q, x[i*len(q):][:len(q)])
	}
}

// tileCodes lays the codes of nq probes out as scan wants them for more than one: tiles of 16 probes, each
// [dp/8][16][8]. codes holds them one after another; dst has room for whole tiles and is zero in the last one's gap.
func tileCodes(dst, codes []int8, dp, nq int) {
	for q := range nq {
		tile := dst[q/16*16*dp:]
		for g := range dp / 8 {
			copy(tile[g*128+q%16*8:][:8], codes[q*dp+8*g:])
		}
	}
}

// probeCodes is the reverse for one probe.
func probeCodes(dst, e []int8, dp, nq, q int) []int8 {
	if nq == 1 {
		return e[:dp]
	}
	tile := e[q/16*16*dp:]
	for g := range dp / 8 {
		copy(dst[8*g:][:8], tile[g*128+q%16*8:])
	}
	return dst
}

// never is a residual norm that no threshold lets through: that of a deleted row.
var never = float32(math.Inf(-1))
