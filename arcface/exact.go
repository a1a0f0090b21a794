package arcface

import "math"

// Near θ = 0 and π the tangent â − cos θ·b̂ is the small difference of two unit vectors, and dividing by sin θ makes
// its rounding large: with rows made unit in float64 the gradient keeps 16 + log10 θ digits only. So Head64 works on
// the raw rows there, in double-double arithmetic (Dekker, "A floating-point technique for extending the available
// precision", Numerische Mathematik 18 (1971); products by FMA).

// twice is the unevaluated sum hi + lo, about 32 digits.
type twice struct{ hi, lo float64 }

func twoSum(a, b float64) twice {
	s := a + b
	t := s - a
	return twice{s, (a - (s - t)) + (b - t)}
}

func twoProd(a, b float64) twice {
	p := a * b
	return twice{p, math.FMA(a, b, -p)}
}

func (a twice) add(b twice) twice {
	s := twoSum(a.hi, b.hi)
	return twoSum(s.hi, s.lo+a.lo+b.lo)
}

func (a twice) times(f float64) twice {
	p := twoProd(a.hi, f)
	return twoSum(p.hi, p.lo+a.lo*f)
}

func (a twice) over(b twice) twice {
	q := a.hi / b.hi
	r := a.add(b.times(-q))
	q2 := r.hi / b.hi
	r = r.add(b.times(-q2))
	return twoSum(q, q2+r.hi/b.hi)
}

func dot2(a, b []float64) (s twice) {
	for i, v := range a {
		s = s.add(twoProd(v, b[i]))
	}
	return s
}

// tangents returns the angle of raw rows x and w in [0, π], and their tangents tx = (ŵ − cos θ·x̂)/‖x‖, which the
// gradient of the cosine in x is, and tw likewise. A zero row is at right angles with everything, and its tangents are
// zero.
func tangents(tx, tw, x, w []float64) (theta float64) {
	xx, ww, xw := dot2(x, x), dot2(w, w), dot2(x, w)
	if xx.hi <= tinyNorm*tinyNorm || ww.hi <= tinyNorm*tinyNorm {
		clear(tx)
		clear(tw)
		return math.Pi / 2
	}
	scale := 1 / (math.Sqrt(xx.hi) * math.Sqrt(ww.hi))
	// tx = (w − (x·w/x·x)·x)/(‖x‖‖w‖)
	away := func(dst, a, b []float64, r twice) (square float64) {
		for l := range dst {
			p := r.times(-a[l])
			v := twoSum(b[l], p.hi)
			dst[l] = v.hi + (v.lo + p.lo)
			square += dst[l] * dst[l]
			dst[l] *= scale
		}
		return square
	}
	square := away(tx, x, w, xw.over(xx)) // (‖w‖·sin θ)²
	away(tw, w, x, xw.over(ww))
	return math.Atan2(math.Sqrt(square)*math.Sqrt(xx.hi), xw.hi)
}
