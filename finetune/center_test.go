package finetune

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"faceid/internal/f32"
)

// TestCenterMovesTheHead: class weights that pointed at their people's embeddings still do once the layer is centred,
// whatever the embeddings' lengths, and so do the centres.
func TestCenterMovesTheHead(t *testing.T) {
	const n, dim = 6, 5
	rng := rand.New(rand.NewPCG(4, 2))
	d := &Dataset{}
	var ix Index
	l := Layer{D: dim, T: dim, W: make([]float32, dim*dim), B: make([]float32, dim)}
	h := &Head{D: dim}
	for i := range dim {
		l.W[i*dim+i] = 1
	}
	for p := range n {
		x := make([]float32, dim)
		for j := range x {
			x[j] = float32((1 + float64(p)) * (rng.NormFloat64() + 1))
		}
		if err := d.Add(&ix, fmt.Sprint(p), fmt.Sprint(p), KindClean, x); err != nil {
			t.Fatal(err)
		}
		h.Labels = append(h.Labels, fmt.Sprint(p))
		u := append([]float32(nil), x...)
		f32.Unit(u)
		h.Weights = append(h.Weights, u...)
	}
	kept := append([]float32(nil), h.Weights...)
	r := &Result{Layer: l, Head: h, Split: &Split{Train: d}, trail: []Layer{l, l}}
	r.center()
	e := make([]float32, n*dim)
	r.Layer.Embed(e, d.X)
	moved := 0.0
	for i, v := range e {
		if math.Abs(float64(v-h.Weights[i])) > 1e-5 || math.Abs(float64(v-h.Centers[i])) > 1e-5 {
			t.Errorf("value %d of the embedding is %g, the class weight has %g, the centre %g", i, v, h.Weights[i],
				h.Centers[i])
		}
		moved = max(moved, math.Abs(float64(v-kept[i])))
	}
	if moved < 0.01 || l.B[0] != 0 || r.Layer.B[0] == 0 {
		t.Errorf("the head moved by %g, the bias from %g to %g", moved, l.B[0], r.Layer.B[0])
	}
	for _, x := range r.trail {
		if x.B[0] != r.Layer.B[0] {
			t.Errorf("a layer of the trail has the bias %g, the last one %g", x.B[0], r.Layer.B[0])
		}
	}
}
