package snorm

import (
	"errors"
	"fmt"
	"math"
)

// ErrCohort is returned for embeddings or stored moments that cannot be a cohort's.
var ErrCohort = errors.New("snorm: bad cohort")

// OwnWeight is the most that the weight of a gallery's own people in a cohort comes to, see Norm.With.
const OwnWeight = 0.2

// maxDim bounds the length of an embedding.
const maxDim = 4096

// Moments are mean and covariance of the unit embeddings of people.
type Moments struct {
	People int
	Mean   []float64 // dim values
	Cov    []float64 // dim × dim, symmetric, row-major; not shrunk
}

// Fit takes one unit embedding per person. It returns ErrCohort for fewer than two, for different lengths, for values
// that are no numbers and for vectors that are not of unit length.
func Fit(people [][]float32) (*Moments, error) {
	if len(people) < 2 {
		return nil, fmt.Errorf("%w: %d people", ErrCohort, len(people))
	}
	d := len(people[0])
	if d == 0 || d > maxDim {
		return nil, fmt.Errorf("%w: embeddings of %d values", ErrCohort, d)
	}
	m := &Moments{People: len(people), Mean: make([]float64, d), Cov: make([]float64, d*d)}
	for _, e := range people {
		if err := checkUnit(e, d); err != nil {
			return nil, err
		}
		for i, x := range e {
			m.Mean[i] += float64(x) / float64(len(people))
		}
	}
	c := make([]float64, d)
	for _, e := range people {
		for i, x := range e {
			c[i] = float64(x) - m.Mean[i]
		}
		for i, x := range c {
			row := m.Cov[i*d : i*d+i+1]
			x /= float64(len(people))
			for j := range row {
				row[j] += x * c[j]
			}
		}
	}
	mirror(m.Cov, d)
	return m, nil
}

func checkUnit(e []float32, d int) error {
	if len(e) != d {
		return fmt.Errorf("%w: embeddings of %d and %d values", ErrCohort, d, len(e))
	}
	var n float64
	for _, x := range e {
		n += float64(x) * float64(x)
	}
	if !(math.Abs(n-1) < 1e-3) {
		return fmt.Errorf("%w: a vector of squared length %v", ErrCohort, n)
	}
	return nil
}

// mirror fills the upper triangle.
func mirror(c []float64, d int) {
	for i := range d {
		for j := range i {
			c[j*d+i] = c[i*d+j]
		}
	}
}

// Join returns the moments of a mixture: a share w in [0, 1] of own, the rest of m. The people of own are not counted.
func (m *Moments) Join(own *Moments, w float64) *Moments {
	if own == nil || w == 0 {
		return m
	}
	d := len(m.Mean)
	if len(own.Mean) != d {
		panic("snorm: moments of different length")
	}
	out := &Moments{People: m.People, Mean: make([]float64, d), Cov: make([]float64, d*d)}
	for i := range d {
		out.Mean[i] = (1-w)*m.Mean[i] + w*own.Mean[i]
		for j := range d {
			between := (m.Mean[i] - own.Mean[i]) * (m.Mean[j] - own.Mean[j])
			out.Cov[i*d+j] = (1-w)*m.Cov[i*d+j] + w*own.Cov[i*d+j] + w*(1-w)*between
		}
	}
	return out
}
