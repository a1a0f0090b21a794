package dense

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// TestLargest holds the iteration against the eigenvectors: eigenvalues far apart, close, fewer than are asked for.
func TestLargest(t *testing.T) {
	rng := rand.New(rand.NewPCG(17, 4))
	const n, k = 40, 3
	for name, values := range map[string][]float64{
		"apart": {9, 5, 2, 0.5, 0.1}, "close": {3, 2.9, 2.8, 1.5, 1.4, 1.3, 1.2, 1.1, 1}, "one": {4}, "none": {},
	} {
		var qr mat.QR
		b := mat.NewDense(n, n, nil)
		for i := range n {
			for j := range n {
				b.Set(i, j, rng.NormFloat64())
			}
		}
		qr.Factorize(b)
		var u mat.Dense
		qr.QTo(&u)
		a, want := mat.NewDense(n, n, nil), mat.NewDense(n, n, nil)
		for i, v := range values {
			a.RankOne(a, v, u.ColView(i), u.ColView(i))
			if i < k {
				want.RankOne(want, v, u.ColView(i), u.ColView(i))
			}
		}
		got, err := largest(a.RawMatrix().Data, n, k)
		if err != nil {
			t.Fatal(err)
		}
		worst := 0.0
		for i, v := range got {
			worst = max(worst, math.Abs(v-want.RawMatrix().Data[i]))
		}
		if !(worst < 1e-6) {
			t.Errorf("%s: off by %g", name, worst)
		}
	}
}

// TestClosed: people who share three directions of error, and have some each of their own, tell ten others of it, and
// the closed form for few hears it better than WCCN does. Of more than FewPeople it is WCCN.
func TestClosed(t *testing.T) {
	const dim, own = 64, 4
	draw := func(rng *rand.Rand, people int) *Dataset {
		d := &Dataset{}
		var ix Index
		for p := range people {
			who := normal(rng, dim)
			var lean [own][]float64
			for k := range lean {
				lean[k] = normal(rng, dim)
			}
			for ph := range 6 {
				x := make([]float32, dim)
				a := normal(rng, shared+own)
				for j := range x {
					v := who[j]
					for k := range lean {
						v += 0.3 * a[k] * lean[k][j]
					}
					if j < shared {
						v += 3 * a[own+j]
					}
					x[j] = float32(v)
				}
				if err := d.Add(&ix, string(rune('A'+p)), string(rune('A'+p))+string(rune('0'+ph)), KindClean,
					x); err != nil {
					t.Fatal(err)
				}
			}
		}
		return d
	}
	start := Layer{D: dim, T: dim, W: make([]float32, dim*dim), B: make([]float32, dim)}
	for i := range dim {
		start.W[i*dim+i] = 1
	}
	var gain, gainWCCN float64
	for seed := range uint64(5) {
		rng := rand.New(rand.NewPCG(seed, 3))
		d, others := draw(rng, 10), draw(rng, 100)
		shrink := ShrinkFor(10, 512)
		few, err := Closed(d, start, shrink, 10)
		if err != nil {
			t.Fatal(err)
		}
		wccn, err := WCCN(d, start, shrink)
		if err != nil {
			t.Fatal(err)
		}
		many, err := Closed(d, start, shrink, FewPeople+1)
		if err != nil || !slices.Equal(many.W, wccn.W) || !slices.Equal(many.B, wccn.B) {
			t.Fatalf("of many people the closed form is not WCCN, %v", err)
		}
		gain += spread(others, start) - spread(others, few)
		gainWCCN += spread(others, start) - spread(others, wccn)
	}
	if !(gainWCCN > 0 && gain > 1.2*gainWCCN) {
		t.Errorf("photos of one person come nearer by %g, by WCCN's %g", gain, gainWCCN)
	}
}

// spread is the mean variance of a person's unit embeddings, over that of the people's means.
func spread(d *Dataset, l Layer) float64 {
	var in, between float64
	cov := within(d, l, nil)
	for i := range l.D {
		in += cov[i*l.D+i]
	}
	mean := MeanEmbeddings(d, l)
	people := float64(len(d.People))
	for j := range l.D {
		var sum, square float64
		for p := range d.People {
			v := float64(mean[p*l.D+j])
			sum, square = sum+v, square+v*v
		}
		between += square/people - sum*sum/people/people
	}
	return in / between
}

func normal(rng *rand.Rand, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = rng.NormFloat64()
	}
	return out
}

// TestWithin holds the covariances of people and of photos against sums in the order of their definition.
func TestWithin(t *testing.T) {
	const dim = 5
	rng := rand.New(rand.NewPCG(5, 5))
	d := &Dataset{}
	var ix Index
	for p, photos := range []int{1, 2, 4} {
		for ph := range photos {
			for _, kind := range []string{KindClean, "lowres"}[:1+(p+ph)%2] {
				x := make([]float32, dim)
				for j, v := range normal(rng, dim) {
					x[j] = float32(v)
				}
				who := string(rune('A' + p))
				if err := d.Add(&ix, who, who+string(rune('0'+ph)), kind, x); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	start := Layer{D: dim, T: dim, W: make([]float32, dim*dim), B: make([]float32, dim)}
	for i := range dim {
		start.W[i*dim+i] = 1
	}
	photos, owner := byPhoto(d)
	for _, x := range []struct {
		d     *Dataset
		owner []int32
	}{{d, []int32{0, 1, 2}}, {photos, owner}} {
		want := make([]float64, dim*dim)
		byOwner := map[int32][][]float64{}
		for part := range x.d.People {
			var rows [][]float64
			mean := make([]float64, dim)
			for i, p := range x.d.Person {
				if int(p) == part {
					e := make([]float64, dim)
					for j, v := range x.d.Row(i) {
						e[j] = float64(v)
					}
					floats.Scale(1/floats.Norm(e, 2), e)
					rows = append(rows, e)
					floats.Add(mean, e)
				}
			}
			if len(rows) < 2 {
				continue
			}
			cov := make([]float64, dim*dim)
			for _, e := range rows {
				floats.AddScaled(e, -1/float64(len(rows)), mean)
				for i := range cov {
					cov[i] += e[i/dim] * e[i%dim] / float64(len(rows)-1)
				}
			}
			byOwner[x.owner[part]] = append(byOwner[x.owner[part]], cov)
		}
		for _, list := range byOwner {
			for _, cov := range list {
				floats.AddScaled(want, 1/float64(len(list)*len(byOwner)), cov)
			}
		}
		if got := within(x.d, start, x.owner); !floats.EqualApprox(got, want, 1e-6) || len(byOwner) < 2 {
			t.Errorf("of %d people, %d parts: %v, want %v", len(byOwner), len(x.d.People), got, want)
		}
	}
}
