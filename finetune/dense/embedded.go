package dense

import (
	"gonum.org/v1/gonum/blas/blas32"

	"faceid/internal/f32"
	"faceid/internal/gemm"
)

// Embedded are the unit embeddings of a dataset's rows, with whose they are.
type Embedded struct {
	E      blas32.General // n × D
	Person []int32
	Photo  []int32
	Data   *Dataset
}

// Embed embeds every row of v.
func Embed(v *Dataset, l Layer) *Embedded {
	e := gemm.Matrix(make([]float32, v.Len()*l.D), v.Len(), l.D)
	l.Embed(e.Data, v.X)
	return &Embedded{E: e, Person: v.Person, Photo: v.Photo, Data: v}
}

// Row returns embedding i, D values.
func (e *Embedded) Row(i int) []float32 { return e.E.Data[i*e.E.Stride:][:e.E.Cols] }

// Workers is how many goroutines go through many scores: a constant, so that neither memory nor the order of sums
// depends on the machine.
const Workers = 4

// EachScore calls f with the scores of a probe of p against all of the gallery g, from several goroutines; worker tells
// them apart, from 0.
func (p *Embedded) EachScore(g *Embedded, workers int, f func(worker, probe int, scores []float32)) {
	const tile = 256
	s := make([]float32, min(tile, p.E.Rows)*g.E.Rows)
	for lo := 0; lo < p.E.Rows; lo += tile {
		hi := min(lo+tile, p.E.Rows)
		a := blas32.General{Rows: hi - lo, Cols: p.E.Cols, Stride: p.E.Stride, Data: p.E.Data[lo*p.E.Stride:]}
		t := gemm.Matrix(s, hi-lo, g.E.Rows)
		gemm.Gemm(false, true, 1, a, g.E, 0, t)
		gemm.Parts(workers, func(w0, w1 int) {
			for w := w0; w < w1; w++ {
				for i := w * (hi - lo) / workers; i < (w+1)*(hi-lo)/workers; i++ {
					f(w, lo+i, t.Data[i*t.Stride:][:t.Cols])
				}
			}
		})
	}
}

// MeanEmbeddings returns the mean (not its unit vector) of each person's unit embeddings, people × D.
func MeanEmbeddings(d *Dataset, l Layer) []float32 {
	out := make([]float32, len(d.People)*l.D)
	n := make([]float32, len(d.People))
	const block = 4096
	e := make([]float32, min(block, d.Len())*l.D)
	for lo := 0; lo < d.Len(); lo += block {
		hi := min(lo+block, d.Len())
		l.Embed(e[:(hi-lo)*l.D], d.X[lo*d.T:hi*d.T])
		for i := lo; i < hi; i++ {
			p := int(d.Person[i])
			n[p]++
			row := out[p*l.D:][:l.D]
			for j, v := range e[(i-lo)*l.D:][:l.D] {
				row[j] += (v - row[j]) / n[p]
			}
		}
	}
	return out
}

// MeanLengths is the mean norm of each person's raw embeddings.
func MeanLengths(d *Dataset, l Layer) []float32 {
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
