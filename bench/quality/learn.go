package main

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"sync"

	"gonum.org/v1/gonum/mat"

	"faceid/embed"
	"faceid/models"
)

// learn makes the quality figure of an embedder, the block "quality" of its entry in models/manifest.json, and prints
// it.
//
// Faces without detail look alike: of a set of different people, all spoilt one way, the model takes more for the same
// person the more they are spoilt. The trunk feature tells how far a face has gone on that way, nearly linearly and in
// much the same direction for most ways of spoiling. So the weights are those of a ridge regression of the logarithm of
// a face's own rate of false matches within its set on its trunk feature, and the bias puts Usable = 1/2 where refused
// of the clean photos of further people lie below. Photos are of View 1's training people, kinds are lessons; neither
// is used to judge.
func learn(p *embed.Pipeline, lfw string, n int) error {
	names, err := people(lfw, "peopleDevTrain.txt")
	if err != nil {
		return err
	}
	paths, err := photosOf(lfw, names, n+further)
	if err != nil {
		return err
	}
	base, err := posed(p, paths)
	if err != nil {
		return err
	}
	threshold := thresholdAt(p, 1e-3)
	base, more := base[:n], base[n:]
	sharp, err := embedded(p, more[:further/3], nil, 0, false)
	if err != nil {
		return err
	}
	clean, err := embedded(p, more[further/3:], nil, 0, true) // as faceid embeds
	if err != nil {
		return err
	}
	var sets []lesson
	for _, k := range lessons {
		for s := range 5 {
			es, err := embedded(p, base, &k, s, false)
			if err != nil {
				return err
			}
			l := lesson{k.name, s + 1, es, falseMatches(es, threshold)}
			mean := 0.0
			for _, r := range l.rates {
				mean += r / float64(len(es))
			}
			fmt.Fprintf(os.Stderr, "%-8s %d  false accept rate %.4f\n", l.kind, l.strength, mean)
			sets = append(sets, l)
		}
	}
	w, limit, err := weights(sharp, clean, sets)
	if err != nil {
		return err
	}
	if err := unseen(sharp, clean, sets, threshold); err != nil {
		return err
	}
	top := 0.0
	for _, v := range w {
		top = max(top, math.Abs(v))
	}
	quality := models.Quality{Scale: float32(top / 127), Bias: float32(-limit), Weights: make([]byte, len(w)),
		On: fmt.Sprintf("LFW, %d photos of View 1's training people, %d kinds of spoiling at 5 strengths; "+
			"%.1f %% of clean photos lie below 1/2", n, len(lessons), 100*refused)}
	for i, v := range w {
		quality.Weights[i] = byte(int8(math.Round(v / top * 127)))
	}
	b, err := json.MarshalIndent(quality, "", "  ")
	fmt.Printf("%s\n", b)
	return err
}

const (
	learnt  = 150   // photos that are spoilt
	further = 1000  // clean photos that say what is normal
	refused = 0.006 // of those lie below the limit
)

// lesson is one way of spoiling: faces of different people, and for each its own rate of false matches among them.
type lesson struct {
	kind     string
	strength int
	faces    []embed.Embedding
	rates    []float64
}

// weights learns from lessons and from faces that are not spoilt. Usable is 1/(1 + exp(w·trunk − limit)); w·trunk is
// the logarithm of a rate, up to a constant.
func weights(sharp, clean []embed.Embedding, sets []lesson) (w []float64, limit float64, err error) {
	var x [][]float32
	var y []float64
	for _, e := range sharp {
		x, y = append(x, e.Trunk), append(y, math.Log(2e-3))
	}
	for _, l := range sets {
		for i, e := range l.faces {
			x, y = append(x, e.Trunk), append(y, math.Log(l.rates[i]+1e-3))
		}
	}
	if w, err = ridge(x, y, 300); err != nil {
		return nil, 0, err
	}
	var q []float64
	for _, e := range clean {
		q = append(q, dot(w, e.Trunk))
	}
	slices.Sort(q)
	return w, q[int(float64(len(q))*(1-refused))], nil
}

// pose is a photo and where its face is.
type pose struct {
	m      *embed.Image
	points embed.Landmarks
	person string
}

// posed finds the face in the middle of each photo.
func posed(p *embed.Pipeline, paths []string) ([]pose, error) {
	found := make([]pose, len(paths))
	return found, parallel(len(paths), func(i int) error {
		m, err := load(paths[i])
		if err != nil {
			return err
		}
		f, err := p.Faces(m)
		if err == nil && len(f) == 0 {
			err = fmt.Errorf("%s: no face", paths[i])
		}
		if err == nil {
			found[i] = pose{m, f[0].Points, person(paths[i])}
		}
		return err
	})
}

// embedded spoils each photo and embeds the face where it was in the whole one.
func embedded(p *embed.Pipeline, base []pose, k *kind, strength int, mirror bool) ([]embed.Embedding, error) {
	out := make([]embed.Embedding, len(base))
	return out, parallel(len(base), func(i int) error {
		m := base[i].m
		var err error
		if k != nil {
			if m, err = k.spoil(m, strength, rand.New(rand.NewPCG(uint64(i), uint64(strength)))); err != nil {
				return err
			}
		}
		crop, err := embed.Align(m, base[i].points)
		if err != nil {
			return err
		}
		e, err := p.Embedder.Embed([]*embed.Image{crop}, mirror)
		if err == nil {
			out[i] = e[0]
		}
		return err
	})
}

// falseMatches is for each of the embeddings of different people the share of the others that are at least as like as
// threshold.
func falseMatches(es []embed.Embedding, threshold float64) []float64 {
	rates := make([]float64, len(es))
	for i := range es {
		for j := range i {
			if cosine(es[i].Unit, es[j].Unit) >= threshold {
				rates[i]++
				rates[j]++
			}
		}
	}
	for i := range rates {
		rates[i] /= float64(len(es) - 1)
	}
	return rates
}

// ridge returns the weights for the columns of x, n × d, that fit y best plus a constant, with a penalty of lambda on
// the squared weights of columns scaled to unit variance.
func ridge(x [][]float32, y []float64, lambda float64) ([]float64, error) {
	n, d := len(x), len(x[0])
	mean, dev := make([]float64, d), make([]float64, d)
	var my float64
	for i, r := range x {
		my += y[i] / float64(n)
		for j, v := range r {
			mean[j] += float64(v) / float64(n)
		}
	}
	for _, r := range x {
		for j, v := range r {
			dev[j] += (float64(v) - mean[j]) * (float64(v) - mean[j]) / float64(n)
		}
	}
	a := mat.NewDense(n, d, nil)
	for i, r := range x {
		for j, v := range r {
			a.Set(i, j, (float64(v)-mean[j])/math.Sqrt(dev[j]+1e-12))
		}
	}
	b := mat.NewVecDense(n, nil)
	for i, v := range y {
		b.SetVec(i, v-my)
	}
	var normal mat.SymDense
	normal.SymOuterK(1, a.T())
	for j := range d {
		normal.SetSym(j, j, normal.At(j, j)+lambda)
	}
	var right, w mat.VecDense
	right.MulVec(a.T(), b)
	var c mat.Cholesky
	if !c.Factorize(&normal) {
		return nil, fmt.Errorf("the normal equations are singular")
	}
	if err := c.SolveVecTo(&w, &right); err != nil {
		return nil, err
	}
	out := make([]float64, d)
	for j := range out {
		out[j] = w.AtVec(j) / math.Sqrt(dev[j]+1e-12)
	}
	return out, nil
}

func dot(w []float64, x []float32) (s float64) {
	for i, v := range w {
		s += v * float64(x[i])
	}
	return s
}

func cosine(a, b []float32) (s float64) {
	for i, v := range a {
		s += float64(v) * float64(b[i])
	}
	return s
}

// thresholdAt is the embedder's own threshold for a false accept rate.
func thresholdAt(p *embed.Pipeline, far float64) float64 {
	for _, t := range p.Embedder.Entry().Thresholds {
		if t.FAR == far {
			return t.Score
		}
	}
	return math.NaN()
}

// parallel calls f for 0 to n − 1 on all cores and returns the first error.
func parallel(n int, f func(i int) error) error {
	var wg sync.WaitGroup
	errs := make([]error, runtime.GOMAXPROCS(0))
	for g := range errs {
		wg.Go(func() {
			for i := g; i < n && errs[g] == nil; i += len(errs) {
				errs[g] = f(i)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
