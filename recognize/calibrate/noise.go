package calibrate

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// The moments of n people, one score per pair, scatter about those of all people like them. Part of it is what pairs
// have for themselves and falls as 1/n², part is what all pairs of one person share and falls as 1/n (Hoeffding, "A
// class of statistics with asymptotically normal distribution", 1948). Here is what the sets of package bench/trust
// have, at 5 to 200 people: variance pair/n² + person/n and bias bias/n², each of the mean in deviations, of the
// deviation's logarithm, of skewness and of kurtosis.
var noise = [4]struct{ pair, person, bias float64 }{
	{2, 0.15, 0},
	{1.56, 0.012, -3.5},
	{13.7, 0.038, -3.5},
	{62, 0.16, -17},
}

// Correlations of that noise.
const (
	noiseMeanSD       = 0.14
	noiseSkewKurtosis = 0.33
)

// typicalPeople is how many people's scores the figures above are worth beside what a sample says of its own noise.
const typicalPeople = 40

// typicalNoise is the covariance of the four for n people as the sets have it.
func typicalNoise(n int) *mat.SymDense {
	var sd [4]float64
	for i, v := range noise {
		sd[i] = math.Sqrt(v.pair/float64(n)/float64(n) + v.person/float64(n))
	}
	return covariance(sd[:], func(i, j int) float64 {
		switch {
		case i == 0 && j == 1:
			return noiseMeanSD
		case i == 2 && j == 3:
			return noiseSkewKurtosis
		}
		return 0
	})
}

// noiseOf is the covariance of the four moments m of a sample: its own, from how much each person's pairs pull at them,
// blended with the typical one, which rules while people are few. What a pair pulls is the influence function of each
// moment (Hampel 1974), averaged over the pairs of a person.
func noiseOf(s Sample, m Moments) *mat.SymDense {
	n := float64(s.People)
	pull := make([][4]float64, s.People)
	pairs := make([]float64, s.People)
	var all [4][4]float64
	for _, p := range s.Pairs {
		f := influence((float64(p.Score)-m.Mean)/m.SD, m)
		for i, v := range f {
			pull[p.A][i] += v
			pull[p.B][i] += v
			for j := range i + 1 {
				all[i][j] += v * f[j] / float64(len(s.Pairs))
			}
		}
		pairs[p.A]++
		pairs[p.B]++
	}
	own := typicalNoise(s.People)
	w := n / (n + typicalPeople)
	for i := range 4 {
		for j := range i + 1 {
			var c float64
			for k, g := range pull {
				if pairs[k] > 0 {
					c += g[i] * g[j] / (pairs[k] * pairs[k]) / n
				}
			}
			c -= all[i][j] / (n - 1) // what pairs alone would scatter
			if i == j {
				c = math.Max(c, 0)
			}
			own.SetSym(i, j, (1-w)*own.At(i, j)+w*(4/n*c+2/(n*n)*all[i][j]))
		}
	}
	return own
}

// influence is how a score z deviations above the mean moves the mean (in deviations), the logarithm of the deviation,
// the skewness and the kurtosis.
func influence(z float64, m Moments) [4]float64 {
	q, g, k := z*z, m.Skewness, m.Kurtosis+3
	return [4]float64{
		z,
		(q - 1) / 2,
		q*z - g - 3*z - 1.5*g*(q-1),
		q*q - k - 4*g*z - 2*k*(q-1),
	}
}
