package cohort

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"faceid/internal/deptest"
	"faceid/recognize/calibrate"
)

func TestWalls(t *testing.T) {
	deptest.Ours(t, "embeddings in, figures out", "./eval", "./gallery", "./gallery/snorm", "./internal/f32",
		"./internal/gemm", "./internal/hint", "./internal/npy", "./recognize/calibrate")
}

const dim = 64

// world makes people of groups: what those of one group share, and how much each photo strays.
type world struct {
	rng    *rand.Rand
	shared [][]float64 // of each group
}

func newWorld(seed uint64, shared ...float64) *world {
	w := &world{rng: rand.New(rand.NewPCG(seed, 1))}
	for _, s := range shared {
		c := make([]float64, dim)
		for i := range c {
			c[i] = s * w.rng.NormFloat64()
		}
		w.shared = append(w.shared, c)
	}
	return w
}

func (w *world) people(group, n, photos int) (out [][][]float32) {
	for range n {
		var own [dim]float64
		for i := range own {
			own[i] = w.shared[group][i] + w.rng.NormFloat64()
		}
		var p [][]float32
		for range photos {
			v := make([]float64, dim)
			for i := range v {
				v[i] = own[i] + 0.35*w.rng.NormFloat64()
			}
			unit(v)
			f := make([]float32, dim)
			for i, x := range v {
				f[i] = float32(x)
			}
			p = append(p, f)
		}
		out = append(out, p)
	}
	return out
}

// TestJudge: a cohort of a group whose members look alike and one whose members do not is used, also for a gallery of
// either; one of people who are all of a kind is refused, and so is one of which nobody has two photos.
func TestJudge(t *testing.T) {
	w := newWorld(1, 0, 0.8)
	diverse := append(w.people(0, 200, 2), w.people(1, 200, 2)...)
	for group := range 2 {
		v, err := Judge(diverse, w.people(group, 40, 2))
		if err != nil {
			t.Fatal(err)
		}
		if !v.Used || v.Scores.Spread >= v.Cosine.Spread {
			t.Errorf("gallery of group %d: %+v", group, v)
		}
		if v.Spread[0] > v.Scores.Spread-v.Cosine.Spread+0.05 || v.Spread[1] < v.Scores.Spread-v.Cosine.Spread-0.05 {
			t.Errorf("%v is not in %v", v.Scores.Spread-v.Cosine.Spread, v.Spread)
		}
	}
	for name, c := range map[string]struct {
		strangers, own [][][]float32
		why            string
	}{
		"alike":  {w.people(0, 400, 2), w.people(0, 40, 2), "alike"},
		"single": {append(w.people(0, 200, 1), w.people(1, 200, 1)...), w.people(0, 40, 1), "two photos"},
	} {
		v, err := Judge(c.strangers, c.own)
		if err != nil {
			t.Fatal(err)
		}
		if v.Used || !strings.Contains(v.Why, c.why) {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

// TestCross: a pair is scored without the fifths of the gallery that its people are in, and so higher than by a
// normalisation that they joined.
func TestCross(t *testing.T) {
	w := newWorld(2, 0, 0.8)
	strangers := append(w.people(0, 200, 1), w.people(1, 30, 1)...)
	own := firsts(w.people(1, 40, 1))
	n, err := Make(firsts(strangers), nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewCross(n, own)
	if err != nil {
		t.Fatal(err)
	}
	if c.All.Own() != 40 || c.Without(3).Own() != 32 {
		t.Errorf("%d joined, %d without a part", c.All.Own(), c.Without(3).Own())
	}
	var pairs []calibrate.Pair
	who := rand.New(rand.NewPCG(1, 1)).Perm(len(own))
	for i := range own {
		for j := range i {
			pairs = append(pairs, calibrate.Pair{A: int32(j), B: int32(i)})
		}
	}
	var joined, crossed float64
	for k, p := range c.Rescore(pairs, who) {
		a, b := who[p.A], who[p.B]
		joined += c.All.Pair(own[a], own[b])
		crossed += float64(p.Score)
		if k%50 != 0 {
			continue
		}
		var rest [][]float32
		for i, f := range own {
			if i%5 != a%5 && i%5 != b%5 {
				rest = append(rest, f)
			}
		}
		without, err := n.With(rest)
		if err != nil {
			t.Fatal(err)
		}
		if want := without.Pair(own[a], own[b]); math.Abs(want-float64(p.Score)) > 1e-5 {
			t.Fatalf("pair %d: %v, want %v", k, p.Score, want)
		}
	}
	if joined >= crossed {
		t.Errorf("who joined scores %v, who did not %v", joined, crossed)
	}
}
