package dense

import (
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// FewPeople is up to how many people [Closed] stresses what they all share.
const FewPeople = 50

// shared is how many directions few people are taken to share: five did as well, ten gained half as much.
const shared = 3

// Closed is the closed form that training on so many people starts from: [WCCN] of more than FewPeople; of fewer with
//
//	T = ((1−λ)·(½·C + ½·V + C₃) + λ·tr(C)/D·I)^(−½)
//
// where C₃ is the part of C in its three largest directions, and V the covariance within photos, of all views of each,
// scaled to C's trace; none where d has clean views alone. Photos of ten people differ in as many directions as there
// are photos, most of them these people's own; what photos of anybody share are the largest, and what spoils them.
// people is given apart from d, so that all parts of a cross-fitting go one way.
//
// Against WCCN alone, TAR at FAR 1e-3 on others of 10 and 30 people: +0.3 and +0.4 points (LFW, low resolution), +0.3
// and +0.6 (South Asian people, good photos), on draws that are not bench/finetune's. The three directions without the
// rest of C gain 0.2 more there and lose 0.2 to 1.4 at low resolution.
//
// Source: the largest directions alone, taken away whole, are nuisance attribute projection, Solomonoff, Campbell and
// Boardman, "Advances in channel compensation for SVM speaker recognition", ICASSP 2005. Errors are those of WCCN.
func Closed(d *Dataset, start Layer, shrink float64, people int) (Layer, error) {
	if people > FewPeople {
		return WCCN(d, start, shrink)
	}
	return normalise(d, start, shrink, func(cov []float64) ([]float64, error) {
		out, err := largest(cov, start.D, shared)
		if err != nil {
			return nil, err
		}
		floats.AddScaled(out, 0.5, cov)
		if len(d.TestKinds()) > 1 {
			photos, owner := byPhoto(d)
			spoilt := within(photos, start, owner)
			if t := diagonal(spoilt, start.D); t > 0 {
				floats.AddScaled(out, 0.5*diagonal(cov, start.D)/t, spoilt)
			}
		}
		return out, nil
	})
}

// byPhoto returns d with its photos for people, and whose they are.
func byPhoto(d *Dataset) (*Dataset, []int32) {
	owner := make([]int32, len(d.Photos))
	for i, ph := range d.Photo {
		owner[ph] = d.Person[i]
	}
	by := *d
	by.People, by.Person = d.Photos, d.Photo
	return &by, owner
}

// largest returns the part of a symmetric positive semidefinite n × n matrix in its k largest directions, by orthogonal
// iteration with a few directions more, so that it comes to rest where eigenvalues lie close (Golub and Van Loan,
// "Matrix Computations", 4th ed., 8.2.4), and their Rayleigh–Ritz values.
func largest(a []float64, n, k int) ([]float64, error) {
	rows := min(n, k+5)
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	q, next := mat.NewDense(rows, n, nil), mat.NewDense(rows, n, nil)
	for i := range rows {
		for j := range n {
			q.Set(i, j, rng.NormFloat64())
		}
	}
	full := mat.NewDense(n, n, a)
	straighten(q)
	for range 60 {
		next.Mul(q, full)
		q, next = next, q
		straighten(q)
	}
	next.Mul(q, full)
	var small mat.Dense
	small.Mul(next, q.T())
	sym := mat.NewSymDense(rows, nil)
	for i := range rows {
		for j := i; j < rows; j++ {
			sym.SetSym(i, j, (small.At(i, j)+small.At(j, i))/2)
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(sym, true) {
		return nil, fmt.Errorf("%w: the within-person covariance has no largest directions", ErrData)
	}
	var v, u mat.Dense
	eigen.VectorsTo(&v)
	u.Mul(v.T(), q) // a direction per row, the largest last
	values := eigen.Values(nil)
	out := mat.NewDense(n, n, nil)
	for r := max(0, rows-k); r < rows; r++ {
		out.RankOne(out, max(0, values[r]), u.RowView(r), u.RowView(r))
	}
	return out.RawMatrix().Data, nil
}

// straighten makes the rows unit vectors at right angles, those that depend on rows before them zero.
func straighten(q *mat.Dense) {
	rows, _ := q.Dims()
	for i := range rows {
		row := q.RawRowView(i)
		was := floats.Norm(row, 2)
		for range 2 { // once leaves rounding errors where rows are nearly parallel
			for j := range i {
				floats.AddScaled(row, -floats.Dot(row, q.RawRowView(j)), q.RawRowView(j))
			}
		}
		if is := floats.Norm(row, 2); is > 1e-10*was {
			floats.Scale(1/is, row)
		} else {
			clear(row)
		}
	}
}
