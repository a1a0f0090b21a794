package finetune

import (
	"math"

	"faceid/internal/gemm"
)

// param is a parameter with its gradient and the optimiser's memory of it.
type param struct {
	name    string
	w, g    []float32
	m, v    []float32 // momentum, and AdamW's second moment
	near    []float32 // where KeepNear pulls to; nil: nowhere
	head    bool      // takes HeadLR and WeightDecay
	rowSize int       // floats per class or output, for the update of sampled ones
	rate    float64   // factor of the learning rate
}

func newParam(name string, w []float32, rowSize int, c *Config) *param {
	p := &param{name: name, w: w, g: make([]float32, len(w)), m: make([]float32, len(w)), rowSize: rowSize,
		rate: 1}
	if c.Optimizer == AdamW {
		p.v = make([]float32, len(w))
	}
	return p
}

const (
	adamBeta2 = 0.999
	adamEps   = 1e-8
)

// step updates the parameter by its gradient. rows, if not nil, lists the rows that p.g holds one after the other;
// the others stay, memory included, as in Partial FC. factor is the schedule's, t counts steps from 1.
func (p *param) step(c *Config, factor float64, t int, rows []int) {
	lr, decay, near := c.LR*factor, 0.0, float32(0)
	if p.head {
		lr, decay = c.HeadLR*factor*p.rate, c.WeightDecay
	}
	if p.near != nil {
		near = float32(2 * c.KeepNear)
	}
	keep := float32(1 - lr*decay)
	mu := float32(c.Momentum)
	var update func(w, g, m, v, start []float32)
	if c.Optimizer == AdamW {
		size := float32(lr / (1 - math.Pow(c.Momentum, float64(t))))
		fix := 1 / (1 - math.Pow(adamBeta2, float64(t)))
		update = func(w, g, m, v, start []float32) {
			for i, gi := range g {
				if start != nil {
					gi += near * (w[i] - start[i])
				}
				m[i] = mu*m[i] + (1-mu)*gi
				v[i] = adamBeta2*v[i] + (1-adamBeta2)*gi*gi
				w[i] = keep*w[i] - size*m[i]/(float32(math.Sqrt(float64(v[i])*fix))+adamEps)
			}
		}
	} else {
		size := float32(lr)
		update = func(w, g, m, _, start []float32) {
			w, m = w[:len(g)], m[:len(g)]
			if start == nil {
				for i, gi := range g {
					mi := mu*m[i] + gi
					m[i] = mi
					w[i] = keep*w[i] - size*mi
				}
				return
			}
			start = start[:len(g)]
			for i, gi := range g {
				mi := mu*m[i] + gi + near*(w[i]-start[i])
				m[i] = mi
				w[i] = keep*w[i] - size*mi
			}
		}
	}
	part := func(g []float32, at int) {
		end := at + len(g)
		var v, start []float32
		if p.v != nil {
			v = p.v[at:end]
		}
		if p.near != nil {
			start = p.near[at:end]
		}
		update(p.w[at:end], g, p.m[at:end], v, start)
	}
	if rows == nil {
		gemm.Parts(len(p.w), func(lo, hi int) { part(p.g[lo:hi], lo) })
		return
	}
	gemm.Parts(len(rows), func(lo, hi int) {
		for r := lo; r < hi; r++ {
			part(p.g[r*p.rowSize:(r+1)*p.rowSize], rows[r]*p.rowSize)
		}
	})
}
