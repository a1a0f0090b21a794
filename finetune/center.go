package finetune

import (
	"faceid/finetune/dense"
	"faceid/internal/f32"
	"faceid/internal/gemm"
)

// center centres what a training came to, see dense.Center: after it, since a training from a centred layer finds its way
// back. The head follows: a class weight is where its person's embeddings point, so it is given their mean length and
// moves as they do.
func (r *Result) center() {
	d, was, h := r.Split.Train, r.Layer, r.Head
	moved := dense.Center(d, dense.CenterShare, append(r.trail, was)...)
	if r.trail != nil {
		r.trail = moved[:len(r.trail)]
	}
	r.Layer = moved[len(moved)-1]
	h.Centers = dense.MeanEmbeddings(d, r.Layer)
	h.Weights = append([]float32(nil), h.Weights...)
	length := meanLengths(d, was)
	for p := range h.Labels {
		w := h.Weights[p*h.D : (p+1)*h.D]
		f32.Unit(w)
		for j := range w {
			w[j] = length[p]*w[j] - (was.B[j] - r.Layer.B[j])
		}
		f32.Unit(w)
	}
}

// meanLengths is the mean norm of each person's raw embeddings.
func meanLengths(d *Dataset, l Layer) []float32 {
	const block = 4096
	out, rows := make([]float32, len(d.People)), d.Rows()
	e := make([]float32, min(block, d.Len())*l.D)
	for lo := 0; lo < d.Len(); lo += block {
		n := min(block, d.Len()-lo)
		l.Affine(gemm.Matrix(e, n, l.D), gemm.Matrix(d.X[lo*d.T:(lo+n)*d.T], n, d.T))
		for i := range n {
			p := d.Person[lo+i]
			out[p] += float32(f32.Unit(e[i*l.D:(i+1)*l.D])) / float32(rows[p])
		}
	}
	return out
}
