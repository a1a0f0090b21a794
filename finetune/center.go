package finetune

import (
	"faceid/finetune/dense"
	"faceid/internal/f32"
)

// center centres what a training came to, see dense.Center: after it, since a training from a centred layer finds its
// way back. The head follows: a class weight is where its person's embeddings point, so it is given their mean length
// and moves as they do.
func (r *Result) center() {
	d, was, h := r.Split.Train, r.Layer, r.Head
	moved := dense.Center(d, dense.CenterShare, append(r.trail, was)...)
	if r.trail != nil {
		r.trail = moved[:len(r.trail)]
	}
	r.Layer = moved[len(moved)-1]
	h.Centers = dense.MeanEmbeddings(d, r.Layer)
	h.Weights = append([]float32(nil), h.Weights...)
	length := dense.MeanLengths(d, was)
	for p := range h.Labels {
		w := h.Weights[p*h.D : (p+1)*h.D]
		f32.Unit(w)
		for j := range w {
			w[j] = length[p]*w[j] - (was.B[j] - r.Layer.B[j])
		}
		f32.Unit(w)
	}
}
