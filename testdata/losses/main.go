// Command losses makes losses.json, reference values of every loss and of its gradient:
//
//	go run ./testdata/losses > testdata/losses/losses.json
//
// It shares no code with the losses, nor their mathematics: a loss is written down as its definition in numbers of 320
// bits, a gradient is a difference quotient in these, and only the result is rounded. So the file is the same on every
// machine.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"sync"

	"faceid/internal/golden"
)

// job is a case and how to compute it.
type job struct {
	golden.LossCase
	fill func(c *golden.LossCase)
}

var (
	rng  = rand.New(rand.NewPCG(20261127, 2))
	jobs []job
)

func main() {
	logits()
	heads()
	centers()
	var wg sync.WaitGroup
	for i := range jobs {
		wg.Go(func() { jobs[i].fill(&jobs[i].LossCase) })
	}
	wg.Wait()
	w := bufio.NewWriter(os.Stdout)
	fmt.Fprintln(w, `{"cases": [`)
	for i, j := range jobs {
		b, err := json.Marshal(j.LossCase)
		if err != nil {
			log.Fatal(err)
		}
		end := ","
		if i == len(jobs)-1 {
			end = ""
		}
		fmt.Fprintf(w, "%s%s\n", b, end)
	}
	fmt.Fprintln(w, "]}")
	if err := w.Flush(); err != nil {
		log.Fatal(err)
	}
}

// draw returns n numbers in (−size, size), multiples of 2⁻¹⁰: they are exact in float32 too, and short in JSON.
func draw(n, size int) []num {
	out := make([]num, n)
	for i := range out {
		out[i] = lit(float64(rng.IntN(2048*size-1)-1024*size+1) / 1024)
	}
	return out
}

func drawMat(n, cols, size int) mat { return mat{draw(n*cols, size), n, cols} }

func labels(n, c int) []int {
	y := make([]int, n)
	for i := range y {
		y[i] = rng.IntN(c)
	}
	return y
}

// numbers rounds to float64, with +0 for ±0.
func numbers(v []num) []float64 {
	var out []float64
	for _, x := range v {
		f, _ := x.Float64()
		out = append(out, f+0)
	}
	return out
}

func rows(m mat) [][]float64 {
	var out [][]float64
	for i := range m.n {
		out = append(out, numbers(m.row(i)))
	}
	return out
}

func round(x num) float64 { return numbers([]num{x})[0] }

func logits() {
	multi := func(name string, z mat, p golden.LossParams, alpha, weights []num, f func(y []int) num) {
		y := labels(z.n, z.cols)
		c := golden.LossCase{Name: name, Params: p}
		c.Inputs = golden.LossInputs{Logits: numbers(z.v), Labels: y, Alpha: numbers(alpha), Weights: numbers(weights)}
		jobs = append(jobs, job{c, func(c *golden.LossCase) {
			c.Loss, c.Grad.Logits = round(f(y)), numbers(gradient(z.v, func() num { return f(y) }))
		}})
	}
	for _, n := range [][2]int{{6, 5}, {1, 2}, {3, 17}} {
		z := drawMat(n[0], n[1], 9)
		multi("cross_entropy", z, golden.LossParams{}, nil, nil,
			func(y []int) num { return crossEntropy(z, y, nil, lit(0), false) })
	}
	far := mat{[]num{lit(800), lit(-800), lit(0), lit(-800), lit(790), lit(800)}, 2, 3}
	multi("cross_entropy", far, golden.LossParams{}, nil, nil,
		func(y []int) num { return crossEntropy(far, y, nil, lit(0), false) })
	for _, eps := range []float64{0.1, 0.35} {
		z := drawMat(6, 5, 6)
		multi("cross_entropy_label_smoothing", z, golden.LossParams{Smoothing: eps}, nil, nil,
			func(y []int) num { return crossEntropy(z, y, nil, lit(eps), false) })
	}
	for _, byWeight := range []bool{false, true} {
		z, w := drawMat(6, 4, 6), []num{lit(0.5), lit(2), lit(1), lit(0.125)}
		multi("cross_entropy", z, golden.LossParams{WeightedMean: byWeight}, nil, w,
			func(y []int) num { return crossEntropy(z, y, w, lit(0), byWeight) })
	}
	for _, gamma := range []float64{0, 0.5, 1, 2, 5} {
		z, a := drawMat(5, 4, 5), []num{lit(0.25), lit(0.5), lit(1), lit(0.75)}
		multi("focal_multiclass", z, golden.LossParams{Gamma: gamma}, a, nil,
			func(y []int) num { return focal(z, y, a, lit(gamma)) })
	}

	binary := func(name string, z, t []num, p golden.LossParams, weights []num, f func() num) {
		c := golden.LossCase{Name: name, Params: p}
		c.Inputs = golden.LossInputs{Logits: numbers(z), Targets: numbers(t), Weights: numbers(weights)}
		jobs = append(jobs, job{c, func(c *golden.LossCase) {
			c.Loss, c.Grad.Logits = round(f()), numbers(gradient(z, f))
		}})
	}
	hard := func(n int) []num {
		t := make([]num, n)
		for i := range t {
			t[i] = lit(float64(rng.IntN(2)))
		}
		return t
	}
	soft := []num{lit(0), lit(0.25), lit(0.5), lit(0.875), lit(1)}
	for _, t := range [][]num{hard(8), soft} {
		z := draw(len(t), 9)
		binary("binary_cross_entropy", z, t, golden.LossParams{}, nil,
			func() num { return binaryCrossEntropy(z, t, nil, lit(0)) })
	}
	z, t := []num{lit(800), lit(800), lit(-800), lit(-800)}, []num{lit(1), lit(0), lit(1), lit(0)}
	binary("binary_cross_entropy", z, t, golden.LossParams{}, nil,
		func() num { return binaryCrossEntropy(z, t, nil, lit(0)) })
	zs, ts, w := draw(6, 6), hard(6), []num{lit(0.5), lit(3)}
	binary("binary_cross_entropy", zs, ts, golden.LossParams{Smoothing: 0.2}, w,
		func() num { return binaryCrossEntropy(zs, ts, w, lit(0.2)) })
	for _, p := range []golden.LossParams{
		{Alpha: 0.25, Gamma: 2}, {Alpha: 0.5}, {Alpha: 0.75, Gamma: 5}, {Alpha: 0.25, Gamma: 0.5}, {Alpha: 1, Gamma: 1},
	} {
		z, t := draw(7, 7), hard(7)
		binary("focal_binary", z, t, p, nil, func() num { return binaryFocal(z, t, lit(p.Alpha), lit(p.Gamma)) })
	}
}

// addHead appends a case of a head on n × d embeddings and c classes; fix may move x before it counts.
func addHead(name string, n, d, c int, p golden.LossParams, alpha []num, fix func(x, w mat, y []int)) {
	h := head{lit(p.S), lit(p.M1), lit(p.M2), lit(p.M3), lit(p.Gamma), alpha, max(1, p.Subcenters)}
	x, w, y := drawMat(n, d, 2), drawMat(c*h.k, d, 2), labels(n, c)
	if fix != nil {
		fix(x, w, y)
	}
	k := golden.LossCase{Name: name, Params: p}
	k.Inputs = golden.LossInputs{X: rows(x), W: rows(w), Labels: y, Alpha: numbers(alpha)}
	jobs = append(jobs, job{k, func(k *golden.LossCase) {
		f := func() num { return h.loss(x, w, y) }
		k.Loss = round(f())
		k.Grad.X = rows(mat{gradient(x.v, f), n, d})
		k.Grad.W = rows(mat{gradient(w.v, f), w.n, d})
	}})
}

func heads() {
	for _, c := range []struct {
		name string
		p    golden.LossParams
	}{
		{"margin_softmax", golden.LossParams{S: 1, M1: 1}},
		{"margin_softmax", golden.LossParams{S: 30, M1: 1}},
		{"arcface", golden.LossParams{S: 64, M1: 1, M2: 0.5}},
		{"arcface", golden.LossParams{S: 16, M1: 1, M2: 0.2}},
		{"cosface", golden.LossParams{S: 64, M1: 1, M3: 0.35}},
		{"cosface", golden.LossParams{S: 30, M1: 1, M3: 0.2}},
		{"sphereface", golden.LossParams{S: 30, M1: 1.35}},
		{"combined", golden.LossParams{S: 32, M1: 1, M2: 0.3, M3: 0.2}},
		{"combined", golden.LossParams{S: 32, M1: 1.2, M2: 0.1, M3: 0.05}},
	} {
		addHead(c.name, 5, 6, 4, c.p, nil, nil)
	}
	addHead("arcface", 3, 16, 7, golden.LossParams{S: 64, M1: 1, M2: 0.5}, nil, nil)
	addHead("arcface_focal", 5, 6, 4, golden.LossParams{S: 16, M1: 1, M2: 0.3, Gamma: 2},
		[]num{lit(0.25), lit(1), lit(0.5), lit(2)}, nil)
	addHead("arcface_subcenters", 5, 6, 3, golden.LossParams{S: 32, M1: 1, M2: 0.4, Subcenters: 3}, nil, nil)
	// The first two embeddings lie beside their class weight, and across from it, where the margin's continuation
	// begins.
	for _, side := range []float64{1, -1} {
		name := map[float64]string{1: "arcface_near_target", -1: "arcface_far_target"}[side]
		addHead(name, 4, 6, 4, golden.LossParams{S: 64, M1: 1, M2: 0.5}, nil, func(x, w mat, y []int) {
			for i := range 2 {
				for j, v := range w.row(y[i]) {
					x.row(i)[j] = mul(lit(side), v)
				}
				x.row(i)[i] = add(x.row(i)[i], scale2(lit(1), -3-5*i)) // an eighth off, and a 256th
			}
		})
	}
}

func centers() {
	for _, n := range [][3]int{{6, 8, 5}, {1, 3, 2}, {12, 4, 3}} {
		x, c, y := drawMat(n[0], n[1], 2), drawMat(n[2], n[1], 2), labels(n[0], n[2])
		k := golden.LossCase{Name: "center", Inputs: golden.LossInputs{X: rows(x), Centers: rows(c), Labels: y}}
		jobs = append(jobs, job{k, func(k *golden.LossCase) {
			f := func() num { return center(x, c, y) }
			k.Loss, k.Grad.X = round(f()), rows(mat{gradient(x.v, f), x.n, x.cols})
			mean, wen := updates(x, c, y, lit(0.5))
			k.Update = &golden.LossUpdate{Mean: rows(mat{mean, c.n, c.cols}), Wen: rows(mat{wen, c.n, c.cols})}
		}})
	}
	for _, p := range []golden.LossParams{
		{S: 64, M1: 1, M2: 0.5, Lambda: 0.003}, {S: 16, M1: 1, M3: 0.35, Lambda: 0.5},
	} {
		h := head{lit(p.S), lit(p.M1), lit(p.M2), lit(p.M3), lit(0), nil, 1}
		x, w, c, y := drawMat(5, 6, 2), drawMat(4, 6, 2), drawMat(4, 6, 2), labels(5, 4)
		name := map[bool]string{true: "arcface_plus_center", false: "cosface_plus_center"}[p.M2 > 0]
		k := golden.LossCase{Name: name, Params: p}
		k.Inputs = golden.LossInputs{X: rows(x), W: rows(w), Centers: rows(c), Labels: y}
		jobs = append(jobs, job{k, func(k *golden.LossCase) {
			f := func() num { return add(h.loss(x, w, y), mul(lit(p.Lambda), center(x, c, y))) }
			k.Loss = round(f())
			k.Grad.X = rows(mat{gradient(x.v, f), x.n, x.cols})
			k.Grad.W = rows(mat{gradient(w.v, f), w.n, w.cols})
		}})
	}
}
