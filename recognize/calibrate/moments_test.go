package calibrate

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

func TestMoments(t *testing.T) {
	x := faces(40, 3).all()
	m := MomentsOf(x)
	sd := math.Sqrt(stat.Moment(2, x, nil))
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"mean", m.Mean, stat.Mean(x, nil)},
		{"deviation", m.SD, sd},
		{"skewness", m.Skewness, stat.Moment(3, x, nil) / (sd * sd * sd)},
		{"kurtosis", m.Kurtosis, stat.Moment(4, x, nil)/(sd*sd*sd*sd) - 3},
	} {
		if math.Abs(c.got-c.want) > 1e-12 {
			t.Errorf("%s %v, want %v", c.name, c.got, c.want)
		}
	}
	if m := MomentsOf([]float64{0.2, 0.2, 0.2}); m.SD != 0 || math.Abs(m.Mean-0.2) > 1e-15 || m.Skewness != 0 {
		t.Errorf("equal scores: %+v", m)
	}
	if m := MomentsOf(nil); m != (Moments{}) {
		t.Errorf("none: %+v", m)
	}
}

// TestInfluence: the influence function is the derivative of the moments as a share of the scores moves to one place.
func TestInfluence(t *testing.T) {
	x := []float64{-0.3, -0.1, 0, 0.02, 0.1, 0.2, 0.5}
	m := MomentsOf(x)
	of := func(e, at float64) [4]float64 { // moments of (1−e) of x and e at one place
		var mean float64
		w := (1 - e) / float64(len(x))
		for _, v := range x {
			mean += w * v
		}
		mean += e * at
		var c [5]float64
		for k := 2; k <= 4; k++ {
			for _, v := range x {
				c[k] += w * math.Pow(v-mean, float64(k))
			}
			c[k] += e * math.Pow(at-mean, float64(k))
		}
		sd := math.Sqrt(c[2])
		return [4]float64{mean / m.SD, math.Log(sd), c[3] / (sd * sd * sd), c[4] / (sd * sd * sd * sd)}
	}
	for _, at := range []float64{-0.8, -0.1, 0.3, 0.9} {
		const h = 1e-6
		plus, minus := of(h, at), of(-h, at)
		got := influence((at-m.Mean)/m.SD, m)
		for i := range got {
			if want := (plus[i] - minus[i]) / (2 * h); math.Abs(got[i]-want) > 1e-5*(1+math.Abs(want)) {
				t.Errorf("moment %d at %v: %v, want %v", i, at, got[i], want)
			}
		}
	}
}

// TestNoise: what a sample says of its own noise is what moments of many samples scatter by.
func TestNoise(t *testing.T) {
	for _, c := range []struct {
		common, groups, uneven float64
		n                      int
	}{{0.1, 0.3, 0.35, 60}, {0.3, 0.3, 0.2, 60}, {0.2, 0.5, 0.3, 25}} {
		p := newPopulation(1500, 5, c.common, c.groups, c.uneven)
		var first Moments
		var said [4]float64
		var x [4][]float64
		const draws = 250
		for d := range draws {
			s := p.sample(c.n)
			m := MomentsOf(scoresOf(s))
			if d == 0 {
				first = m
			}
			for i, v := range []float64{m.Mean / first.SD, math.Log(m.SD), m.Skewness, m.Kurtosis} {
				x[i] = append(x[i], v)
			}
			noise := noiseOf(s, m)
			for i := range said {
				said[i] += math.Sqrt(noise.At(i, i)) / draws
			}
		}
		for i, name := range []string{"mean", "deviation", "skewness", "kurtosis"} {
			if is := stat.StdDev(x[i], nil); said[i] < 0.65*is || said[i] > 1.8*is {
				t.Errorf("%+v: noise of the %s is %.4f, said %.4f", c, name, is, said[i])
			}
		}
	}
}

// TestPosterior: the update against the textbook's other form, by precisions.
func TestPosterior(t *testing.T) {
	ref := Reference{0.01, 0.1}
	for _, n := range []int{3, 5, 20, 100, 2000} {
		m := MomentsOf(faces(min(n, 200), uint64(n)).all())
		r := typicalNoise(n)
		mean, cov := posterior(ref, m, n, r)

		var pInv, rInv, want mat.Dense
		if err := pInv.Inverse(covariance(prior.sd[:],
			func(i, j int) float64 { return prior.corr[i][j] })); err != nil {
			t.Fatal(err)
		}
		if err := rInv.Inverse(r); err != nil {
			t.Fatal(err)
		}
		h := mat.NewDense(4, dims, nil)
		for i := range 4 {
			h.Set(i, i, 1)
		}
		var hr, precision mat.Dense
		hr.Mul(h.T(), &rInv)
		precision.Mul(&hr, h)
		precision.Add(&precision, &pInv)
		if err := want.Inverse(&precision); err != nil {
			t.Fatal(err)
		}
		nn := float64(n * n)
		y := mat.NewVecDense(4, []float64{
			(m.Mean - ref.Mean) / ref.SD, math.Log(m.SD/ref.SD) + 3.5/nn, m.Skewness + 3.5/nn, m.Kurtosis + 17/nn})
		var a, b, x mat.VecDense
		a.MulVec(&hr, y)
		b.MulVec(&pInv, mat.NewVecDense(dims, prior.mean[:]))
		a.AddVec(&a, &b)
		x.MulVec(&want, &a)
		for i := range dims {
			if math.Abs(mean[i]-x.AtVec(i)) > 1e-8 {
				t.Errorf("n %d: mean %d is %v, want %v", n, i, mean[i], x.AtVec(i))
			}
			for j := range dims {
				if v := want.At(i, j); math.Abs(cov.At(i, j)-v) > 1e-9 {
					t.Errorf("n %d: covariance %d, %d is %v, want %v", n, i, j, cov.At(i, j), v)
				}
			}
		}
	}
}
