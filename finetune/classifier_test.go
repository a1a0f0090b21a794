package finetune

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"faceid/internal/gemm"
	"faceid/loss"
)

func normals(rng *rand.Rand, n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = float32(rng.NormFloat64())
	}
	return s
}

// TestLinear holds the linear head against loops in float64, and those against differences of the loss.
func TestLinear(t *testing.T) {
	const n, d, c = 9, 7, 5
	rng := rand.New(rand.NewPCG(1, 2))
	x, w := normals(rng, n*d), normals(rng, c*(d+1))
	y := make([]int, n)
	for i := range y {
		y[i] = rng.IntN(c)
	}
	o := loss.Options{Weights: []float64{1, 2, 0.5, 1, 3}, Smoothing: 0.1}
	slow := func(x, w []float32) (float64, []float64) {
		z := make([]float64, n*c)
		for i := range n {
			for j := range c {
				z[i*c+j] = float64(w[j*(d+1)+d])
				for l := range d {
					z[i*c+j] += float64(x[i*d+l]) * float64(w[j*(d+1)+l])
				}
			}
		}
		return loss.CrossEntropy(z, z, y, &o), z
	}
	h := &linear{w: gemm.Matrix(w, c, d+1), options: o}
	dx, dw := gemm.Matrix(normals(rng, n*d), n, d), gemm.Matrix(normals(rng, c*(d+1)), c, d+1)
	got := h.LossGradSampled(dx, dw, gemm.Matrix(x, n, d), y, nil)
	if want, _ := slow(x, w); math.Abs(got-want) > 1e-5 {
		t.Errorf("loss %v, want %v", got, want)
	}
	for name, p := range map[string]struct{ at, grad []float32 }{"x": {x, dx.Data}, "W, b": {w, dw.Data}} {
		for i := range p.at {
			const eps = 1.0 / 256
			old := p.at[i]
			p.at[i] = old + eps
			up, _ := slow(x, w)
			p.at[i] = old - eps
			down, _ := slow(x, w)
			p.at[i] = old
			if want := (up - down) / (2 * eps); math.Abs(float64(p.grad[i])-want) > 1e-4 {
				t.Errorf("%s[%d]: gradient %v, differences say %v", name, i, p.grad[i], want)
			}
		}
	}
}

// crowd is some people in the plane of directions p, n rows each, of which the last wrong ones look like the next
// person.
func crowd(people, n, wrong int) (*Dataset, Layer) {
	d, rng := &Dataset{}, rand.New(rand.NewPCG(3, 4))
	var ix Index
	for p := range people {
		for i := range n {
			t, at := make([]float32, people), p
			if i >= n-wrong {
				at = (p + 1) % people
			}
			for j := range t {
				t[j] = float32(0.1 * rng.NormFloat64())
			}
			t[at] += 3
			name := string(rune('A' + p))
			if err := d.Add(&ix, name, name+string(rune('a'+i)), KindClean, t); err != nil {
				panic(err)
			}
		}
	}
	l := Layer{D: people, T: people, W: make([]float32, people*people), B: make([]float32, people)}
	for j := range people {
		l.W[j*people+j] = 1
	}
	return d, l
}

// TestSubcenters: of the class weights of somebody with wrong labels the head keeps the person's own.
func TestSubcenters(t *testing.T) {
	const people = 6
	d, start := crowd(people, 9, 3)
	c := Defaults("")
	c.ValPeople, c.ProbeShare, c.Subcenters, c.Epochs = 0, 0, 3, 40
	r, err := Train(context.Background(), d, start, c)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Head.Weights) != people*people {
		t.Fatalf("%d weights", len(r.Head.Weights))
	}
	for p := range people {
		x := make([]float32, people)
		x[p] = 1
		e := make([]float32, people)
		r.Layer.Embed(e, x)
		got, err := r.Head.Identify(e, 1)
		if err != nil || got[0].Label != string(rune('A'+p)) || got[0].Cosine < 0.9 {
			t.Errorf("%c: %+v, %v", 'A'+p, got, err)
		}
	}
}

// TestLinearHead: the bias is not part of the head that is kept.
func TestLinearHead(t *testing.T) {
	d, start := crowd(6, 8, 0)
	c := Defaults(Linear)
	c.ValPeople, c.ProbeShare, c.Epochs = 0, 0, 20
	r, err := Train(context.Background(), d, start, c)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Head.Weights) != 36 || r.Head.Loss != Linear {
		t.Errorf("%d weights, %s", len(r.Head.Weights), r.Head.Loss)
	}
	if h := r.History; !(h[20].Loss < h[1].Loss) {
		t.Errorf("the loss goes from %v to %v", h[1].Loss, h[20].Loss)
	}
}
