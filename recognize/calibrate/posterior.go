package calibrate

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// The five numbers that say how the scores between different people spread: the mean, in the reference's deviations
// above the reference's mean; the logarithm of the deviation over the reference's; skewness; kurtosis; and the shape λ.
const dims = 5

// prior is what sets of people look like before any score was seen.
//
// From LFW, its women, men, East Asian, Hispanic and Arab names, players, South Asian regions and actors: the spread is
// rounded up, since the next set of people will be unlike these.
var prior = struct {
	mean, sd [dims]float64
	corr     [dims][dims]float64 // above the diagonal
}{
	mean: [dims]float64{0.6, 0.1, 0.17, 0.17, 1},
	sd:   [dims]float64{0.8, 0.09, 0.14, 0.16, 0.5},
	corr: [dims][dims]float64{
		0: {2: -0.4, 3: -0.5, 4: -0.6}, // the more alike, the nearer to a normal curve
		2: {3: 0.75, 4: 0.8},
		3: {4: 0.85},
	},
}

// residual is the deviation of λ that moments do not tell, however many there are.
const residual = 0.25

// vague widens the prior's mean and deviation where the model has no reference: then the sample's own stand in for it.
const vague = 4

// posterior returns mean and covariance of the five numbers given the moments of n people and their scatter: the update
// of a normal prior by a linear observation of its first four with normal noise (Kalman 1960; Gelman and others,
// "Bayesian Data Analysis", 2013, section 14.8).
func posterior(ref Reference, m Moments, n int, scatter *mat.SymDense) (mean [dims]float64, cov *mat.SymDense) {
	sd := prior.sd
	if ref == (Reference{}) {
		ref = Reference{m.Mean, m.SD}
		sd[0], sd[1] = vague*sd[0], vague*sd[1]
	}
	p := covariance(sd[:], func(i, j int) float64 { return prior.corr[i][j] })
	nn := float64(n) * float64(n)
	s := mat.NewSymDense(4, nil)
	seen := [4]float64{(m.Mean - ref.Mean) / ref.SD, math.Log(m.SD / ref.SD), m.Skewness, m.Kurtosis}
	surprise := mat.NewVecDense(4, nil)
	for i, v := range seen {
		surprise.SetVec(i, v-noise[i].bias/nn-prior.mean[i])
		for j := i; j < 4; j++ {
			s.SetSym(i, j, scatter.At(i, j)+p.At(i, j))
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(s) {
		panic("calibrate: the noise is not a covariance") // a sum of the prior's, which is one, and a scatter
	}
	cross := mat.NewDense(4, dims, nil) // covariance of what is seen with all five
	for i := range 4 {
		for j := range dims {
			cross.Set(i, j, p.At(i, j))
		}
	}
	var solved mat.Dense
	if err := chol.SolveTo(&solved, cross); err != nil {
		panic("calibrate: the noise is singular")
	}
	var shift mat.VecDense
	shift.MulVec(solved.T(), surprise)
	var less mat.Dense
	less.Mul(cross.T(), &solved)
	cov = mat.NewSymDense(dims, nil)
	for i := range dims {
		mean[i] = prior.mean[i] + shift.AtVec(i)
		for j := i; j < dims; j++ {
			cov.SetSym(i, j, p.At(i, j)-(less.At(i, j)+less.At(j, i))/2)
		}
	}
	return mean, cov
}

// covariance makes one of deviations and the correlations above the diagonal.
func covariance(sd []float64, corr func(i, j int) float64) *mat.SymDense {
	c := mat.NewSymDense(len(sd), nil)
	for i := range sd {
		c.SetSym(i, i, sd[i]*sd[i])
		for j := i + 1; j < len(sd); j++ {
			c.SetSym(i, j, corr(i, j)*sd[i]*sd[j])
		}
	}
	return c
}
