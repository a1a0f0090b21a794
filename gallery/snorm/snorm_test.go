package snorm_test

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"faceid/gallery"
	"faceid/gallery/snorm"
	"faceid/gallery/sqlite"
)

const dim = 24

// crowd are people of three groups, each about a centre of its own, the second narrower than the first.
func crowd(rng *rand.Rand, n int) [][]float32 {
	var centres [3][dim]float64
	for g := range centres {
		for i := range centres[g] {
			centres[g][i] = rng.NormFloat64()
		}
	}
	var out [][]float32
	for k := range n {
		g := k % 3
		v := make([]float32, dim)
		for i := range v {
			v[i] = float32(float64(g)*0.7*centres[g][i] + rng.NormFloat64())
		}
		out = append(out, unit(v))
	}
	return out
}

func unit(v []float32) []float32 {
	u, err := gallery.Unit(v, len(v))
	if err != nil {
		panic(err)
	}
	return u
}

func dot(a, b []float32) (s float64) {
	for i := range a {
		s += float64(a[i]) * float64(b[i])
	}
	return s
}

func normOf(t testing.TB, people [][]float32) *snorm.Norm {
	t.Helper()
	n, err := snorm.New(people)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestSides: of faces that the bounds leave alone, mean and deviation are those of the cosines with everybody, counted
// one by one, with half of the variance replaced by the mean variance in all directions; and the bounds are the median
// and the most of what each stranger has with the others alone.
func TestSides(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	all := crowd(rng, 290)
	people, others := all[:90], all[90:]
	n := normOf(t, people)
	spread := func(people [][]float32) (v float64) { // mean squared distance from the mean, per direction
		mean := make([]float64, dim)
		for _, p := range people {
			for i, x := range p {
				mean[i] += float64(x) / float64(len(people))
			}
		}
		for _, p := range people {
			for i, x := range p {
				v += (float64(x) - mean[i]) * (float64(x) - mean[i]) / float64(len(people)) / dim
			}
		}
		return v
	}
	sides := func(e []float32, people [][]float32, spread float64) snorm.Sides {
		var sum, sq float64
		for _, p := range people {
			sum += dot(e, p)
			sq += dot(e, p) * dot(e, p)
		}
		sum /= float64(len(people))
		v := sq/float64(len(people)) - sum*sum
		return snorm.Sides{Mean: sum, Dev: math.Sqrt(v/2 + spread/2)}
	}
	same := spread(people)
	var devs, ratios []float64
	for i, e := range people {
		s := sides(e, slices.Delete(slices.Clone(people), i, i+1), same)
		devs, ratios = append(devs, s.Dev), append(ratios, s.Mean/s.Dev)
	}
	slices.Sort(devs)
	slices.Sort(ratios)
	within := func(x float64, all []float64) bool { return x >= all[len(all)/2]-1e-5 && x <= all[len(all)-1]+1e-5 }
	counted := 0
	for k, e := range others {
		got, want := n.Sides(e), sides(e, people, same)
		if !within(got.Dev, devs) || !within(got.Mean/got.Dev, ratios) {
			t.Fatalf("%d: %v is not what a face of the upper half has", k, got)
		}
		if within(want.Dev, devs) && within(want.Mean/want.Dev, ratios) {
			counted++
			if math.Abs(got.Mean-want.Mean) > 1e-5 || math.Abs(got.Dev-want.Dev) > 1e-5 {
				t.Fatalf("%d: %v, want %v", k, got, want)
			}
		}
	}
	if counted < 20 {
		t.Errorf("only %d faces were compared", counted)
	}
}

// TestNeverAbove: at no cosine from 0 up a pair scores more than its cosine; some score just that, others clearly less;
// and one way as the other.
func TestNeverAbove(t *testing.T) {
	people := crowd(rand.New(rand.NewPCG(3, 2)), 120)
	n := normOf(t, people)
	joined, err := n.With(people[:10])
	if err != nil {
		t.Fatal(err)
	}
	same, less := 0, 0
	for i, a := range people {
		for _, b := range people[:i] {
			for _, n := range []*snorm.Norm{n, joined} {
				p, q := n.Sides(a), n.Sides(b)
				for _, cos := range []float64{0, 0.1, 0.4, 1} {
					s := n.Score(cos, p, q)
					if r := n.Score(cos, q, p); math.Abs(r-s) > 1e-12 || s > cos+1e-12 {
						t.Fatalf("cosine %v: one way %v, the other %v", cos, s, r)
					}
					if s > cos-1e-9 {
						same++
					} else if s < cos-0.02 {
						less++
					}
				}
			}
		}
	}
	if same < 1000 || less < 1000 {
		t.Errorf("%d score their cosine, %d clearly less", same, less)
	}
}

// TestJoin: joined moments are those of everybody, where the weight is the share of people.
func TestJoin(t *testing.T) {
	all := crowd(rand.New(rand.NewPCG(5, 2)), 80)
	fit := func(p [][]float32) *snorm.Moments {
		m, err := snorm.Fit(p)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	want, got := fit(all), fit(all[:60]).Join(fit(all[60:]), 0.25)
	for i := range want.Mean {
		if math.Abs(want.Mean[i]-got.Mean[i]) > 1e-12 {
			t.Fatalf("mean %d: %v, want %v", i, got.Mean[i], want.Mean[i])
		}
	}
	for i := range want.Cov {
		if math.Abs(want.Cov[i]-got.Cov[i]) > 1e-12 {
			t.Fatalf("covariance %d: %v, want %v", i, got.Cov[i], want.Cov[i])
		}
	}
}

// TestBound: no face, the cohort's, anybody's or an odd one, scores above the bound of its cosine; and the bound is not
// far above all.
func TestBound(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 2))
	people := crowd(rng, 150)
	n := normOf(t, people)
	probes := append(crowd(rng, 60), people[:20]...)
	templates := append(crowd(rng, 200), people...)
	for range 300 {
		v := make([]float32, dim)
		for i := range v {
			v[i] = float32(math.Pow(rng.NormFloat64(), 5))
		}
		templates = append(templates, unit(v), unit(append(make([]float32, rng.IntN(dim)), v...)[:dim]))
	}
	least := math.Inf(1)
	for _, p := range probes {
		side := n.Sides(p)
		for _, x := range templates {
			cos := dot(p, x)
			score := n.Score(cos, side, n.Sides(x))
			for _, more := range []float64{0, 1e-3, 0.3} {
				b := n.Bound(cos + more)
				if of := n.BoundOf(side, cos+more); score > of+1e-9 || of > b+1e-9 {
					t.Fatalf("score %v, bound %v with %+v, %v without, at %v", score, of, side, b, cos+more)
				} else if more == 0 {
					least = math.Min(least, of-score)
				}
				if score > b+1e-9 {
					t.Fatalf("score %v, bound %v at %v", score, b, cos+more)
				} else if more == 0 {
					least = math.Min(least, b-score)
				}
			}
		}
	}
	if least > 1e-6 {
		t.Errorf("the bound is %v above all scores", least)
	}
}

// slow is Search over everybody, by the definition.
func slow(n *snorm.Norm, people map[int64][]gallery.Template, sides map[int64]snorm.Sides, probe []float32,
	k int) []gallery.Match {
	own := n.Sides(probe)
	type scored struct {
		m       gallery.Match
		nearest float64
	}
	var all []scored
	for id, templates := range people {
		s := scored{gallery.Match{PersonID: id}, math.Inf(-1)}
		for _, t := range templates {
			if z := n.Score(dot(probe, t.Embedding), own, sides[t.ID]); z > s.nearest {
				s.nearest, s.m.TemplateID, s.m.Score = z, t.ID, float32(dot(probe, t.Embedding))
			}
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b scored) int { return cmp.Compare(b.nearest, a.nearest) })
	var out []gallery.Match
	for _, s := range all[:min(k, len(all))] {
		z := s.nearest
		if templates := people[s.m.PersonID]; len(templates) > 1 && s.m.Score >= gallery.Apart {
			mean := make([]float32, dim)
			for _, t := range templates {
				for i, x := range t.Embedding {
					mean[i] += x
				}
			}
			mean = unit(mean)
			z = (z + n.Pair(probe, mean)) / 2
			s.m.Score = (s.m.Score + float32(dot(probe, mean))) / 2
		}
		f := float32(z)
		s.m.Normalised = &f
		out = append(out, s.m)
	}
	slices.SortFunc(out, func(a, b gallery.Match) int { return cmp.Compare(*b.Normalised, *a.Normalised) })
	return out
}

// TestSearchIsExact: what Search finds through the index is what a scan of everybody finds, for many galleries, also
// where the order by cosine is another one.
func TestSearchIsExact(t *testing.T) {
	ctx := t.Context()
	moved := 0
	for seed := range uint64(3) {
		rng := rand.New(rand.NewPCG(seed, 11))
		all := crowd(rng, 700)
		n := normOf(t, all[:200])
		path := filepath.Join(t.TempDir(), fmt.Sprint(seed, ".db"))
		m := &gallery.Model{Name: "m", SHA256: strings.Repeat("1", 64), Dim: dim, Views: "plain"}
		e, err := sqlite.Open(path, &sqlite.Options{Create: true, Model: m})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		var in []gallery.Enrolment
		for i, v := range all[200:600] {
			x := gallery.Enrolment{Name: fmt.Sprint(i)}
			for range 1 + i%3 {
				w := slices.Clone(v)
				for j := range w {
					w[j] += float32(0.1 * rng.NormFloat64())
				}
				x.Templates = append(x.Templates, gallery.Template{Embedding: w})
			}
			in = append(in, x)
		}
		if _, err := e.Enrol(ctx, in, nil); err != nil {
			t.Fatal(err)
		}
		people, sides := map[int64][]gallery.Template{}, map[int64]snorm.Sides{}
		for x, err := range e.Templates(ctx, 0) {
			if err != nil {
				t.Fatal(err)
			}
			people[x.PersonID] = append(people[x.PersonID], x)
			sides[x.ID] = n.Sides(x.Embedding)
		}
		probes := all[600:]
		for _, k := range []int{1, 5, 500} {
			got, err := n.Search(ctx, e, probes, k, nil)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := e.Search(ctx, probes, &gallery.SearchOptions{K: k})
			if err != nil {
				t.Fatal(err)
			}
			for i, p := range probes {
				want := slow(n, people, sides, p, k)
				if len(got[i]) != len(want) {
					t.Fatalf("seed %d, k %d: %d found, want %d", seed, k, len(got[i]), len(want))
				}
				if raw[i][0].PersonID != got[i][0].PersonID {
					moved++
				}
				for j, w := range want {
					g := got[i][j]
					if math.Abs(float64(*g.Normalised-*w.Normalised)) > 1e-5 || g.PersonID == w.PersonID &&
						(g.TemplateID != w.TemplateID || math.Abs(float64(g.Score-w.Score)) > 1e-5) || g.Name == "" {
						t.Fatalf("seed %d, k %d, place %d: %+v at %v, want %+v at %v", seed, k, j, g, *g.Normalised,
							w, *w.Normalised)
					}
				}
			}
		}
	}
	if moved == 0 {
		t.Error("nobody's nearest was another one")
	}
}

// TestRefused: what is no cohort is refused, not normalised by.
func TestRefused(t *testing.T) {
	nan := float32(math.NaN())
	for name, people := range map[string][][]float32{
		"nobody": nil, "one": {{1, 0}}, "lengths": {{1, 0}, {1, 0, 0}}, "no unit": {{1, 1}, {0, 1}},
		"no number": {{nan, 0}, {1, 0}}, "empty": {{}, {}},
	} {
		if _, err := snorm.Fit(people); !errors.Is(err, snorm.ErrCohort) {
			t.Errorf("%s: %v", name, err)
		}
	}
	same := [][]float32{{1, 0}, {1, 0}, {1, 0}}
	if _, err := snorm.New(same); !errors.Is(err, snorm.ErrCohort) {
		t.Errorf("all are one: %v", err)
	}
}

// TestEncoding: what is read is what was written, to the bit of every score.
func TestEncoding(t *testing.T) {
	people := crowd(rand.New(rand.NewPCG(9, 2)), 60)
	n := normOf(t, people)
	b := n.Append([]byte("x"))[1:]
	got, err := snorm.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Append(nil), b) || got.People() != 60 || got.Dim() != dim {
		t.Error("another one was read")
	}
	for _, p := range people {
		if a, b := n.Pair(p, people[0]), got.Pair(p, people[0]); a != b {
			t.Fatalf("%v, want %v", b, a)
		}
	}
	for i := range b {
		if _, err := snorm.Parse(b[:i]); !errors.Is(err, snorm.ErrCohort) {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
	for at := 16; at+4 <= len(b); at += 4 {
		bad := slices.Clone(b)
		binary.LittleEndian.PutUint32(bad[at:], 0x7ff80000) // NaN as float32 and as the half of a float64
		if _, err := snorm.Parse(bad); at >= 48 && !errors.Is(err, snorm.ErrCohort) {
			t.Fatalf("NaN at %d: %v", at, err)
		}
	}
}

// FuzzParse: whatever is read is refused, or gives finite scores, and is written as it was read.
func FuzzParse(f *testing.F) {
	n := normOf(f, [][]float32{{1, 0}, {0, 1}, {0.6, 0.8}})
	f.Add(n.Append(nil))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := snorm.Parse(b)
		if err != nil {
			return
		}
		if !bytes.Equal(n.Append(nil), b) {
			t.Error("written otherwise")
		}
		v := make([]float32, n.Dim())
		v[0] = 1
		if s := n.Pair(v, v); math.IsNaN(s) || math.IsInf(s, 0) || n.Bound(1) < s-1e-6*math.Abs(s) {
			t.Errorf("score %v, bound %v", s, n.Bound(1))
		}
	})
}
