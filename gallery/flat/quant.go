package flat

import (
	"fmt"
	"math"
)

const (
	maxDim = 4096
	// unitSlack is how far a vector's length may be from 1, and maxNorm the bound on it that the proof in doc.go uses.
	unitSlack = 1e-3
	maxNorm   = 1 + 2*unitSlack
	// roundSlack covers every rounding of the bounds; see doc.go.
	roundSlack = 1e-6
)

// padded is the number of dimensions that codes are made for.
func padded(dim int) int { return (dim + 127) &^ 127 }

// checkUnit refuses what is not a unit vector of dim finite values. The comparison is false for NaN.
func checkUnit(v []float32, dim int) error {
	if len(v) != dim {
		return fmt.Errorf("%w: %d values, want %d", ErrVector, len(v), dim)
	}
	if n := math.Sqrt(dotGo(v, v)); !(math.Abs(n-1) <= unitSlack) {
		return fmt.Errorf("%w: length %g, want 1", ErrVector, n)
	}
	return nil
}

// roundUp is the least float32 not below x.
func roundUp(x float64) float32 {
	f := float32(x)
	if float64(f) < x {
		f = math.Nextafter32(f, float32(math.Inf(1)))
	}
	return f
}

// quantise writes the codes u of x, in 0…255, so that x[i] ≈ s(u[i]-127.5), and returns s and upper bounds of
// the norms of what the codes leave of x: r8 with all eight bits, r4 with the upper four, x[i] ≈ 16s(u[i]>>4 - 7.5).
// The bounds are computed from the codes as they are, so that they hold whatever the rounding did.
func quantise(u []uint8, x []float32) (s, r4, r8 float32) {
	m := float32(0)
	for _, v := range x {
		m = max(m, v, -v)
	}
	s = m / 127.5
	inv, step := 127.5/m, float64(s)
	var e4, e8 float64
	u = u[:len(x)]
	for i, v := range x {
		// v·inv+128 ≥ 0 but for rounding: truncation is the floor, and the code nearest to v/s + 127.5.
		c := min(255, max(0, int32(v*inv+128)))
		u[i] = uint8(c)
		d8 := float64(v) - step*(float64(c)-127.5)
		d4 := float64(v) - step*(float64(c&^15)-120)
		e8 += d8 * d8
		e4 += d4 * d4
	}
	return s, roundUp(math.Sqrt(e4) * (1 + 1e-9)), roundUp(math.Sqrt(e8) * (1 + 1e-9))
}

// putRow writes the codes of row i (of a chunk) to both planes. dp is len(u), a multiple of 128.
func putRow(h, l []byte, i int, u []uint8) {
	dp := len(u)
	block := h[i/16*8*dp:]
	for g := 0; g < dp; g += 8 {
		c, b := (*[8]uint8)(u[g:]), (*[4]byte)(block[8*g+i%16*4:])
		for j := range b {
			b[j] = c[j]>>4 | c[j+4]&0xf0
		}
	}
	row := l[i*dp/2:][:dp/2]
	for v := 0; v < dp; v += 128 {
		c, b := (*[128]uint8)(u[v:]), (*[64]byte)(row[v/2:])
		for j := range b {
			b[j] = c[j]&15 | c[j+64]<<4
		}
	}
}

// quantised is a probe ready for the passes: e are its codes, t·e ≈ q, and delta ≥ ‖q − t·e‖, norm ≥ ‖q‖.
type quantised struct {
	q           []float32
	t           float32
	delta, norm float64
	sum         int64 // of e
}

// quantiseProbe writes the codes of q to e, which is zero beyond len(q).
func quantiseProbe(e []int8, q []float32) quantised {
	m := float32(0)
	for _, v := range q {
		m = max(m, v, -v)
	}
	z := quantised{q: q, t: m / 127}
	inv, step := 127/m, float64(z.t)
	var err, norm float64
	for i, v := range q {
		c := min(127, max(-127, math.RoundToEven(float64(v*inv))))
		e[i] = int8(c)
		z.sum += int64(c)
		d := float64(v) - step*c
		err += d * d
		norm += float64(v) * float64(v)
	}
	z.delta, z.norm = math.Sqrt(err)*(1+1e-9), math.Sqrt(norm)*(1+1e-9)
	return z
}

// probe returns what the loops need to keep every row whose score may be thr or more.
func (z *quantised) probe(thr float32) probe {
	t := float64(z.t)
	b := (z.norm + z.delta) * (1 + 1e-5)
	rest := float64(thr) - z.delta*maxNorm - roundSlack
	if thr <= -1 { // scores are clamped up to -1: every row reaches that
		rest = math.Inf(-1)
	}
	p := probe{
		a: 8 * z.t, b: roundUp(b), bias: int32(15 * z.sum), thr: -roundUp(-rest),
		a2: t / 2, b2: b, bias2: 255 * z.sum, thr2: rest,
	}
	if math.IsInf(rest, -1) {
		p.thr, p.thr2 = -math.MaxFloat32, -math.MaxFloat64
	}
	return p
}
