package main

import (
	"math"
	"math/big"
	"sync"
)

// num is a number of 320 bits. Functions return new ones and change none.
type num = *big.Float

const prec = 320

func lit(v float64) num { return new(big.Float).SetPrec(prec).SetFloat64(v) }
func add(a, b num) num  { return lit(0).Add(a, b) }
func sub(a, b num) num  { return lit(0).Sub(a, b) }
func mul(a, b num) num  { return lit(0).Mul(a, b) }
func div(a, b num) num  { return lit(0).Quo(a, b) }
func neg(a num) num     { return lit(0).Neg(a) }
func sqrt(a num) num    { return lit(0).Sqrt(a) }
func scale2(a num, n int) num {
	return lit(0).SetMantExp(a, n)
}

// tiny reports whether a term no longer counts beside a sum near 1.
func tiny(a num) bool { return a.Sign() == 0 || a.MantExp(nil) < -prec }

var inverses = sync.OnceValue(func() []num {
	v := make([]num, 256)
	for k := range v {
		v[k] = div(lit(1), lit(float64(k)))
	}
	return v
})

// inverse is 1/k, for the terms of a power series.
func inverse(k int) num { return inverses()[k] }

// exp halves x until it is small, adds up the power series, and squares back.
func exp(x num) num {
	n := max(0, x.MantExp(nil)+8)
	r := scale2(x, -n)
	sum, term := lit(1), lit(1)
	for k := 1; !tiny(term); k++ {
		term = mul(mul(term, r), inverse(k))
		sum = add(sum, term)
	}
	for range n {
		sum = mul(sum, sum)
	}
	return sum
}

var ln2 = sync.OnceValue(func() num { return halley(lit(2)) })

// ln is that of the mantissa and ln 2 for each binary digit.
func ln(x num) num {
	m := lit(0)
	e := x.MantExp(m)
	l := halley(m)
	if e != 0 {
		l = add(l, mul(lit(float64(e)), ln2()))
	}
	return l
}

// halley solves exp(y) = x by y ← y + 2(x − e^y)/(x + e^y), which triples the right digits each time.
func halley(x num) num {
	f, _ := x.Float64()
	y := lit(math.Log(f))
	for range 3 {
		e := exp(y)
		y = add(y, div(scale2(sub(x, e), 1), add(x, e)))
	}
	return y
}

// sincos adds up the power series, for angles of a few turns at most.
func sincos(x num) (sin, cos num) {
	sum := [2]num{lit(0), lit(1)} // odd powers, even ones
	term := lit(1)
	for k := 1; k < 4 || !tiny(term); k++ {
		term = mul(mul(term, x), inverse(k))
		if k%4 < 2 {
			sum[(k+1)%2] = add(sum[(k+1)%2], term)
		} else {
			sum[(k+1)%2] = sub(sum[(k+1)%2], term)
		}
	}
	return sum[0], sum[1]
}

// acos solves cos θ = c by Newton's method, for c in (−1, 1).
func acos(c num) num {
	f, _ := c.Float64()
	t := lit(math.Acos(f))
	if t.Sign() == 0 || f == -1 {
		panic("acos at an end")
	}
	for range 60 {
		sin, cos := sincos(t)
		d := div(sub(cos, c), sin)
		t = add(t, d)
		if tiny(scale2(d, -30)) {
			return t
		}
	}
	panic("acos does not settle")
}

var pi = sync.OnceValue(func() num { return scale2(acos(lit(0)), 1) })

// pow is x^y for x > 0.
func pow(x, y num) num { return exp(mul(y, ln(x))) }

// gradient is that of f with respect to v, by central differences: with h = 2⁻⁹⁰ the error, some h² and some 2⁻³²⁰/h,
// is far below what a float64 shows. f reads v and must not keep it.
func gradient(v []num, f func() num) []num {
	h := scale2(lit(1), -90)
	out := make([]num, len(v))
	for i, x := range v {
		v[i] = add(x, h)
		up := f()
		v[i] = sub(x, h)
		out[i] = div(sub(up, f()), scale2(h, 1))
		v[i] = x
	}
	return out
}
